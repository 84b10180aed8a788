"""Schemas of files in artifacts: a file's whole content is checked before any value in it is used.

Hashes only say that a file is the one its manifest lists. Whoever made both may have written anything, so every
value that sizes an allocation, an index or a loop is checked here against bounds.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

T = TypeVar("T")
AGAIN = "rerun the stage that made it with --force"
MOST_NAMES = 10_000  # fields, classes or networks

_PLAIN = {"missing": "is missing", "extra_forbidden": "is unknown"}

Number = Annotated[float, Field(ge=-1e30, le=1e30)]  # what can be compared, scaled and drawn
Count = Annotated[int, Field(ge=0, lt=2**62)]
Names = Annotated[list[str], Field(max_length=MOST_NAMES)]


class Schema(BaseModel):
    """A JSON object with known keys; no value is converted, so that no text counts as a number."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class OpenSchema(Schema):
    """A JSON object that may have other keys, too, which are only shown."""

    model_config = ConfigDict(extra="allow")


def check(schema: type[T], value: Any, what: str, where: str, fix: str = AGAIN) -> T:
    """Check a JSON value.

    Args:
        schema: A `Schema`, or a type such as `dict[str, Number]`.
        value: The value.
        what: Name of the file in the message.
        where: Its location.
        fix: How to replace it.

    Raises:
        IntegrityError: It does not fit; the message has the path of the first key that does not.
    """
    try:
        return TypeAdapter(schema).validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    raise IntegrityError(f"{what} cannot be used: {_said(first)}", where, fix)


def _said(error: Any) -> str:
    """What is wrong with which key, such as `rate is -1, not greater than 0`."""
    key, kind, value = ".".join(visible(part, 60) for part in error["loc"]) or "it", error["type"], error["input"]
    if kind == "value_error":
        return f"{key}: {visible(error['ctx']['error'])}" if error["loc"] else visible(error["ctx"]["error"])
    if kind in _PLAIN:
        return f"{key} {_PLAIN[kind]}"
    shown = "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else visible(repr(value), 40)
    wanted = "an object" if kind in ("model_type", "dict_type") else str(error["msg"]).removeprefix("Input should be ")
    return f"{key}: {visible(wanted[:1].lower() + wanted[1:])}" if "should" in wanted else f"{key} is {shown}, not {visible(wanted)}"
