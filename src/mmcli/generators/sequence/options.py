"""Options of the family `sequence`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.generators.options import GeneratorConfig


@dataclass(frozen=True)
class SequenceConfig(GeneratorConfig):
    """Options of generators of texts of any length."""

    panel: ClassVar[str] = "Sequence"

    layers: int = option(4, "Number of transformer blocks of the encoder, and of the decoder.", ge=1, le=48)
    dropout: float | None = option(None, "Probability of dropout; auto: by the number of records.", ge=0.0, le=0.9)
    subwords: int | None = option(
        None, "Maximum number of tokens, which all text fields share; auto: by the amount of text.", ge=300, le=200_000
    )
    most_tokens: int = option(512, "Maximum length of a text in tokens; longer ones are cut.", ge=8, le=4096)
    label_smoothing: float = option(0.1, "Probability that the loss gives to tokens other than the right one.", ge=0.0, le=0.9)
    copying: str = option(
        "auto",
        "Given texts: whether tokens of them can be copied; auto: if targets repeat tokens of their own condition.",
        choices=("auto", "on", "off"),
    )
    ctc: float | None = option(None, "Given sounds: weight of the CTC loss; auto: by the amount of sound.", ge=0.0, le=1.0)
    reinforce: float = option(
        0.0,
        "Fraction of the budget for adversarial steps at the end, which reward whole written texts by a critic and by chrF with "
        "their targets; kept only if held-out texts get better.",
        ge=0.0,
        le=0.9,
    )
