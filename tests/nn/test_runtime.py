"""TensorFlow is loaded quietly, and seeded so that a run can be repeated."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from typing import Any

import pytest

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui
from mmcli.nn import runtime

REAL_RUN = """
import warnings
from mmcli.nn import runtime
from mmcli.core.ui import Ui
device = runtime.start(Ui(), 2**40 + 1)
import keras, numpy as np, tensorflow as tf
layers = keras.layers
net = keras.Sequential([keras.Input((16, 16, 1)), layers.Conv2D(4, 3), layers.BatchNormalization(), layers.Flatten(), layers.Dense(2)])
net.compile("adam", "mse")
net.fit(np.zeros((8, 16, 16, 1), "float32"), np.zeros((8, 2), "float32"), verbose=0)
for size in range(1, 7):  # retracing: after five times there would be advice
    tf.function(lambda x: net(x, training=True))(tf.zeros((size, 16, 16, 1)))
    net.predict(np.zeros((size, 16, 16, 1), "float32"), verbose=0)
tf.function(lambda x: x * 2, jit_compile=True)(tf.ones(3))
import matplotlib.pyplot, sklearn.linear_model
sklearn.linear_model.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
matplotlib.pyplot.figure()
print(device.name, device.precision)
"""


@pytest.mark.tf
def test_a_real_run_says_one_line_and_other_libraries_work_afterwards() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    done = subprocess.run([sys.executable, "-c", REAL_RUN], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "loading TensorFlow ...\n"
    assert done.stdout.endswith(" float32\n")


def trained(seed: int) -> list[bytes]:
    """Weights after a few steps with dropout, convolutions and unsorted sums."""
    runtime.start(Ui(quiet=True), seed)
    import keras
    import numpy as np

    layers = [keras.layers.Conv2D(8, 3, strides=2), keras.layers.Dropout(0.5), keras.layers.Conv2DTranspose(4, 3), keras.layers.Flatten()]
    net = keras.Sequential([keras.Input((16, 16, 2)), *layers, keras.layers.Dense(3)])
    net.compile("adam", "mse")
    rng = np.random.default_rng(0)
    net.fit(rng.normal(size=(64, 16, 16, 2)), rng.normal(size=(64, 3)), batch_size=16, epochs=2, verbose=0, shuffle=True)
    return [np.asarray(weight).tobytes() for weight in net.weights]


@pytest.mark.tf
def test_equal_seeds_give_equal_weights() -> None:
    first, second, other = trained(5), trained(5), trained(6)
    assert first == second
    assert first != other


@pytest.mark.tf
def test_the_precision_is_the_policy_of_keras() -> None:
    import keras

    try:
        assert runtime.start(Ui(quiet=True), 0, "mixed_bfloat16").precision == "mixed_bfloat16"
        assert keras.mixed_precision.dtype_policy().name == "mixed_bfloat16"
    finally:
        runtime.start(Ui(quiet=True), 0)
    assert keras.mixed_precision.dtype_policy().name == "float32"


@pytest.mark.parametrize("error", [ImportError("no module"), ValueError("numpy.dtype size changed"), AttributeError("x\x1b")])
def test_a_broken_installation_is_told_with_what_it_said(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def broken(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "keras":
            os.write(2, b"library not found\n")
            raise error
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(EnvironmentUnfitError, match="TensorFlow cannot be loaded") as caught:
        runtime.start(Ui(quiet=True), 0)
    assert capfd.readouterr().err == "library not found\n"
    assert "\x1b" not in caught.value.what


def test_hidden_modules_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with runtime._hidden_modules(("colorsys", "os")):
        assert sys.modules["os"] is os
        with pytest.raises(ImportError):
            import colorsys
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


class _Config:
    def __init__(self, capability: tuple[int, int] | None) -> None:
        self.config = self.experimental = self
        self.capability = capability

    def get_device_details(self, gpu: object) -> dict[str, object]:
        return {"compute_capability": self.capability} if self.capability else {}


@pytest.mark.parametrize(
    ("asked", "capability", "chosen"),
    [
        ("auto", (9, 0), "mixed_bfloat16"),
        ("auto", (8, 0), "mixed_bfloat16"),
        ("auto", (7, 5), "float32"),
        ("auto", None, "float32"),
        ("float32", (9, 0), "float32"),
        ("mixed_bfloat16", (7, 0), "mixed_bfloat16"),
    ],
)
def test_half_precision_is_chosen_where_the_gpu_has_it(asked: str, capability: tuple[int, int] | None, chosen: str) -> None:
    assert runtime._choose_precision(asked, _Config(capability), ["GPU:0"]) == chosen
