"""A second family of generators is one object and one line: it is trained and sampled through the commands' own functions."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.generators import registry
from mmcli.generators.base import Counts, Decoding, Family, Sampler, Target, TrainingData
from mmcli.stages.registry import config_of, runner

pytestmark = pytest.mark.tf
ADDRESS = "tests_second_family"


def mean_of_conditions(*, condition: int, shape: list[int]) -> Any:
    """A linear map from the condition to an item."""
    import keras

    c = keras.Input((condition,), name="condition")
    flat = keras.layers.Dense(int(np.prod(shape)))(c)
    return keras.Model(c, keras.layers.Reshape(tuple(shape))(flat), name="linear")


class LinearTrainer:
    """Moves the map towards the items of each step."""

    best, graph_seconds = None, 0.0

    def __init__(self, data: TrainingData, config: Any) -> None:
        from mmcli.nn import networks_io

        self._data, self._config = data, config
        shape = list(data.codec.network_shape)
        self.network = networks_io.build("linear.generator", {"condition": data.given.width, "shape": shape})

    def networks(self) -> dict[str, Any]:
        return {"generator": self.network}

    def starting_networks(self) -> dict[str, Any]:
        return {"generator": [self.network]}

    def variables(self) -> list[Any]:
        return list(self.network.model.variables)

    def run(self, step: int, indices: Any, fraction: float = 0.0) -> dict[str, float]:
        context = self._data.given.draw(self._config.seed, step, indices, self._config.field_dropout, 0.0)
        for rows, vectors in zip(indices, context.rows(), strict=True):
            wanted = self._data.codec.to_network(self._data.rows[rows])
            error = np.asarray(self.network.model(vectors.astype(np.float32))) - wanted
            bias = self.network.model.weights[1]
            bias.assign(np.asarray(bias) - 0.1 * error.mean(0).ravel())
        return {"loss_g": float(np.square(error).mean())}

    def sample(self, conditions: Any, seeds: Any) -> Any:
        return np.asarray(self.network.model(np.asarray(conditions, np.float32)))

    def slow_down(self) -> float:
        return 1.0

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        return {}

    def ended(self, fraction: float) -> bool:
        return False

    def finish(self) -> dict[str, Any]:
        return {"linear": True}


class LinearSampler(Sampler):
    def __init__(self, model: Any) -> None:
        self._model = model
        self.condition_dim = int(model.input.shape[-1])

    def sample(self, conditions: Any, seeds: Any) -> Any:
        return np.asarray(self._model(np.asarray(conditions, np.float32)))


class LinearFamily(Family):
    name, summary, reads = "linear", "a linear map of the condition", ("vector",)
    options = registry.GeneratorConfig
    builders = {"linear.generator": f"{ADDRESS}:mean_of_conditions"}  # noqa: RUF012 - never changed

    def serves(self, target: Target) -> bool:
        return target.form == "continuous"

    def abilities(self, target: Target) -> frozenset[str]:
        return frozenset()

    def resolve(self, config: Any, target: Target, counts: Counts) -> Any:
        from dataclasses import replace

        return replace(config, batch_size=config.batch_size or 8, kimg=None, steps=config.steps or 10)

    def trainer(self, data: TrainingData, config: Any) -> Any:
        return LinearTrainer(data, config)

    def sampler(self, folder: Path, target: Target, codecs: Any, how: Decoding) -> Sampler:
        from mmcli.nn import networks_io

        return LinearSampler(networks_io.load(folder, ("generator",))[0]["generator"].model)


@pytest.fixture(scope="module")
def linear() -> Iterator[None]:
    """Knows the family for a while."""
    module = ModuleType(ADDRESS)
    module.FAMILY, module.mean_of_conditions = LinearFamily(), mean_of_conditions  # type: ignore[attr-defined]  # made here
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, ADDRESS, module)
        patch.setitem(registry.FAMILIES, "linear", f"{ADDRESS}:FAMILY")
        yield


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


def trained(keypad: Path, out: Path, **options: Any) -> None:
    config = config_of("train-gan")(**{"target": "photo", "family": "linear", "steps": 40, "ticks": 2, **options})
    runner("train-gan")(keypad / "1-dataset", None, out, config, quiet())


def test_it_is_trained_and_sampled_by_the_stages(linear: None, keypad: Path, tmp_path: Path) -> None:
    trained(keypad, tmp_path / "gan")
    summary = store.open_artifact(tmp_path / "gan", "gan").manifest.summary
    assert (summary["family"], summary["linear"], summary["given"], summary["steps"]) == ("linear", True, ["label"], 40)
    runner("generate")(tmp_path / "gan", None, tmp_path / "samples", config_of("generate")(num=3, label="4"), quiet())
    assert np.load(tmp_path / "samples/rows.npy").shape == (3, 16, 16, 1)
    logged = [json.loads(line) for line in (tmp_path / "gan/metrics.jsonl").read_text().splitlines()]
    assert logged[-1]["loss_g"] < logged[0]["loss_g"]


@pytest.mark.parametrize("options", [{"truncation": 0.5}, {"like": "x.png"}, {"neighbours": 2}, {"walk": 3}])
def test_what_it_cannot_do_is_refused_by_name(linear: None, keypad: Path, tmp_path: Path, options: dict[str, Any]) -> None:
    trained(keypad, tmp_path / "gan", steps=1, ticks=1)
    (name,) = options
    with pytest.raises(UsageError, match="photo is generated by the family linear, which has no") as caught:
        runner("generate")(tmp_path / "gan", None, tmp_path / "samples", config_of("generate")(**options), quiet())
    assert caught.value.where == f"--{name}"


def test_a_target_that_it_does_not_make_is_refused_with_those_that_do(linear: None, keypad: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"the family linear does not support caption \(text\)") as caught:
        trained(keypad, tmp_path / "gan", target="caption")
    assert (caught.value.where, caught.value.fix) == ("--family", "families that do: sequence, gan")
    with pytest.raises(UsageError, match="unknown family wizard") as caught:
        trained(keypad, tmp_path / "gan", family="wizard")
    assert caught.value.fix == "families that support photo (image): gan, linear"


def test_a_family_that_is_not_there_any_more_is_named() -> None:
    with pytest.raises(IntegrityError, match="unknown generator family wizard"):
        registry.family("wizard")
