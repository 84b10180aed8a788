"""The fields of a data set and their options."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.values import parse_override
from mmcli.data.decoding.chunks import content
from mmcli.data.layouts.base import RawRecord
from mmcli.modalities import field_options_of, settled
from mmcli.modalities.base import Reject
from mmcli.stages.preprocess.options import PreprocessConfig
from mmcli.stages.preprocess.splits import position

if TYPE_CHECKING:
    from mmcli.data.layouts.folder import RawFolder

_LOOKED_AT, _SAMPLED = 20_000, 300
_MAX_SAMPLE_BYTES = 4 * 2**20
_NAME = re.compile(r"\w[\w .+-]{0,99}")


def field_options(folder: RawFolder, config: PreprocessConfig) -> dict[str, PreprocessConfig]:
    """Options of each field of a raw folder, with those that depend on its content resolved."""
    options = checked_fields(folder.fields, config)
    return {name: settled(folder.fields[name], name, chosen, _sample(folder, name, config)) for name, chosen in options.items()}


def _sample(folder: RawFolder, name: str, config: PreprocessConfig) -> Iterator[bytes | str]:
    """A sample of a field's items from the future train split."""
    found = (entry for entry in islice(folder.records(), _LOOKED_AT) if isinstance(entry, RawRecord) and name in entry.fields)
    for record in islice((record for record in found if _for_training(record, config)), _SAMPLED):
        with suppress(Reject):
            yield content(record.fields[name], _MAX_SAMPLE_BYTES, "TOO_LARGE")


def _for_training(record: RawRecord, config: PreprocessConfig) -> bool:
    held_out = position(record.group or record.id) < config.val + config.test
    return record.split == "train" or (record.split is None and not held_out)


def checked_fields(fields: Mapping[str, str], config: PreprocessConfig) -> dict[str, PreprocessConfig]:
    """Options of each field.

    Raises:
        InputError: A field's name cannot name a file.
        UsageError: `--set` names an unknown field, or an option that the field does not have.
    """
    for name in fields:
        if not _NAME.fullmatch(name) or name.endswith((".wave", ".wave.offsets")):
            raise InputError(
                f"invalid field name: {visible(name)}", "the raw folder's columns", "rename the column: use letters, digits, - and _"
            )
    for name in config.named_fields():
        if name not in fields:
            near = difflib.get_close_matches(name, list(fields), 1)
            hint = f"did you mean {visible(near[0])}?" if near else f"fields: {', '.join(map(visible, fields))}"
            raise UsageError(f"no field {visible(name)}", f"--set {visible(name)}.OPTION=VALUE", hint)
    for entry in config.set:
        name, option, _ = parse_override(type(config), entry)
        known = field_options_of(fields[name])
        if option not in known:
            what = f"field {visible(name)} of modality {fields[name]} has no option {option}"
            raise UsageError(what, f"--set {visible(entry)}", f"its options: {', '.join(known)}")
    return {name: _options_of(name, config) for name in fields}


def _options_of(name: str, config: PreprocessConfig) -> PreprocessConfig:
    try:
        return config.for_field(name)
    except UsageError as error:
        raise UsageError(error.what, f"field {visible(name)}, {error.where}", error.fix) from None
