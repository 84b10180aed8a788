"""The process state of TensorFlow: quiet import, seed, devices, precision.

The only module that touches it. Nothing here imports TensorFlow before `start` is called.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.errors import EnvironmentUnfitError
from mmcli.ui import Ui

LIBRARIES = ("numpy", "tensorflow", "keras", "safetensors")
# Keras imports these only to offer wrappers and plots that mmcli does not use; without them the
# import takes about two seconds less. Each import in Keras is guarded.
_UNUSED_BY_US = ("sklearn", "matplotlib", "pandas")


@dataclass(frozen=True)
class Device:
    """What the networks run on."""

    name: str
    num_gpus: int
    precision: str


def start(ui: Ui, seed: int, precision: str = "float32") -> Device:
    """Import TensorFlow and Keras quietly and set the process up for a deterministic stage.

    Args:
        ui: Is told that loading begins, since it takes seconds.
        seed: Seeds Keras' initialisers.
        precision: `float32`, `mixed_bfloat16`, or `auto` for the faster one on this machine.

    Raises:
        EnvironmentUnfitError: TensorFlow is missing or cannot be loaded.
    """
    ui.info("loading TensorFlow ...")
    tensorflow, keras = _import_quietly()
    gpus = tensorflow.config.list_physical_devices("GPU")
    for gpu in gpus:
        tensorflow.config.experimental.set_memory_growth(gpu, True)
    keras.utils.set_random_seed(seed % 2**32)
    tensorflow.config.experimental.enable_op_determinism()
    chosen = _choose_precision(precision, bool(gpus))
    keras.mixed_precision.set_dtype_policy(chosen)
    name = f"{len(gpus)} GPU" if gpus else f"CPU, {os.cpu_count()} cores"
    ui.detail(f"device: {name}; precision: {chosen}")
    return Device(name, len(gpus), chosen)


def reseed(seed: int) -> None:
    """Seed Keras' initialisers anew; for a network whose weights may not depend on what was built before."""
    import keras

    keras.utils.set_random_seed(seed % 2**32)


def _import_quietly() -> tuple[Any, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    with _captured_stderr() as captured, _hidden_modules(_UNUSED_BY_US):
        try:
            import keras
            import tensorflow
        except ImportError as error:
            captured.replay()
            raise EnvironmentUnfitError(
                f"TensorFlow cannot be loaded: {error}", "this Python environment", "pip install mmcli in a fresh environment"
            ) from None
    tensorflow.get_logger().setLevel("ERROR")  # advice to programmers, such as on retracing, is not for users
    return tensorflow, keras


class _Captured:
    def __init__(self, path: Path) -> None:
        self._path = path

    def replay(self) -> None:
        """Show what was held back."""
        sys.stderr.write(self._path.read_text(errors="replace"))


@contextmanager
def _captured_stderr() -> Iterator[_Captured]:
    """Hold back what C++ code writes to file descriptor 2; the log level does not silence it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stderr"
        sys.stderr.flush()
        saved = os.dup(2)
        with path.open("wb") as sink:
            os.dup2(sink.fileno(), 2)
        try:
            yield _Captured(path)
        finally:
            os.dup2(saved, 2)
            os.close(saved)


@contextmanager
def _hidden_modules(names: tuple[str, ...]) -> Iterator[None]:
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # None makes `import name` raise
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


def _choose_precision(asked: str, on_gpu: bool) -> str:
    if asked != "auto":
        return asked
    return "mixed_bfloat16" if on_gpu or _cpu_multiplies_bfloat16() else "float32"


def _cpu_multiplies_bfloat16() -> bool:
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
