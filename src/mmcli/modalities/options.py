"""Options that fields and encoders of every modality have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class StorageConfig(StageConfig):
    """How the rows of fields are stored."""

    panel: ClassVar[str] = "Storage"

    shard_mb: int = option(1024, "Cut the rows of a field into files of at most this many MiB.", ge=1, le=2**20)


@dataclass(frozen=True)
class FieldConfig(StorageConfig):
    """What `preprocess` can be told of the fields of one modality; a field may have its own with `--set`."""

    per_field: ClassVar[bool] = True


@dataclass(frozen=True)
class EncoderConfig(StageConfig):
    """The space that encoders map into."""

    panel: ClassVar[str] = "Encoders"

    dim: int = option(64, "Width d of the shared space.", ge=8, le=2048)
    tokens: int = option(4, "Tokens kept per record and field, for fusion.", ge=1, le=64)
    freeze: str = option("auto", "Keep published weights as they are; auto does if there are any.", choices=("auto", "yes", "no"))

    def frozen(self, published: bool) -> bool:
        """Whether a tower keeps its weights; `published` says that it brings some along."""
        return self.freeze == "yes" or (self.freeze == "auto" and published)

    def weight_files(self) -> list[tuple[str, str]]:
        """Flag and path of each file or folder of published weights."""
        return []

    def small(self) -> bool:
        """Whether the encoders are small enough to compute two operations at a time."""
        return True
