"""Options of the family `gan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.core.values import parse_share
from mmcli.generators.options import GeneratorConfig


@dataclass(frozen=True)
class GanConfig(GeneratorConfig):
    """Options of adversarial generators."""

    panel: ClassVar[str] = "GAN"

    preset: str = option("auto", "Networks of images; auto is r3gan on a GPU, else compact.", choices=("auto", "compact", "r3gan"))
    critic: str = option("convolutional", "Discriminator of token targets.", choices=("convolutional", "dense"))
    loss: str = option("pairing", "Adversarial loss of continuous targets.", choices=("pairing", "hinge", "non-saturating"))
    learning_rate: float | None = option(None, "Learning rate of both networks; auto is the target modality's.", ge=1e-9, le=1.0)
    gamma: float | None = option(None, "Weight of the R1 and R2 penalties; auto is the target modality's.", ge=0.0, le=1e6)
    penalty_interval: int | None = option(
        None, "Apply the penalties every so many steps, as much stronger; auto is 4, or 1 for r3gan.", ge=1, le=64
    )
    augment: tuple[str, ...] = option(
        ("auto",),
        "Images: changes that both networks see; auto is translation,colour for few colour images.",
        choices=("auto", "none", "translation", "cutout", "colour", "flip"),
        metavar="KIND,...",
    )
    augment_p: str = option("auto", "Probability of each change: a number, auto (by the number of records) or adaptive.", metavar="P")
    freeze_layers: int = option(0, "Number of lower layers of the discriminator to keep as they are.", ge=0, le=1000)
    mismatch: float | None = option(
        None, "Weight of the loss of real items with another record's condition; auto follows from the data.", ge=0.0, le=100.0
    )
    condition_noise: float | None = option(
        None, "Normal noise on the conditions, relative to their size; auto follows from the data.", ge=0.0, le=10.0
    )
    adversarial: float = option(0.3, "Token targets: last fraction of the budget, for adversarial steps.", ge=0.0, le=1.0)
    noise_dim: int = option(64, "Width of the noise vector z.", ge=1, le=4096)
    width: int | None = option(None, "Channels of the networks; auto is the target modality's.", ge=1, le=1024)
    depth: int | None = option(None, "r3gan: residual blocks per resolution; auto follows from the data.", ge=1, le=16)
    ema_decay: float = option(0.998, "Decay per step of the averaged generator.", ge=0.0, le=0.99999)
    xla: str = option(
        "auto",
        "Continuous targets on one device: compile the step by XLA; auto tries it on a GPU and keeps it if a tenth faster.",
        choices=("auto", "on", "off"),
    )

    def __post_init__(self) -> None:
        GeneratorConfig.__post_init__(self)
        if self.xla == "on" and self.devices > 1:
            raise UsageError("a step that several devices share is not compiled", "--xla, --devices", "leave one of them out")
        if self.augment_p not in ("auto", "adaptive") and parse_share(self.augment_p) is None:
            fix = "give auto, adaptive or a number from 0 to 1"
            raise UsageError(f"augment_p is no probability: {visible(self.augment_p, 60)}", "--augment-p", fix)
        if len(self.augment) > 1 and set(self.augment) & {"auto", "none"}:
            raise UsageError("auto and none stand alone", "--augment", "give changes such as translation,colour, or one of the two")

    @property
    def figures(self) -> tuple[float, float]:
        """Learning rate and gamma, of options that are filled in."""
        assert self.learning_rate is not None
        assert self.gamma is not None
        return self.learning_rate, self.gamma
