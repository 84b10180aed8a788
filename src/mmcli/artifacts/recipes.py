"""`model.json`: the builder of each network and its arguments; checked without Keras."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

NAME = "model.json"
SCHEMA = 1
_FIX = "do not use this file; train again"
_MAX_NUMBER = 1_000_000
_MAX_LIST = 64
_MAX_BYTES = 2**20


def read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the recipes of a folder's networks by name, `{"builder": str, "config": dict}`, and the extra data.

    Raises:
        IntegrityError: `model.json` is corrupted or has another schema, or a value is out of bounds.
    """
    from mmcli.artifacts.recipe_schema import ModelFile
    from mmcli.artifacts.schema import check

    where = visible(folder / NAME)
    try:
        body = jsonio.read(folder / NAME, _MAX_BYTES)
    except (jsonio.JsonError, OSError) as error:
        raise IntegrityError(f"model.json cannot be used: {visible(error)}", where, "rerun the stage that made it") from None
    check(ModelFile, body, NAME, where, _FIX)
    for name, recipe in body["networks"].items():
        if problem := _problem(recipe["config"]):
            raise IntegrityError(f"model.json cannot be used: {visible(name)}: {problem}", where, _FIX)
    return body["networks"], body["extra"]


def check_config(config: dict[str, Any]) -> None:
    """Check the arguments that a network is built from.

    Raises:
        IntegrityError: A number is out of bounds or a list too long.
    """
    if problem := _problem(config):
        raise IntegrityError(f"a network cannot be built: {problem}", NAME, _FIX)


def _problem(config: dict[str, Any]) -> str | None:
    for key, value in config.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > _MAX_LIST:
            return f"the list {visible(key)} is too long"
        for item in values:
            if isinstance(item, int | float) and not (math.isfinite(item) and 0 <= item <= _MAX_NUMBER):
                return f"{visible(key)} is out of bounds: {visible(item, 40)}"
            if not isinstance(item, int | float | str):
                return f"{visible(key)} is neither a number nor a string"
    return None
