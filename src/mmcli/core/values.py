"""Values of options: parsed from flags, environment and TOML, and checked against their bounds."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import Options, owner_of

ConfigT = TypeVar("ConfigT", bound=Options)


def flag_of(name: str) -> str:
    """Command-line flag of an option."""
    return "--" + name.replace("_", "-")


def type_of(cls: type[Options], name: str) -> tuple[Any, bool]:
    """Type of an option as declared, and whether it may be `None`."""
    owner: Any = cls
    kind = _types_of(owner)[name]
    if isinstance(kind, types.UnionType):
        return next(part for part in typing.get_args(kind) if part is not types.NoneType), True
    return kind, False


@functools.cache
def _types_of(cls: Any) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def parse(cls: type[Options], name: str, raw: Any, where: str) -> Any:
    """Convert a string or TOML value to the option's type and check its bounds.

    Raises:
        UsageError: The value has the wrong type or is out of range.
    """
    spec = next(f for f in dataclasses.fields(cls) if f.name == name)
    meta, (kind, optional) = spec.metadata, type_of(cls, name)
    if optional and (raw is None or raw == meta["absent"]):
        return None
    name = name.replace("_", "-")  # as users write it
    if kind is bool:
        return _parse_bool(name, raw, where)
    if typing.get_origin(kind) is tuple or isinstance(kind, types.GenericAlias):
        parts = raw.split(",") if isinstance(raw, str) else raw
        if typing.get_args(kind)[0] is int:
            return _parse_integers(name, parts, meta, where)
        if not isinstance(parts, list | tuple) or not all(isinstance(p, str) for p in parts):
            raise UsageError(f"{name} must be a list of strings, not {_shown(raw)}", where, f"write {name} = ['a', 'b']")
        # Free text may contain commas; names may not.
        keep_commas = isinstance(raw, str) and not str(meta["metavar"]).endswith("...")
        values = (raw,) if keep_commas else tuple(p.strip() if meta["metavar"].endswith("...") else p for p in parts if p)
        for value in values if meta["choices"] else ():
            _check_choice(name, value, meta["choices"], where)
        return values
    if kind in (int, float):
        return _parse_number(kind, name, raw, meta, where, meta["absent"] if optional else "")
    if not isinstance(raw, str):
        raise UsageError(f"{name} must be a string, not {_shown(raw)}", where, f'write {name} = "..."')
    if meta["choices"]:
        _check_choice(name, raw, meta["choices"], where)
    return raw


def _check_choice(name: str, raw: str, choices: tuple[str, ...], where: str) -> None:
    if raw not in choices:
        near = difflib.get_close_matches(raw, choices, 1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"{name} has no choice {visible(raw)}", where, f"{hint}use one of: {', '.join(choices)}")


def parse_override(cls: type[Options], entry: str) -> tuple[str, str, Any]:
    """Split `FIELD.OPTION=VALUE` into the field, the option and its parsed value.

    Raises:
        UsageError: The entry is malformed, or the option is unknown or does not apply to a single field.
    """
    where = f"--set {visible(entry)}"
    left, sign, value = entry.partition("=")
    field, dot, key = left.strip().rpartition(".")
    key = key.replace("-", "_")
    if not (sign and dot and field):
        raise UsageError("--set takes FIELD.OPTION=VALUE", where, "write it as photo.image_size=64")
    options = {f.name: owner_of(cls, f.name).per_field for f in dataclasses.fields(cls)}
    if key in options and not options[key] and key != "set":
        raise UsageError(f"{key} applies to the whole folder, not to a single field", where, f"give it as {flag_of(key)} {visible(value)}")
    known = [name for name, per_field in options.items() if per_field]
    if key not in known:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known)}"
        raise UsageError(f"unknown field option: {visible(key)}", where, hint)
    return field, key, parse(cls, key, value.strip(), where)


def parse_share(text: str) -> float | None:
    """A number from 0 to 1, or `None`."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 1.0 else None


def _field_tables(value: Any, where: str) -> list[str]:
    """Tables `[STAGE.fields.FIELD]` as entries of the form `FIELD.OPTION=VALUE`."""
    if not isinstance(value, dict) or not all(isinstance(table, dict) for table in value.values()):
        raise UsageError("fields must contain one table per field", where, "write [preprocess.fields.NAME] followed by its options")
    entries = []
    for name, table in value.items():
        for key, item in table.items():
            text = ",".join(map(str, item)) if isinstance(item, list) else str(item)
            entries.append(f"{name}.{key}={text}")
    return entries


def _shown(raw: Any) -> str:
    """A value as it is shown in messages; integers of thousands of digits and deep lists have no text."""
    try:
        return visible(repr(raw), 60)
    except (ValueError, RecursionError):
        return "a value that is too long to show"


