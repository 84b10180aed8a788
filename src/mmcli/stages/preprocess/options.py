"""Options of `preprocess`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.core.values import parse_override
from mmcli.data.decoding.options import DecodingConfig
from mmcli.data.layouts.options import ColumnsConfig
from mmcli.modalities.options import StorageConfig


@dataclass(frozen=True)
class PreprocessConfig(ColumnsConfig, StorageConfig, DecodingConfig):
    """Options of ``preprocess`` in addition to those of the fields, which can be set per field with ``--set``."""

    panel: ClassVar[str] = ""

    format: str = option("auto", "Layout of the raw folder.", metavar="NAME")
    val: float = option(0.1, "Fraction of records in the validation split.", ge=0.0, le=0.9)
    test: float = option(0.1, "Fraction of records in the test split.", ge=0.0, le=0.9)
    on_bad: str = option("skip", "Skip unusable items, or fail at the first one.", choices=("skip", "fail"))
    strict: bool = option(False, "Also fail if a path leads outside the folder or copies of an item are in several splits.")
    group_duplicates: bool = option(False, "Put records that share an item, or nearly the same one, into one split.")
    max_reject_rate: float = option(0.2, "Maximum fraction of unusable items; above it, exit with code 3.", ge=0.0, le=1.0)
    augment: int = option(0, "Number of augmented copies to add per train record.", ge=0, le=100)
    set: tuple[str, ...] = option((), "Option of one field, repeatable.", metavar="FIELD.OPTION=VALUE")

    def __post_init__(self) -> None:
        ColumnsConfig.__post_init__(self)
        for entry in self.set:
            parse_override(type(self), entry)
        if self.val + self.test >= 1.0:
            raise UsageError("val and test leave no records for training", "--val, --test", "their sum must be less than 1")

    def for_field(self, name: str) -> PreprocessConfig:
        """The options of one field, with its entries of `set` applied."""
        entries = [parse_override(type(self), entry) for entry in self.set]
        return dataclasses.replace(self, set=(), **{key: value for field_name, key, value in entries if field_name == name})

    def named_fields(self) -> tuple[str, ...]:
        """Fields named in `set`."""
        return tuple(dict.fromkeys(parse_override(type(self), entry)[0] for entry in self.set))
