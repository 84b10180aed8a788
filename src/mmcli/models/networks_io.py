"""Save and rebuild networks: `model.json` names a builder and its configuration, safetensors hold the weights.

Nothing that is read here can run code: builders are looked up in a fixed table and their
configuration is checked against bounds before a network is built.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mmcli.artifacts import jsonio, weights
from mmcli.artifacts.weights import Tensors
from mmcli.display import visible
from mmcli.errors import IntegrityError

MODEL_NAME = "model.json"
WEIGHTS_NAME = "weights.safetensors"
SCHEMA = 1
_MAX_INTEGER = 1_000_000
_MAX_LIST = 4096
_MAX_PARAMETERS = 2_000_000_000
# Builder name -> "module:function". A builder takes JSON values and returns a built keras.Model.
BUILDERS = {
    "text.encoder": "mmcli.modalities.text.networks:encoder",
    "text.generator": "mmcli.modalities.text.networks:generator",
    "text.discriminator": "mmcli.modalities.text.networks:discriminator",
    "image.encoder": "mmcli.modalities.image.networks:encoder",
    "image.generator": "mmcli.modalities.image.networks:generator",
    "image.discriminator": "mmcli.modalities.image.networks:discriminator",
    "audio.encoder": "mmcli.modalities.audio.networks:encoder",
    "audio.generator": "mmcli.modalities.audio.networks:generator",
    "audio.discriminator": "mmcli.modalities.audio.networks:discriminator",
    "fusion": "mmcli.models.fusion:fusion",
    "text.judge": "mmcli.models.judge:text",
    "image.judge": "mmcli.models.judge:image",
    "audio.judge": "mmcli.models.judge:audio",
}


@dataclass(frozen=True)
class Network:
    """A network with the recipe that rebuilds it."""

    builder: str
    config: dict[str, Any]
    model: keras.Model


def build(builder: str, config: dict[str, Any]) -> Network:
    """Build a network by the name of its builder.

    Raises:
        IntegrityError: The builder is unknown or the configuration is out of bounds.
    """
    if builder not in BUILDERS:
        raise IntegrityError(f"unknown network {visible(builder)}", MODEL_NAME, "use the mmcli that made it, or train again")
    _check_bounds(config)
    module, function = BUILDERS[builder].split(":")
    make: Callable[..., keras.Model] = getattr(importlib.import_module(module), function)
    try:
        return Network(builder, config, make(**config))
    except (TypeError, ValueError) as error:
        raise IntegrityError(
            f"the network {builder} cannot be built: {visible(error)}", MODEL_NAME, "use the mmcli that made it, or train again"
        ) from None


def _check_bounds(value: Any) -> None:
    if isinstance(value, dict):
        for item in value.values():
            _check_bounds(item)
    elif isinstance(value, list):
        if len(value) > _MAX_LIST:
            raise IntegrityError("a list in the network's configuration is too long", MODEL_NAME, "do not use this file")
        for item in value:
            _check_bounds(item)
    elif isinstance(value, int | float) and not isinstance(value, bool) and not 0 <= value <= _MAX_INTEGER:
        raise IntegrityError(f"a number in the network's configuration is out of bounds: {value}", MODEL_NAME, "do not use this file")


def tensors_of(model: keras.Model, prefix: str) -> Tensors:
    """Weights of a network as named arrays; the number keeps names unique and in order."""
    return {f"{prefix}/{i:04d}.{w.name}": np.asarray(w) for i, w in enumerate(model.weights)}


def set_tensors(model: keras.Model, prefix: str, tensors: Tensors, where: str) -> None:
    """Load a network's weights from named arrays.

    Raises:
        IntegrityError: A tensor is missing or has another shape.
    """
    for i, weight in enumerate(model.weights):
        name = f"{prefix}/{i:04d}.{weight.name}"
        if name not in tensors:
            raise IntegrityError(f"the weights lack {visible(name)}", where, "run the stage that makes it again")
        if tuple(tensors[name].shape) != tuple(weight.shape):
            raise IntegrityError(
                f"{visible(name)} has shape {tensors[name].shape}, the network needs {tuple(weight.shape)}",
                where,
                "run the stage that makes it again",
            )
        weight.assign(tensors[name])


def save(folder: Path, networks: dict[str, Network], extra: dict[str, Any] | None = None, carried: Path | None = None) -> None:
    """Write `model.json` and `weights.safetensors` into a folder.

    Args:
        folder: Where to write.
        networks: Name to network.
        extra: JSON values stored beside the recipes.
        carried: Folder whose networks are copied along as data, those of `networks` excepted.
    """
    recipes: dict[str, Any] = {}
    tensors: Tensors = {}
    if carried is not None:
        recipes = {name: recipe for name, recipe in read_recipes(carried)[0].items() if name not in networks}
        tensors = {key: array for key, array in weights.load(carried / WEIGHTS_NAME).items() if key.rpartition("/")[0] in recipes}
    for name, net in networks.items():
        recipes[name] = {"builder": net.builder, "config": net.config}
        tensors.update(tensors_of(net.model, name))
    jsonio.write(folder / MODEL_NAME, {"schema": SCHEMA, "networks": recipes, "extra": extra or {}})
    weights.save(folder / WEIGHTS_NAME, tensors)


def read_recipes(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Recipes of a folder's networks by name, and the stored extra, without building anything.

    Raises:
        IntegrityError: `model.json` is damaged.
    """
    try:
        body = jsonio.read(folder / MODEL_NAME)
        recipes, extra = body["networks"], body["extra"]
        if body["schema"] != SCHEMA or not isinstance(recipes, dict) or not isinstance(extra, dict):
            raise KeyError("schema")
    except (jsonio.JsonError, OSError, KeyError, TypeError) as error:
        raise IntegrityError(f"model.json cannot be used: {visible(error)}", visible(folder), "run the stage that makes it again") from None
    return recipes, extra


def load(folder: Path, only: tuple[str, ...] = ()) -> tuple[dict[str, Network], dict[str, Any]]:
    """Rebuild the networks of a folder (`only` limits which); returns them and the stored extra.

    Raises:
        IntegrityError: `model.json` is damaged or does not fit the weights.
    """
    where = visible(folder)
    recipes, extra = read_recipes(folder)
    tensors = weights.load(folder / WEIGHTS_NAME)
    if sum(t.size for t in tensors.values()) > _MAX_PARAMETERS:
        raise IntegrityError("the networks have too many parameters", where, "do not use this file")
    networks = {}
    for name, recipe in recipes.items():
        if only and name not in only:
            continue
        networks[name] = build(recipe["builder"], recipe["config"])
        set_tensors(networks[name].model, name, tensors, where)
    return networks, extra
