"""Save and rebuild networks: `model.json` names a builder and its configuration, safetensors hold the weights.

Loading cannot execute code from a file: builders are looked up in a fixed table, and their
configuration is checked against bounds before a network is built.
"""

from __future__ import annotations

import importlib
import inspect
import math
import typing
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from mmcli.artifacts import jsonio, recipes, weights
from mmcli.artifacts.weights import Tensors
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

MODEL_NAME = recipes.NAME
WEIGHTS_NAME = "weights.safetensors"
_FIX = "use the version of mmcli that made it, or train again"
_AGAIN = "rerun the stage that made it"
_SMALLER = "use a smaller width or smaller items"
# Packages with networks, by the address of a function that returns their builders: name -> "module:function".
# A builder takes JSON values and returns a built keras.Model. Addresses come from here, never from an artifact.
_TABLES = ("mmcli.modalities.registry:builders", "mmcli.conditioning.builders:builders", "mmcli.generators.registry:builders")


Shape = tuple[int | None, ...]
Ports = Mapping[str, Shape] | Shape | None
# Nothing that mmcli makes comes near: what a GPU holds, and an array of a batch of one.
_MAX_WEIGHT_BYTES, _MAX_ARRAY_BYTES = 16 * 2**30, 2**30


@dataclass(frozen=True)
class Network:
    """A network with the recipe that rebuilds it."""

    builder: str
    config: dict[str, Any]
    model: keras.Model


def build(builder: str, config: dict[str, Any]) -> Network:
    """Build a network by the name of its builder.

    Raises:
        IntegrityError: The builder is unknown, or the configuration has wrong keys or types or is out
            of bounds.
    """
    address = next((table[builder] for table in _tables() if builder in table), None)
    if address is None:
        raise IntegrityError(f"unknown network {visible(builder)}", MODEL_NAME, _FIX)
    recipes.check_config(config)
    make: Callable[..., keras.Model] = _at(address)
    _check_types(builder, make, config)
    try:
        with _before_each_weight(_budget(builder)):
            model = make(**config)
        _check_arrays(builder, model)
        return Network(builder, config, model)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise IntegrityError(f"the network {builder} cannot be built: {visible(error)}", MODEL_NAME, _FIX) from error


@contextmanager
def _before_each_weight(check: Callable[[tuple[int, ...]], None]) -> Iterator[None]:
    """Call `check` with the shape of each weight before it is allocated.

    Keras has no hook for this, so its method is wrapped in this block.
    """
    original = keras.layers.Layer.add_weight

    def add_weight(layer: keras.layers.Layer, shape: Any = None, *args: Any, **kwargs: Any) -> Any:
        check((shape,) if isinstance(shape, int) else tuple(shape or ()))
        return original(layer, shape, *args, **kwargs)

    keras.layers.Layer.add_weight = add_weight
    try:
        yield
    finally:
        keras.layers.Layer.add_weight = original


def _budget(builder: str) -> Callable[[tuple[int, ...]], None]:
    """A check that all weights together do not exceed the budget."""
    left = _MAX_WEIGHT_BYTES

    def check(shape: tuple[int, ...]) -> None:
        nonlocal left
        left -= 4 * math.prod(shape)
        if left < 0:
            raise IntegrityError(f"the weights of the network {builder} exceed {_MAX_WEIGHT_BYTES:,} bytes", MODEL_NAME, _SMALLER)

    return check


def _shapes_in(tensors: Tensors, prefix: str) -> Callable[[tuple[int, ...]], None]:
    """A check that weights have the shapes of those in the file, so that no recipe can allocate terabytes."""
    left = Counter(tuple(array.shape) for name, array in tensors.items() if name.rpartition("/")[0] == prefix)

    def check(shape: tuple[int, ...]) -> None:
        if not left[shape]:
            raise IntegrityError(f"the weights of {visible(prefix)} lack one of shape {shape}", WEIGHTS_NAME, _FIX)
        left[shape] -= 1

    return check


def _check_arrays(builder: str, model: keras.Model) -> None:
    """Check the size of the largest array between layers, for a batch of one and axes of unknown length of one."""
    for tensor in keras.tree.flatten([operation.output for operation in model.operations if operation.output is not None]):
        size = 4 * math.prod(axis or 1 for axis in tensor.shape)
        if size > _MAX_ARRAY_BYTES:
            what = f"an item takes {size:,} bytes in the network {builder}, more than {_MAX_ARRAY_BYTES:,}"
            raise IntegrityError(what, MODEL_NAME, _SMALLER)


def _tables() -> Iterator[Mapping[str, str]]:
    return (_at(address)() for address in _TABLES)


def _at(address: str) -> Any:
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)


