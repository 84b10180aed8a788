"""Image encoders: the compact convolutional one, or a backbone of `keras.applications`."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import weights
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, IntegrityError, SafetyError
from mmcli.modalities.image import backbone
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.options import ImageEncoderConfig
from mmcli.modalities.towers import EncoderJob
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network

IMAGENET = "imagenet"


def image_tower(job: EncoderJob[ImageEncoderConfig]) -> Network:
    """Build the encoder of an image field selected by `image_method`.

    Raises:
        InputError, IntegrityError, SafetyError: The weights cannot be used.
        EnvironmentUnfitError: The ImageNet weights can neither be found nor downloaded.
    """
    config = job.config
    if config.image_method == "cnn":
        return networks_io.build("image.encoder", {**job.recipe(), **_smaller_scales(job)})
    frozen = config.frozen(bool(config.image_weights))
    network = networks_io.build("image.backbone", {**job.recipe(), "backbone": config.image_method, "frozen": frozen})
    trunk = network.model.get_layer(backbone.LAYER)
    if config.image_weights == IMAGENET:
        trunk.set_weights(_imagenet(config.image_method, trunk.input_shape[1:3], job).get_weights())
    elif config.image_weights:
        _assign(trunk, Path(config.image_weights))
    return network


def _smaller_scales(job: EncoderJob[ImageEncoderConfig]) -> dict[str, list[int]]:
    """Scales of the data set at which the same blocks also read the image; larger ones add nothing to the main one."""
    assert isinstance(job.codec, ImageCodec)
    smaller = sorted({height for height in job.codec.scales if height < job.codec.height}, reverse=True)
    if len(smaller) < len(job.codec.scales):
        job.ui.info(f"{visible(job.field)}: scales above {job.codec.height} pixels are ignored; make --image-size the largest")
    return {"scales": smaller} if smaller else {}


def _imagenet(name: str, size: tuple[int, int], job: EncoderJob[ImageEncoderConfig]) -> Any:
    """Load them from Keras's cache if their digest matches, otherwise download them."""
    job.ui.info(f"looking for the ImageNet weights of {name} in ~/.keras/models, then at their publisher")
    try:
        with contextlib.redirect_stdout(sys.stderr):  # stdout is for the result
            return backbone.bare(name, size, IMAGENET)
    except Exception as error:  # noqa: BLE001 - urllib, HDF5 and Keras raise without a common base
        fix = "connect to the internet once, or give a .safetensors file with --image-weights"
        raise EnvironmentUnfitError(
            f"the ImageNet weights of {name} are not available: {visible(error)}", "--image-weights imagenet", fix
        ) from None


def _assign(trunk: Any, path: Path) -> None:
    """Weights of a `.safetensors` file whose names are the backbone's own weight paths."""
    where = visible(path)
    if path.suffix.lower() in (".h5", ".hdf5", ".keras", ".pt", ".pth", ".bin", ".pkl"):
        fix = "convert them to .safetensors; weights published by Keras are loaded with --image-weights imagenet"
        raise SafetyError(f"weights in the format {path.suffix} can run code when they are loaded", where, fix)
    userfile.check(path, "weights file", "check the path after --image-weights")
    tensors = weights.load(path, "download the file again")
    values = []
    for weight in trunk.weights:
        name = str(weight.path).removeprefix(f"{trunk.name}/")
        if name not in tensors:
            raise IntegrityError(f"the weights lack {name} of shape {tuple(weight.shape)}", where, "give the weights of this backbone")
        if tensors[name].shape != tuple(weight.shape):
            shapes = f"{tensors[name].shape}, the backbone expects {tuple(weight.shape)}"
            raise IntegrityError(f"{name} has shape {shapes}", where, "give the weights of this backbone without its top")
        values.append(tensors[name].astype(np.float32))
    trunk.set_weights(values)
