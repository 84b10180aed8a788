"""Options of `embed`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig
from mmcli.training.options import LogConfig

MOST_VALIDATION = 1000  # val records that decide when to stop


@dataclass(frozen=True)
class EmbedConfig(EncoderConfig, LogConfig):
    """Options of ``embed`` in addition to those of the encoders."""

    panel: ClassVar[str] = ""

    features: bool = option(True, "Also store the tokens before projection.")
    epochs: int | None = option(None, "Maximum number of epochs; auto: 10 to 40, fewer for larger train splits.", ge=1, le=10_000)
    batch_size: int = option(128, "Number of records per step, limited to the size of the train split.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(12, "Stop after this many epochs without improvement of the validation retrieval.", ge=1, le=10_000)
    dropout: float = option(0.3, "Probability that a field of a record is hidden in a step.", ge=0.0, le=0.9)
    augment: float = option(
        1.0,
        "Strength of augmentation in training: shifts, rotations, noise, unknown words (0: none); doubled for a single field.",
        ge=0.0,
        le=4.0,
    )
    loss: str = option("siglip", "Contrastive loss.", choices=("siglip", "infonce"))
    positives: str = option(
        "auto",
        "Which records count as positive pairs: records with the same label, or duplicates only.",
        choices=("auto", "label", "duplicates"),
    )
