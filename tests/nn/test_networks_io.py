"""Model files that are broken or hostile are refused before anything big is made."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import jsonio, weights
from mmcli.core.errors import IntegrityError

pytestmark = pytest.mark.tf

ENCODER = {"shape": [8, 8, 1], "dim": 8, "tokens": 2, "width": 8}
FUSION = {"fields": 2, "tokens": 2, "dim": 8, "latents": 2, "heads": 2, "layers": 1}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of two networks."""
    from mmcli.nn import networks_io

    folder = tmp_path_factory.mktemp("model")
    networks = {"encoder.photo": networks_io.build("image.encoder", ENCODER), "fusion": networks_io.build("fusion", FUSION)}
    networks_io.save(folder, networks, {"fields": ["photo", "caption"]})
    return folder


@pytest.fixture
def folder(model: Path, tmp_path: Path) -> Path:
    """A copy of it to harm."""
    return Path(shutil.copytree(model, tmp_path / "model"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    body = jsonio.read(folder / "model.json")
    change(body["networks"])
    jsonio.write(folder / "model.json", body)


def load(folder: Path) -> Any:
    from mmcli.nn import networks_io

    return networks_io.load(folder)


def test_round_trip_gives_the_same_outputs_and_bytes(folder: Path) -> None:
    from mmcli.nn import networks_io

    networks, extra = load(folder)
    assert extra == {"fields": ["photo", "caption"]}
    assert networks["encoder.photo"].config == ENCODER
    before = (folder / "weights.safetensors").read_bytes()
    networks_io.save(folder, networks, extra)
    assert (folder / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("network", "change"),
    [
        ("fusion", {"dim": 1_000_000}),
        ("fusion", {"dim": 10**12}),
        ("fusion", {"layers": 10_000}),
        ("fusion", {"latents": 999_999}),
        ("fusion", {"dim": -8}),
        ("fusion", {"dim": "8"}),
        ("fusion", {"dim": 8.0}),
        ("fusion", {"dim": True}),
        ("fusion", {"dim": None}),
        ("fusion", {"dim": [8]}),
        ("fusion", {"dim": 0}),
        ("fusion", {"heads": 3}),
        ("fusion", {"method": "eval"}),
        ("fusion", {"fn": "os.system"}),
        ("encoder.photo", {"width": 900_000}),
        ("encoder.photo", {"shape": [1_000_000, 1_000_000, 3]}),
        ("encoder.photo", {"shape": [8]}),
        ("encoder.photo", {"shape": []}),
        ("encoder.photo", {"shape": [8, 8, "1"]}),
        ("encoder.photo", {"shape": [0, 0, 0]}),
        ("encoder.photo", {"shape": 8}),
        ("encoder.photo", {"tokens": 3}),
    ],
)
def test_a_recipe_that_does_not_fit_the_weights_is_refused(network: str, change: dict[str, Any], folder: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    edit(folder, lambda networks: networks[network]["config"].update(change))
    with pytest.raises(IntegrityError):
        load(folder)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024  # KiB


@pytest.mark.parametrize("builder", ["os.system", "builtins:eval", "keras.layers.Lambda", "", "image.encoder2", "../evil"])
def test_an_unknown_builder_is_refused(builder: str, folder: Path) -> None:
    edit(folder, lambda networks: networks["fusion"].update(builder=builder))
    with pytest.raises(IntegrityError, match="unknown network"):
        load(folder)


def test_a_network_of_another_modality_is_refused(folder: Path) -> None:
    edit(folder, lambda networks: networks["encoder.photo"].update(builder="audio.encoder", config=ENCODER | {"shape": [8, 8]}))
    with pytest.raises(IntegrityError):
        load(folder)


@pytest.mark.parametrize("harm", ["missing", "shape", "type", "nan", "renamed", "none"])
def test_weights_that_do_not_fit_are_refused(harm: str, folder: Path) -> None:
    tensors = weights.load(folder / "weights.safetensors")
    name = next(name for name in tensors if name.startswith("fusion/") and tensors[name].ndim == 2)
    array = tensors.pop(name)
    changed = {
        "missing": {},
        "shape": {name: array[:-1]},
        "type": {name: array.astype(np.float64)},
        "nan": {name: np.full_like(array, np.nan)},
        "renamed": {f"{name}x": array},
    }
    weights.save(folder / "weights.safetensors", tensors | changed[harm] if harm != "none" else {})
    with pytest.raises(IntegrityError):
        load(folder)


def test_keras_is_as_before_after_a_refusal(folder: Path) -> None:
    import keras

    original = keras.layers.Layer.add_weight
    edit(folder, lambda networks: networks["fusion"]["config"].update(dim=1_000_000))
    with pytest.raises(IntegrityError):
        load(folder)
    assert keras.layers.Layer.add_weight is original


def test_only_the_networks_that_are_asked_for_are_built(folder: Path) -> None:
    from mmcli.nn import networks_io

    edit(folder, lambda networks: networks["encoder.photo"]["config"].update(width=900_000))
    assert list(networks_io.load(folder, ("fusion",))[0]) == ["fusion"]