def _parse_bool(name: str, raw: Any, where: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in words:
        return words[raw.lower()]
    raise UsageError(f"{name} must be true or false, not {_shown(raw)}", where, f"write {name} = true")


def _parse_integers(name: str, parts: Any, meta: Mapping[str, Any], where: str) -> tuple[int, ...]:
    if not isinstance(parts, list | tuple):
        raise UsageError(f"{name} must be a list of integers, not {_shown(parts)}", where, f"write {name} = [16, 32]")
    return tuple(int(_parse_number(int, name, part.strip() if isinstance(part, str) else part, meta, where)) for part in parts)


def _parse_number(kind: type, name: str, raw: Any, meta: Mapping[str, Any], where: str, absent: str = "") -> int | float:
    noun = "an integer" if kind is int else "a number"
    allowed = _range_words(meta) + (f", or {absent}" if absent else "")
    try:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError
        value: int | float = int(raw) if kind is int and not isinstance(raw, float) else float(raw)
        if kind is int and isinstance(raw, float):
            raise ValueError
        if not math.isfinite(value):
            raise ValueError
    except (ValueError, OverflowError):
        raise UsageError(f"{name} must be {noun}, not {_shown(raw)}", where, f"give {noun} {allowed}") from None
    if (meta["ge"] is not None and value < meta["ge"]) or (meta["le"] is not None and value > meta["le"]):
        shown = visible(raw, 60) if isinstance(raw, str) else _shown(raw)
        raise UsageError(f"{name} is out of range: {shown}", where, f"give {noun} {allowed}")
    return value


def _range_words(meta: Mapping[str, Any]) -> str:
    low, high = meta["ge"], meta["le"]
    if low is None and high is None:
        return ""
    return f"from {low:,} to {high:,}" if high is not None else f"of at least {low:,}"


def _prefix(stage: str) -> str:
    """Prefix of a stage's own environment variables."""
    return f"MMCLI_{stage}_".upper().replace("-", "_")


def _variable(stage: str, name: str, environ: Mapping[str, str]) -> str | None:
    """The environment variable that sets an option, or None."""
    names = (_prefix(stage) + name.upper(), f"MMCLI_{name}".upper())
    return next((name for name in names if name in environ), None)


def _overrides(
    cls: type[Options],
    stage: str,
    flags: Mapping[str, Any],
    environ: Mapping[str, str],
    table: Mapping[str, Any],
    table_where: str,
) -> list[str]:
    """Entries of `set` from all sources; the last entry for the same field option wins."""
    found = [(entry, f"{table_where}, key set") for entry in parse(cls, "set", table.get("set", []), f"{table_where}, key set")]
    found += [(entry, f"{table_where}, fields") for entry in _field_tables(table.get("fields", {}), f"{table_where}, fields")]
    variable = _variable(stage, "set", environ)
    if variable is not None:
        where = f"environment variable {variable}"
        found += [(entry, where) for entry in parse(cls, "set", environ[variable], where)]
    for entry, where in found:
        try:
            parse_override(cls, entry)
        except UsageError as error:
            raise UsageError(error.what, f"{where}: {visible(entry)}", error.fix) from None
    return [*(entry for entry, _ in found), *parse(cls, "set", flags.get("set") or [], "--set")]


def _check_known(what: str, key: str, keys: list[str], where: str) -> None:
    wanted = key.replace("_", "-")
    if wanted not in keys:
        near = difflib.get_close_matches(wanted, keys, 1)
        raise UsageError(what, where, f"did you mean {near[0]}?" if near else f"known keys: {', '.join(keys)}")


def resolve(
    cls: type[ConfigT], stage: str, flags: Mapping[str, Any], environ: Mapping[str, str], table: Mapping[str, Any], table_where: str
) -> ConfigT:
    """Resolve a stage's configuration from flags, environment, file and defaults.

    Args:
        cls: The stage's dataclass.
        stage: The command's name, which prefixes environment variables and names the file's table.
        flags: Maps option names to raw values; `None` means the flag was not given.
        environ: Environment variables.
        table: The stage's table of the configuration file, common keys included.
        table_where: How errors name that table.

    Raises:
        UsageError: An unknown key or variable, a wrong type or a value out of range.
    """
    names = [f.name for f in dataclasses.fields(cls)]
    if "set" in names:
        flags = {**flags, "set": _overrides(cls, stage, flags, environ, table, table_where) or None}
        table = {key: value for key, value in table.items() if key not in ("fields", "set")}
    keys = [name.replace("_", "-") for name in names]
    for key in table:
        _check_known(f"unknown key {visible(key)}", key, keys, table_where)
    prefix = _prefix(stage)
    for given in environ:
        if given.startswith(prefix):
            key = given.removeprefix(prefix).lower()
            _check_known(f"{stage} has no such option", key, keys, f"environment variable {visible(given)}")
    normal = {key.replace("-", "_"): value for key, value in table.items()}
    values: dict[str, Any] = {}
    for name in names:
        variable = _variable(stage, name, environ)
        if flags.get(name) is not None:
            values[name] = parse(cls, name, flags[name], flag_of(name))
        elif variable is not None:
            values[name] = parse(cls, name, environ[variable], f"environment variable {variable}")
        elif name in normal:
            values[name] = parse(cls, name, normal[name], f"{table_where}, key {name}")
    return cls(**values)
