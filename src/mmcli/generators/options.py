"""Options of all generator families."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.training.options import BudgetConfig


@dataclass(frozen=True)
class GeneratorConfig(BudgetConfig):
    """Options of training a generator, for all families."""

    panel: ClassVar[str] = "Training"

    field_dropout: float = option(0.3, "Probability that a given field of a record is hidden in a step; never all of them.", ge=0.0, le=0.9)
    unconditional: float | None = option(
        None, "Fraction of the items trained without any condition; auto: default of the family.", ge=0.0, le=1.0
    )
    eval_items: int = option(512, "Number of items scored at each tick, to keep the best generator (0: none).", ge=0, le=10_000)
    learning_rate: float | None = option(None, "Learning rate; auto: default of the family and the target's modality.", ge=1e-9, le=1.0)
    width: int | None = option(None, "Number of channels of the networks; auto: default of the family and the modality.", ge=1, le=1024)
    precision: str = option("auto", "Numeric precision of the networks.", choices=("auto", "float32", "mixed_bfloat16"))
    init_from: str = option("", "Start from the networks of this generator.", metavar="GAN")
    devices: int = option(1, "Number of GPUs, or parts of the CPU, that split each batch; not for token targets.", ge=1, le=64)

    def __post_init__(self) -> None:
        BudgetConfig.__post_init__(self)
        if self.batch_size is not None and self.batch_size % self.devices:
            raise UsageError(
                f"batches of {self.batch_size} cannot be split among {self.devices} devices", "--devices", "use a divisor of the batch size"
            )
