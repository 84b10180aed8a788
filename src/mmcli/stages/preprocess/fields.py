"""Which fields a dataset has, and the options of each."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from mmcli.config import PreprocessConfig
from mmcli.display import visible
from mmcli.errors import InputError, UsageError

_NAME = re.compile(r"\w[\w .+-]{0,99}")


def checked_fields(fields: Mapping[str, str], config: PreprocessConfig) -> dict[str, Any]:
    """Options of each field.

    Raises:
        InputError: A field's name cannot name a file.
        UsageError: `--set` names a field that there is not.
    """
    for name in fields:
        if not _NAME.fullmatch(name) or name.endswith(".wave"):
            raise InputError(
                f"a field cannot have this name: {visible(name)}", "the raw folder's columns", "rename the column: letters, digits, - and _"
            )
    for name in config.named_fields():
        if name not in fields:
            near = difflib.get_close_matches(name, list(fields), 1)
            hint = f"did you mean {visible(near[0])}?" if near else f"fields: {', '.join(map(visible, fields))}"
            raise UsageError(f"there is no field {visible(name)}", "--set", hint)
    return {name: config.for_field(name) for name in fields}
