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

    preset: str = option(
        "auto",
        "Networks: for images compact or r3gan (auto: r3gan on a GPU); for texts recurrent: a recurrent generator, a dense discriminator.",
        choices=("auto", "compact", "r3gan", "recurrent"),
    )
    critic: str = option("convolutional", "Discriminator of token targets.", choices=("convolutional", "dense"))
    loss: str = option("pairing", "Adversarial loss of continuous targets.", choices=("pairing", "hinge", "non-saturating"))
    gamma: float | None = option(None, "Weight of the R1 and R2 penalties; auto: default of the target's modality.", ge=0.0, le=1e6)
    penalty_interval: int | None = option(
        None, "Number of steps between penalties, which are scaled by it; auto: 4, or 1 for r3gan on a GPU.", ge=1, le=64
    )
    augment: tuple[str, ...] = option(
        ("auto",),
        "Differentiable augmentation of images; auto: translation,colour for small data sets of colour images.",
        choices=("auto", "none", "translation", "cutout", "colour", "flip"),
        metavar="KIND,...",
    )
    augment_p: str = option("auto", "Probability of each augmentation: a number, auto (by the number of records) or adaptive.", metavar="P")
    freeze_layers: int = option(0, "Number of lower layers of the discriminator to freeze.", ge=0, le=1000)
    mismatch: float | None = option(
        None, "Weight of the loss of real items with another record's condition; auto: by the data.", ge=0.0, le=100.0
    )
    condition_noise: float | None = option(
        None, "Gaussian noise added to the conditions, relative to their RMS; auto: by the data.", ge=0.0, le=10.0
    )
    adversarial: float = option(0.3, "Token targets: fraction of the budget for adversarial steps, at the end.", ge=0.0, le=1.0)
    noise_dim: int = option(64, "Dimension of the noise vector z.", ge=1, le=4096)
    depth: int | None = option(None, "r3gan: number of residual blocks per resolution; auto: by the data.", ge=1, le=16)
    ema_decay: float = option(0.998, "Decay per step of the exponential moving average of the generator.", ge=0.0, le=0.99999)
    xla: str = option(
        "auto",
        "Continuous targets on one device: compile the step with XLA; auto: on a GPU, if at least 10 % faster.",
        choices=("auto", "on", "off"),
    )

    def __post_init__(self) -> None:
        GeneratorConfig.__post_init__(self)
        if self.xla == "on" and self.devices > 1:
            raise UsageError("--xla on supports one device only", "--xla, --devices", "omit one of them")
        if self.augment_p not in ("auto", "adaptive") and parse_share(self.augment_p) is None:
            fix = "use auto, adaptive or a number from 0 to 1"
            raise UsageError(f"augment_p is not a probability: {visible(self.augment_p, 60)}", "--augment-p", fix)
        if len(self.augment) > 1 and set(self.augment) & {"auto", "none"}:
            raise UsageError(
                "auto and none cannot be combined with other values",
                "--augment",
                "use auto, none, or augmentations such as translation,colour",
            )

    @property
    def figures(self) -> tuple[float, float]:
        """Learning rate and gamma of resolved options."""
        assert self.learning_rate is not None
        assert self.gamma is not None
        return self.learning_rate, self.gamma
