"""Strict JSON: no NaN, no duplicate keys, no deep nesting, bounded size."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from mmcli.artifacts import durable

MAX_BYTES = 64 * 2**20
MAX_DEPTH = 64  # so that no reader of the value has to fear the recursion limit
_MOST_DIGITS = 300  # more could not be converted to a float
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonError(ValueError):
    """The text is not JSON that mmcli accepts; the message is a single clause."""


def _no_constant(word: str) -> Any:
    raise JsonError(f"{word} is not allowed")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise JsonError("number out of range")
    return value


def _bounded(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise JsonError("number out of range")
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        raise JsonError("duplicate key")
    return seen


# Made once: `json.loads` would make one for each line of a table.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_bounded, parse_float=_finite, object_pairs_hook=_unique)


def loads(text: str | bytes) -> Any:
    """Parse JSON from an untrusted source.

    Raises:
        JsonError: The text is not JSON, or contains NaN, duplicate keys, huge numbers or deep nesting.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode(json.detect_encoding(text), "surrogatepass")
        if text.startswith("\ufeff"):
            raise JsonError("unexpected byte order mark")
        value = _DECODER.decode(text)
    except JsonError:
        raise
    except RecursionError:
        raise JsonError("nested too deeply") from None
    except UnicodeDecodeError:
        raise JsonError("not UTF-8 text") from None
    except ValueError as error:
        raise JsonError(str(error).split(":")[0].lower()) from None
    if text.count("[") + text.count("{") > MAX_DEPTH and _is_deep(value):
        raise JsonError("nested too deeply")
    return value


def _is_deep(value: Any) -> bool:
    """Whether a value has more than `MAX_DEPTH` levels of objects and lists."""
    level = [value]
    for _ in range(MAX_DEPTH):
        children = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [child for group in children for child in group if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def decoder() -> json.JSONDecoder:
    """Make a decoder with the rules of `loads`, for documents that are read incrementally."""
    return json.JSONDecoder(parse_constant=_no_constant, parse_int=_bounded, parse_float=_finite, object_pairs_hook=_unique)


def read(path: Path, max_bytes: int = MAX_BYTES) -> Any:
    """Parse a JSON file of at most `max_bytes`.

    Raises:
        JsonError: It is too large or not strict JSON.
        OSError: It cannot be read.
    """
    if path.stat().st_size > max_bytes:
        raise JsonError(f"larger than {max_bytes:,} bytes")
    return loads(path.read_bytes())


def dumps(value: Any, indent: int | None = 2, *, ascii_only: bool = False) -> str:
    """Serialise with sorted keys, so that equal values give equal text, which can be encoded as UTF-8.

    `ascii_only` escapes all other characters, so that the text is safe to print on a terminal.
    """
    text = json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=ascii_only, allow_nan=False)
    if _SURROGATE.search(text):  # a file name or an argument that is not UTF-8
        return json.dumps(value, indent=indent, sort_keys=True, allow_nan=False)
    return text


def plain(value: Any) -> Any:
    """Convert NumPy numbers, tuples and paths to JSON types; NaN and infinity become null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # a NumPy scalar or array
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def write(path: Path, value: Any) -> None:
    """Write a JSON file durably, as `durable.write` does."""
    durable.write(path, (dumps(value) + "\n").encode())
