"""Options of image fields, and of their encoders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig, FieldConfig

MAX_ASPECT = 32.0  # of written images, after `squeeze`


@dataclass(frozen=True)
class ImageConfig(FieldConfig):
    """Options of `preprocess` for image fields."""

    panel: ClassVar[str] = "Image fields"

    image_size: int = option(32, "Height of images in pixels; also the width unless given.", ge=8, le=1024)
    image_width: int | None = option(None, "Width of images in pixels; auto: same as the height.", ge=8, le=1024)
    image_mode: str = option(
        "auto", "Colour mode; auto: L if all train images are greyscale, otherwise RGB.", choices=("auto", "L", "RGB", "RGBA")
    )
    image_range: float | None = option(
        None,
        "Value of white in greyscale images of more than 8 bits; auto: the largest value of the format, 1 for floating point.",
        ge=1e-6,
        le=1e12,
    )
    fit: str = option("crop", "How to fit images with a different aspect ratio.", choices=("crop", "pad", "squeeze"))
    background: str = option("#ffffff", "Background colour of transparent images and padding.", metavar="#RRGGBB")
    scales: tuple[int, ...] = option(
        (), "Additional heights at which images are stored; embed also reads the smaller ones.", ge=8, le=1024, metavar="INT,..."
    )
    max_megapixels: float = option(64.0, "Maximum number of megapixels; larger images are rejected.", ge=0.01, le=1000.0)
    min_side: int = option(2, "Minimum side length in pixels; smaller images are rejected.", ge=1, le=4096)
    max_aspect: float = option(20.0, "Maximum aspect ratio; longer images are rejected.", ge=1.0, le=1e6)
    rotate_degrees: float = option(10.0, "Augmented copies: maximum rotation in degrees.", ge=0.0, le=180.0)
    shift: float = option(0.08, "Augmented copies: maximum shift, as a fraction of the side length.", ge=0.0, le=1.0)
    zoom: float = option(0.1, "Augmented copies: maximum relative change of size.", ge=0.0, le=0.9)
    crop: float = option(0.0, "Augmented copies: maximum fraction cropped from each side.", ge=0.0, le=0.9)
    flip: str = option("none", "Augmented copies: flip half of them.", choices=("none", "horizontal", "vertical", "both"))
    colour: float = option(0.1, "Augmented copies: maximum relative change of brightness, contrast and saturation.", ge=0.0, le=1.0)

    def __post_init__(self) -> None:
        if not re.fullmatch("#[0-9a-fA-F]{6}", self.background):
            raise UsageError(f"background is not a colour: {visible(self.background)}", "--background", "write it as #ffffff")


@dataclass(frozen=True)
class ImageEncoderConfig(EncoderConfig):
    """Options of `embed` for image encoders."""

    panel: ClassVar[str] = "Image encoder"

    image_method: str = option(
        "cnn",
        "Image encoder; all but cnn are backbones of keras.applications.",
        choices=(
            "cnn",
            "mobilenet-v2",
            "mobilenet-v3-small",
            "mobilenet-v3-large",
            "efficientnet-b0",
            "efficientnet-v2-b0",
            "resnet-50",
            "resnet-50-v2",
            "resnet-101",
            "densenet-121",
            "inception-v3",
            "xception",
            "vgg-16",
            "convnext-tiny",
        ),
    )
    image_weights: str | None = option(None, "Weights of the backbone: imagenet, or a .safetensors file.", metavar="PATH", absent="none")

    def __post_init__(self) -> None:
        if self.image_weights and self.image_method == "cnn":
            raise UsageError(
                "cnn does not take pretrained weights",
                "--image-weights",
                "omit it, or choose a backbone such as --image-method mobilenet-v2",
            )

    def weight_files(self) -> list[tuple[str, str]]:
        """Also the backbone's; weights downloaded by Keras have no path."""
        own = [("--image-weights", self.image_weights)] if self.image_weights and self.image_weights != "imagenet" else []
        return [*own, *super().weight_files()]

    def small(self) -> bool:
        """False for backbones."""
        return self.image_method == "cnn" and super().small()
