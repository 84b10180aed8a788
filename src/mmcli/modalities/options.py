"""Options of fields and encoders common to all modalities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class StorageConfig(StageConfig):
    """How the rows of fields are stored."""

    panel: ClassVar[str] = "Storage"

    shard_mb: int = option(1024, "Maximum size of a file of rows in MiB; larger fields are split into shards.", ge=1, le=2**20)


@dataclass(frozen=True)
class FieldConfig(StorageConfig):
    """Options of `preprocess` for fields of one modality; `--set` overrides them for a single field."""

    per_field: ClassVar[bool] = True


@dataclass(frozen=True)
class EncoderConfig(StageConfig):
    """The space that encoders map into."""

    panel: ClassVar[str] = "Encoders"

    dim: int = option(64, "Dimension d of the shared space.", ge=8, le=2048)
    tokens: int = option(4, "Number of tokens per record and field, for fusion.", ge=1, le=64)
    freeze: str = option("auto", "Freeze pretrained weights; auto: yes if there are any.", choices=("auto", "yes", "no"))

    def frozen(self, published: bool) -> bool:
        """Whether an encoder is frozen; `published` tells whether it has pretrained weights."""
        return self.freeze == "yes" or (self.freeze == "auto" and published)

    def weight_files(self) -> list[tuple[str, str]]:
        """Flag and path of each file or folder of pretrained weights."""
        return []

    def small(self) -> bool:
        """Whether the encoders are small enough to run two operations in parallel."""
        return True
