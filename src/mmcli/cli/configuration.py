"""The configuration file: a TOML table per command, and top-level keys for all commands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.stages.registry import PLACES

MAX_CONFIG_BYTES = 2**20
_MAX_DEPTH = 16  # of tables and arrays; options need four
_MAX_INTEGER_BITS = 64  # as TOML guarantees; longer ones cannot even be printed
_MAX_KEY_PARTS = 100  # tomllib takes quadratic time
_MAX_DIGITS = 4000  # Python converts 4,300


def load_table(path: str | None, stage: str) -> tuple[Mapping[str, Any], str]:
    """Read a stage's table of a TOML configuration; top-level keys (such as `seed`) apply to all stages.

    Raises:
        UsageError: The file is missing, not a regular file, too large, or not TOML, or has an unknown table or key.
    """
    if path is None:
        return {}, ""
    if not path:
        raise UsageError("the path is empty", "--config", "give a TOML file")
    file = Path(path)
    where = visible(file)
    text = userfile.read_text(file, MAX_CONFIG_BYTES, "the configuration file", UsageError, "give a TOML file after --config")
    body = _parse(text + "\n", where)  # without the newline, errors in the last line have no line number
    known = {"seed"}
    unknown = [key for key, value in body.items() if not isinstance(value, dict) and key not in known]
    if unknown:
        raise UsageError(f"unknown key {visible(unknown[0])}", f"{where}, top level", f"move it into a table such as [{stage}]")
    for key in body:
        if isinstance(body[key], dict) and key not in PLACES:
            raise UsageError(f"unknown table [{visible(key)}]", where, f"tables are named after commands: {', '.join(PLACES)}")
    common = {key: body[key] for key in known if key in body}
    return {**common, **body.get(stage, {})}, f"{where}, table [{stage}]"


def _parse(text: str, where: str) -> dict[str, Any]:
    lines = text.split("\n")
    for number, content in enumerate(lines, 1):
        if content.count(".") > _MAX_KEY_PARTS and sum(map(bool, content.split("."))) > _MAX_KEY_PARTS:
            raise UsageError(f"a key has more than {_MAX_KEY_PARTS} parts", f"{where}, line {number}", "fix that line")
    try:
        body = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"the configuration file is not TOML: {error}", where, "fix that line") from None
    except RecursionError:
        raise UsageError("arrays or tables are nested too deeply", f"{where}, line {_deepest(lines)}", "fix that line") from None
    except ValueError:  # Python's limit on integers
        raise UsageError("an integer has thousands of digits", f"{where}, line {_longest_number(lines)}", "fix that line") from None
    _check(body, where)
    return body


def _deepest(lines: list[str]) -> int:
    """Number of the line in which the most brackets are open."""
    depth, found = 0, (0, 1)
    for number, content in enumerate(lines, 1):
        found = max(found, (depth + content.count("[") + content.count("{"), -number))
        depth += sum(content.count(sign) for sign in "[{") - sum(content.count(sign) for sign in "]}")
    return abs(found[1])


def _longest_number(lines: list[str]) -> int:
    """Number of the first line with an integer that Python refuses to convert."""
    for number, content in enumerate(lines, 1):
        if any(len(digits) > _MAX_DIGITS for digits in re.findall(r"[\d_]+", content.partition("#")[0])):
            return number
    return 1


def _check(body: dict[str, Any], where: str) -> None:
    """Refuse what no option takes and no message could show.

    Raises:
        UsageError: A value is an integer of more than 64 bits, or nested too deeply.
    """
    left: list[tuple[str, int, Any]] = [("", 0, body)]
    while left:
        key, depth, value = left.pop()
        if depth > _MAX_DEPTH:
            raise UsageError(f"a key is nested more than {_MAX_DEPTH} levels deep", f"{where}, key {visible(key, 60)}", "shorten it")
        if isinstance(value, dict):
            left += [(f"{key}.{name}" if key else name, depth + 1, item) for name, item in value.items()]
        elif isinstance(value, list):
            left += [(key, depth + 1, item) for item in value]
        elif isinstance(value, int) and value.bit_length() > _MAX_INTEGER_BITS:
            raise UsageError("an integer has more than 64 bits", f"{where}, key {visible(key, 60)}", "give a smaller one")
