"""Options of `embed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig


@dataclass(frozen=True)
class EmbedConfig(EncoderConfig):
    """Options of ``embed`` beside those of the encoders."""

    panel: ClassVar[str] = ""

    features: bool = option(True, "Also keep the tokens as they are before projection.")
    epochs: int | None = option(None, "Most passes over the train split; auto: 10 to 40, the fewer the larger it is.", ge=1, le=10_000)
    batch_size: int = option(128, "Records per step; never more than the train split holds.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(12, "Stop after this many epochs without better validation retrieval.", ge=1, le=10_000)
    dropout: float = option(0.3, "Share of fields hidden per record and step.", ge=0.0, le=0.9)
    augment: float = option(
        1.0,
        "Strength of random changes in training: shifts, turns, noise, unknown words (0: none); doubled for a field alone.",
        ge=0.0,
        le=4.0,
    )
    loss: str = option("siglip", "Contrastive loss.", choices=("siglip", "infonce"))
    positives: str = option(
        "auto", "Which records belong together: those of one label, or duplicates only.", choices=("auto", "label", "duplicates")
    )