def _check_types(builder: str, make: Callable[..., keras.Model], config: dict[str, Any]) -> None:
    """Check the configuration against the builder's signature, so that no text is used as a size."""
    hints = {name: hint for name, hint in typing.get_type_hints(make).items() if name != "return"}
    required = {name for name, parameter in inspect.signature(make).parameters.items() if parameter.default is parameter.empty}
    if not required <= set(config) <= set(hints):
        raise IntegrityError(f"the network {builder} takes {', '.join(hints)}, not {visible(', '.join(config))}", MODEL_NAME, _FIX)
    for name, value in config.items():
        item = (typing.get_args(hints[name]) or (hints[name],))[0]
        values = value if typing.get_origin(hints[name]) is list and isinstance(value, list) else [value]
        fits = all(type(v) is item or (item is float and type(v) is int) for v in values)
        if isinstance(value, list) is not (typing.get_origin(hints[name]) is list) or not fits:
            raise IntegrityError(f"the network {builder} cannot use {visible(name)} = {visible(repr(value), 60)}", MODEL_NAME, _FIX)


def check_ports(network: Network | None, name: str, where: str, *, inputs: Ports = None, outputs: Ports = None) -> keras.Model:
    """Check that a network exists and takes and returns arrays of some names and shapes; returns its model.

    Args:
        network: The network.
        name: Its name, for the message.
        where: Location for errors.
        inputs: Shapes by name, or the shape of a single array without a name; `None` is any size, and any ports.
        outputs: The same for what it returns.

    Raises:
        IntegrityError: It is missing, or has other inputs or outputs.
    """
    if network is None:
        raise IntegrityError(f"there is no network {visible(name)}", where, _AGAIN)
    for kind, wanted, found in (("input", inputs, network.model.input), ("output", outputs, network.model.output)):
        if wanted is None or _match(wanted, found):
            continue
        raise IntegrityError(f"the {kind} of the network {visible(name)} has another form: {visible(_shapes(found))}", where, _FIX)
    return network.model


def _match(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(name in found and _match(shape, found[name]) for name, shape in wanted.items())
    shape = getattr(found, "shape", None)
    if shape is None or len(shape) != len(wanted):
        return False
    return all(a is None or b is None or a == b for a, b in zip(wanted, shape, strict=True))


def _shapes(found: Any) -> Any:
    return {name: tuple(one.shape) for name, one in found.items()} if isinstance(found, Mapping) else getattr(found, "shape", found)


def tensors_of(model: keras.Model, prefix: str) -> Tensors:
    """Weights of a network as named arrays; the number keeps names unique and in order."""
    return {f"{prefix}/{i:04d}.{w.name}": np.asarray(w) for i, w in enumerate(model.weights)}


def set_tensors(model: keras.Model, prefix: str, tensors: Tensors, where: str) -> None:
    """Load a network's weights from named arrays.

    Raises:
        IntegrityError: A tensor is missing or has another shape or type.
    """
    for i, weight in enumerate(model.weights):
        name = f"{prefix}/{i:04d}.{weight.name}"
        if name not in tensors:
            raise IntegrityError(f"the weights lack {visible(name)}", where, _AGAIN)
        found, needed = tensors[name], (tuple(weight.shape), str(weight.dtype))
        if (found.shape, str(found.dtype)) != needed:
            what = f"{visible(name)} is {found.dtype} {found.shape}, but the network needs {needed[1]} {needed[0]}"
            raise IntegrityError(what, where, _AGAIN)
        weight.assign(found)


def save(folder: Path, networks: dict[str, Network], extra: dict[str, Any] | None = None, carried: Path | None = None) -> None:
    """Write `model.json` and `weights.safetensors` into a folder.

    Args:
        folder: Folder to write to.
        networks: Name to network.
        extra: JSON values stored with the recipes.
        carried: Folder whose other networks are copied as data.
    """
    kept: dict[str, Any] = {}
    tensors: Tensors = {}
    if carried is not None:
        kept = {name: recipe for name, recipe in recipes.read(carried)[0].items() if name not in networks}
        tensors = {key: array for key, array in weights.load(carried / WEIGHTS_NAME).items() if key.rpartition("/")[0] in kept}
    for name, net in networks.items():
        kept[name] = {"builder": net.builder, "config": net.config}
        tensors.update(tensors_of(net.model, name))
    jsonio.write(folder / MODEL_NAME, {"schema": recipes.SCHEMA, "networks": kept, "extra": extra or {}})
    weights.save(folder / WEIGHTS_NAME, tensors)


def read_recipes(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Recipes of a folder's networks by name, and the stored extra, without building anything.

    Raises:
        IntegrityError: `model.json` is corrupted.
    """
    return recipes.read(folder)


def load(folder: Path, only: tuple[str, ...] = ()) -> tuple[dict[str, Network], dict[str, Any]]:
    """Rebuild the networks of a folder (`only` limits which); returns them and the stored extra.

    Raises:
        IntegrityError: `model.json` is corrupted or does not match the weights.
    """
    found, extra = recipes.read(folder)
    tensors = weights.load(folder / WEIGHTS_NAME)
    networks = {}
    for name, recipe in found.items():
        if only and name not in only:
            continue
        with _before_each_weight(_shapes_in(tensors, name)):
            networks[name] = build(recipe["builder"], recipe["config"])
        set_tensors(networks[name].model, name, tensors, visible(folder))
    return networks, extra
