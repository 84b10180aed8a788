"""Options of training with a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option

_CANCELLED = {"--kimg": "--kimg auto", "--minutes": "--minutes none", "--steps": "--steps none"}


@dataclass(frozen=True)
class LogConfig(StageConfig):
    """Logs of training for other tools."""

    panel: ClassVar[str] = "Training"

    log_to: str = option(
        "none",
        "Also log for TensorBoard (logs/ beside the output) or MLflow (extra mmcli[mlflow]).",
        choices=("none", "tensorboard", "mlflow"),
        shapes_result=False,
    )


@dataclass(frozen=True)
class BudgetConfig(LogConfig):
    """Training budget, and intervals of metrics and checkpoints."""

    panel: ClassVar[str] = "Training"

    steps: int | None = option(None, "Training budget in steps, instead of --kimg.", ge=1, le=10**9, absent="none")
    kimg: float | None = option(None, "Training budget in thousands of items; auto: by the number of records.", ge=1e-6, le=1e9)
    minutes: float | None = option(None, "Training budget in minutes, instead of --kimg.", ge=1e-6, le=1e6, absent="none")
    batch_size: int | None = option(None, "Number of items per step; auto: default of the target's modality.", ge=1, le=65_536)
    ticks: int = option(12, "Number of times to write metrics and a sample grid.", ge=1, le=10_000)
    checkpoint_seconds: float = option(60.0, "Number of seconds between checkpoints.", ge=0.1, le=86_400)

    def __post_init__(self) -> None:
        budgets = [flag for flag, value in (("--kimg", self.kimg), ("--minutes", self.minutes), ("--steps", self.steps)) if value]
        if len(budgets) > 1:
            fix = (
                f"give one of them; one that a configuration file sets is cancelled by {' or '.join(_CANCELLED[flag] for flag in budgets)}"
            )
            raise UsageError("more than one training budget", " and ".join(budgets), fix)
