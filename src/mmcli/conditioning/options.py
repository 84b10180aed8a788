"""Options of `fuse`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.training.options import LogConfig


@dataclass(frozen=True)
class FuseConfig(LogConfig):
    """Options of ``fuse``."""

    panel: ClassVar[str] = ""

    method: str = option(
        "attention",
        "Fusion method.",
        choices=("attention", "cross-attention", "gated", "concat", "mean", "bilinear", "poe"),
    )
    objective: str = option(
        "auto",
        "Objective: predict labels and hidden fields, predict hidden fields only, or contrast records by a hidden field.",
        choices=("auto", "labels", "masked", "contrastive"),
    )
    latents: int = option(4, "Number of learned queries K; the condition has K latent tokens.", ge=1, le=64)
    heads: int = option(4, "Number of attention heads.", ge=1, le=64)
    layers: int = option(1, "Number of self-attention layers before the queries.", ge=1, le=12)
    epochs: int = option(20, "Maximum number of epochs.", ge=1, le=10_000)
    batch_size: int = option(128, "Number of records per step.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(6, "Stop after this many epochs without improvement of the validation loss.", ge=1, le=10_000)
    dropout: float = option(0.3, "Probability that a field of a record is hidden in a step; never all of them.", ge=0.0, le=0.9)
    noise: float = option(0.2, "Fraction of records with one corrupted field, so that fusion learns to rely on the others.", ge=0.0, le=1.0)
    compare: bool = option(False, "Train every method with the same budget, print a table and keep the one of --method.")
    attention: int = option(0, "Number of records whose attention to plot.", ge=0, le=64)
