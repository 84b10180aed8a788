"""Options of the family `gan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.core.values import parse_share
from mmcli.training.options import BudgetConfig


@dataclass(frozen=True)
class GanConfig(BudgetConfig):
    """Options of adversarial generators."""

    panel: ClassVar[str] = "GAN"

    preset: str = option("auto", "Networks of images; auto is r3gan on a GPU, else compact.", choices=("auto", "compact", "r3gan"))
    loss: str = option("pairing", "Adversarial loss of images and sounds.", choices=("pairing", "hinge", "non-saturating"))
    learning_rate: float = option(0.0, "Learning rate of both networks (0: the modality's).", ge=0.0, le=1.0)
    gamma: float = option(-1.0, "Weight of the R1 and R2 penalties (-1: the modality's).", ge=-1.0, le=1e6)
    penalty_interval: int = option(0, "Apply the penalties every so many steps, as much stronger (0: 4, r3gan 1).", ge=0, le=64)
    augment: tuple[str, ...] = option(
        ("auto",),
        "Images: changes that both networks see; auto is translation,colour for few colour pictures.",
        choices=("auto", "none", "translation", "cutout", "colour", "flip"),
        metavar="KIND,...",
    )
    augment_p: str = option("auto", "Probability of each change: a number, auto (by the number of records) or adaptive.", metavar="P")
    init_from: str = option("", "Start from the networks of this GAN.", metavar="GAN")
    freeze_layers: int = option(0, "Keep so many lower layers of the discriminator as they are.", ge=0, le=1000)
    mismatch: float = option(
        -1.0, "Weight of the loss of real items with another record's condition (-1: from the data).", ge=-1.0, le=100.0
    )
    blur: float = option(-1.0, "Normal noise on the conditions, relative to their size (-1: from the data).", ge=-1.0, le=10.0)
    adversarial: float = option(0.3, "Text only: last share of the budget, for adversarial steps.", ge=0.0, le=1.0)
    noise_dim: int = option(64, "Width of the noise vector z.", ge=1, le=4096)
    width: int = option(0, "Channels of the networks (0: the modality's).", ge=0, le=1024)
    depth: int = option(0, "r3gan: residual blocks per resolution (0: from the data).", ge=0, le=16)
    ema_decay: float = option(0.998, "Decay per step of the averaged generator.", ge=0.0, le=0.99999)
    dropout: float = option(0.3, "Share of the given fields hidden per record and step; never all.", ge=0.0, le=0.9)
    unconditional: float = option(0.1, "Share of the items trained without any condition.", ge=0.0, le=1.0)
    watch: int = option(512, "Images and sounds: items scored at each tick, to keep the best generator (0: none).", ge=0, le=10_000)
    precision: str = option("auto", "Arithmetic of the networks.", choices=("auto", "float32", "mixed_bfloat16"))
    xla: str = option(
        "auto",
        "Images and sounds on one device: compile the step by XLA; auto tries it on a GPU and keeps it if a tenth faster.",
        choices=("auto", "on", "off"),
    )
    devices: int = option(1, "Images and sounds: share each batch among so many GPUs, or parts of the CPU.", ge=1, le=64)

    def __post_init__(self) -> None:
        if self.batch_size % self.devices:
            raise UsageError(f"batches of {self.batch_size} cannot be shared by {self.devices} devices", "--devices", "give a divisor")
        if self.xla == "on" and self.devices > 1:
            raise UsageError("a step that several devices share is not compiled", "--xla, --devices", "leave one of them out")
        if self.augment_p not in ("auto", "adaptive"):
            value = parse_share(self.augment_p)
            if value is None:
                fix = "give auto, adaptive or a number from 0 to 1"
                raise UsageError(f"augment_p is no probability: {visible(self.augment_p, 60)}", "--augment-p", fix)
        if len(self.augment) > 1 and set(self.augment) & {"auto", "none"}:
            raise UsageError("auto and none stand alone", "--augment", "give changes such as translation,colour, or one of the two")
        budgets = [flag for flag, value in (("--kimg", self.kimg), ("--minutes", self.minutes), ("--steps", self.steps)) if value]
        if len(budgets) > 1:
            raise UsageError("more than one budget is given", " and ".join(budgets), "give one of them")
