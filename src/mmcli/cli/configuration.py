"""The configuration file: a TOML table per command, and top-level keys for all commands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.stages.registry import PLACES

MAX_CONFIG_BYTES = 2**20


def load_table(path: str | None, stage: str) -> tuple[Mapping[str, Any], str]:
    """Read a stage's table of a TOML configuration; top-level keys (such as `seed`) apply to all stages.

    Raises:
        UsageError: The file is missing, too large, or not TOML.
    """
    if not path:
        return {}, ""
    file = Path(path)
    where = visible(file)
    try:
        if file.stat().st_size > MAX_CONFIG_BYTES:
            raise UsageError("the configuration file is larger than 1 MiB", where, "give a TOML file of options")
        body = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"the configuration file cannot be read: {error.strerror}", where, "check the path after --config") from None
    except UnicodeDecodeError:
        raise UsageError("the configuration file is not UTF-8 text", where, "save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"the configuration file is not TOML: {error}", where, "fix that line") from None
    known = {"seed"}
    unknown = [key for key, value in body.items() if not isinstance(value, dict) and key not in known]
    if unknown:
        raise UsageError(f"unknown key {visible(unknown[0])}", f"{where}, top level", f"move it into a table such as [{stage}]")
    for key in body:
        if isinstance(body[key], dict) and key not in PLACES:
            raise UsageError(f"unknown table [{visible(key)}]", where, f"tables are named after commands: {', '.join(PLACES)}")
    common = {key: body[key] for key in known if key in body}
    return {**common, **body.get(stage, {})}, f"{where}, table [{stage}]"
