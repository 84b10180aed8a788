"""Options of `preprocess`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.core.values import parse_override
from mmcli.data.decoding.options import DecodingConfig
from mmcli.modalities.options import StorageConfig


@dataclass(frozen=True)
class PreprocessConfig(StorageConfig, DecodingConfig):
    """Options of ``preprocess`` beside those of the fields, which can be set per field with ``--set``."""

    panel: ClassVar[str] = ""

    format: str = option("auto", "Layout of the raw folder.", metavar="NAME")
    val: float = option(0.1, "Share of the records for validation.", ge=0.0, le=0.9)
    test: float = option(0.1, "Share of the records for the test split.", ge=0.0, le=0.9)
    on_bad: str = option("skip", "What an unusable item does.", choices=("skip", "fail"))
    strict: bool = option(False, "Also end when a path leaves the folder or splits share a file.")
    max_reject_rate: float = option(0.2, "End with code 3 when more than this share of the items is unusable.", ge=0.0, le=1.0)
    augment: int = option(0, "Changed copies of each train record to add.", ge=0, le=100)
    set: tuple[str, ...] = option((), "Option of one field, repeatable.", metavar="FIELD.OPTION=VALUE")

    def __post_init__(self) -> None:
        for entry in self.set:
            parse_override(type(self), entry)
        if self.val + self.test >= 1.0:
            raise UsageError("val and test leave nothing for training", "--val, --test", "let them add up to less than 1")

    def for_field(self, name: str) -> PreprocessConfig:
        """The options of one field: these, changed by its entries of `set`."""
        entries = [parse_override(type(self), entry) for entry in self.set]
        return dataclasses.replace(self, set=(), **{key: value for field_name, key, value in entries if field_name == name})

    def named_fields(self) -> tuple[str, ...]:
        """Fields that `set` names."""
        return tuple(dict.fromkeys(parse_override(type(self), entry)[0] for entry in self.set))
