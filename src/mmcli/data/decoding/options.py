"""Options of the decoding processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class DecodingConfig(StageConfig):
    """How files are decoded."""

    panel: ClassVar[str] = "Decoding"

    workers: int | None = option(None, "Number of decoding processes; auto: one per core.", ge=1, le=256, shapes_result=False)
    decoder_memory_mb: int = option(
        2048, "Maximum memory of a decoding process in MiB, excluding its libraries.", ge=512, le=2**20, shapes_result=False
    )
    decoder_seconds: float = option(30.0, "Maximum time per item in seconds.", ge=0.5, le=3600.0, shapes_result=False)
