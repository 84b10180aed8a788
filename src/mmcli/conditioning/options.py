"""Options of `fuse`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class FuseConfig(StageConfig):
    """Options of ``fuse``."""

    method: str = option(
        "attention",
        "How the fields are joined.",
        choices=("attention", "cross-attention", "gated", "concat", "mean", "bilinear", "poe"),
    )
    objective: str = option(
        "auto",
        "What to learn: labels and hidden fields, hidden fields alone, or to tell records apart by a hidden field.",
        choices=("auto", "labels", "masked", "contrastive"),
    )
    latents: int = option(4, "Learned queries K; the condition has K latent tokens.", ge=1, le=64)
    heads: int = option(4, "Attention heads.", ge=1, le=64)
    layers: int = option(1, "Self-attention layers before the queries.", ge=1, le=12)
    epochs: int = option(20, "Most passes over the train split.", ge=1, le=10_000)
    batch_size: int = option(128, "Records per step.", ge=2, le=65_536)
    learning_rate: float = option(2e-3, "Peak learning rate of AdamW.", ge=1e-7, le=1.0)
    patience: int = option(6, "Stop after this many epochs without a better validation loss.", ge=1, le=10_000)
    dropout: float = option(0.3, "Share of fields hidden per record and step; never all.", ge=0.0, le=0.9)
    noise: float = option(0.2, "Share of records with one field spoiled, so that the others learn to take over.", ge=0.0, le=1.0)
    compare: bool = option(False, "Train every method on the same budget, print one table and keep the one of --method.")
    attention: int = option(0, "Draw the attention of this many records as a picture.", ge=0, le=64)
