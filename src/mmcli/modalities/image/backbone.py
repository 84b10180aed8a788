"""Image encoders on a backbone of `keras.applications`."""

from __future__ import annotations

import warnings
from typing import Any

import keras
from keras import ops

from mmcli.nn.heads import encoder_head

# Name -> class in keras.applications and its input range: `unit` [-1, 1], `bytes` [0, 255],
# `bgr` bytes minus ImageNet's mean in BGR, `torch` [0, 1] standardised by ImageNet's statistics.
BACKBONES = {
    "mobilenet-v2": ("MobileNetV2", "unit"),
    "mobilenet-v3-small": ("MobileNetV3Small", "bytes"),
    "mobilenet-v3-large": ("MobileNetV3Large", "bytes"),
    "efficientnet-b0": ("EfficientNetB0", "bytes"),
    "efficientnet-v2-b0": ("EfficientNetV2B0", "bytes"),
    "resnet-50": ("ResNet50", "bgr"),
    "resnet-50-v2": ("ResNet50V2", "unit"),
    "resnet-101": ("ResNet101", "bgr"),
    "densenet-121": ("DenseNet121", "torch"),
    "inception-v3": ("InceptionV3", "unit"),
    "xception": ("Xception", "unit"),
    "vgg-16": ("VGG16", "bgr"),
    "convnext-tiny": ("ConvNeXtTiny", "bytes"),
}
MIN_SIZE = {"inception-v3": 107, "xception": 71}  # smaller inputs leave a single position, so attention has no choice
_MIN_SIZE = 64
LAYER = "backbone"
_BGR_MEAN = (103.939, 116.779, 123.68)
_RGB_MEAN, _RGB_SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class ToBackbone(keras.layers.Layer):
    """Convert images `[B, H, W, C]` in [-1, 1] to a backbone's input, `[B, size, size', 3]`.

    Greyscale images get three equal channels; transparency is dropped.
    """

    def __init__(self, reads: str, size: tuple[int, int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reads, self.size = reads, size

    def call(self, x: Any) -> Any:
        x = ops.repeat(x[..., :1], 3, axis=-1) if x.shape[-1] < 3 else x[..., :3]
        if tuple(x.shape[1:3]) != self.size:
            x = ops.image.resize(x, self.size, interpolation="bilinear", antialias=False)
        if self.reads == "unit":
            return x
        pixels = (x + 1.0) * 127.5
        if self.reads == "bgr":
            return ops.flip(pixels, axis=-1) - ops.convert_to_tensor(_BGR_MEAN, dtype=pixels.dtype)
        if self.reads == "torch":
            return (pixels / 255.0 - ops.convert_to_tensor(_RGB_MEAN, dtype=pixels.dtype)) / ops.convert_to_tensor(
                _RGB_SD, dtype=pixels.dtype
            )
        return pixels

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], *self.size, 3)


def encoder(*, shape: list[int], dim: int, tokens: int, backbone: str, frozen: bool = False) -> keras.Model:
    """A backbone without its top, followed by the common head of encoders.

    Input `[B, H, W, C]` in [-1, 1]; outputs as `nn.heads.encoder_outputs`.

    Args:
        shape: `[H, W, C]`; images below the backbone's minimum size are enlarged.
        dim: Width of the shared space.
        tokens: Number of tokens.
        backbone: One of `BACKBONES`.
        frozen: Whether the backbone is kept fixed.
    """
    least = MIN_SIZE.get(backbone, _MIN_SIZE)
    factor = max(1.0, least / min(shape[0], shape[1]))
    size = (max(least, round(shape[0] * factor)), max(least, round(shape[1] * factor)))
    image = keras.Input(tuple(shape))
    trunk = bare(backbone, size)
    trunk.trainable = not frozen
    x = trunk(ToBackbone(BACKBONES[backbone][1], size)(image))
    sequence = keras.layers.Reshape((-1, x.shape[-1]))(x)
    return keras.Model(image, encoder_head(sequence, dim, tokens), name="image_backbone")


def bare(backbone: str, size: tuple[int, int], weights: str | None = None) -> keras.Model:
    """A backbone without its top, with random weights or those of `imagenet`.

    Raises:
        ValueError: The name is unknown.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"unknown backbone {backbone}")
    make = getattr(keras.applications, BACKBONES[backbone][0])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about input sizes other than ImageNet's
        model: keras.Model = make(include_top=False, weights=weights, input_shape=(*size, 3), name=LAYER)
    return model
