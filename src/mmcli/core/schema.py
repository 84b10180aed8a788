"""JSON schema of options (draft 2020-12), with which editors complete and check a configuration file."""

from __future__ import annotations

import typing
from typing import Any

from mmcli.core.options import Options, options_of, owner_of
from mmcli.core.values import type_of

_TYPES = {int: "integer", float: "number", str: "string", bool: "boolean"}


def table_schema(cls: type[Options]) -> dict[str, Any]:
    """Schema of the table of one stage; keys are written with hyphens, as in the file."""
    properties = {spec.name.replace("_", "-"): option_schema(cls, spec.name) for spec in options_of(cls)}
    per_field = {spec.name.replace("_", "-"): properties[spec.name.replace("_", "-")] for spec in options_of(cls) if _per_field(cls, spec)}
    if per_field:
        one = {"type": "object", "properties": per_field, "additionalProperties": False}
        properties["fields"] = {
            "type": "object",
            "description": "Options of single fields, one table per field.",
            "additionalProperties": one,
        }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def option_schema(cls: type[Options], name: str) -> dict[str, Any]:
    """Schema of one option's value."""
    spec = cls.__dataclass_fields__[name]
    kind, optional = type_of(cls, name)
    meta = spec.metadata
    if typing.get_origin(kind) is tuple:
        value: dict[str, Any] = {"type": "array", "items": _item(typing.get_args(kind)[0], meta)}
        if meta["values"] > 1:
            value |= {"minItems": meta["values"], "maxItems": meta["values"]}
    else:
        value = _item(kind, meta)
    found = {"anyOf": [value, {"const": meta["absent"]}]} if optional else value
    default = meta["absent"] if spec.default is None else list(spec.default) if isinstance(spec.default, tuple) else spec.default
    return {**found, "description": meta["help"], "default": default}


def _item(kind: Any, meta: Any) -> dict[str, Any]:
    bounds = {word: meta[key] for word, key in (("minimum", "ge"), ("maximum", "le")) if meta[key] is not None and kind in (int, float)}
    return {"type": _TYPES[kind], **bounds, **({"enum": list(meta["choices"])} if meta["choices"] else {})}


def _per_field(cls: type[Options], spec: Any) -> bool:
    return owner_of(cls, spec.name).per_field
