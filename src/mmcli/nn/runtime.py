"""The global state of TensorFlow: quiet import, seed, devices, precision.

The only module that changes it. Nothing here imports TensorFlow before `start` is called.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.core.display import counted, visible
from mmcli.core.environment import environment
from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui

LIBRARIES = ("numpy", "tensorflow", "keras", "safetensors")
# Keras imports these only to offer wrappers and plots that mmcli does not use; without them the
# import takes about two seconds less. Each import in Keras is guarded.
_UNUSED_BY_US = ("sklearn", "matplotlib", "pandas")
_FIRST_WITH_BFLOAT16 = (8, 0)  # compute capability of NVIDIA's Ampere


@dataclass(frozen=True)
class Device:
    """The device of the networks."""

    name: str
    precision: str


def start(ui: Ui, seed: int, precision: str = "float32", devices: int = 1, *, side_by_side: bool = False) -> Device:
    """Import TensorFlow and Keras quietly and configure the process for deterministic operation.

    Args:
        ui: Shows that loading has started, since it takes seconds.
        seed: Seed of Keras' initialisers.
        precision: `float32`, `mixed_bfloat16`, or `auto` for the faster one on this machine.
        devices: Number of devices that `spread_over` will use.
        side_by_side: On a CPU, run two operations concurrently on half the cores each, for networks of
            many small operations: on 2 cores it reduced the time of an image GAN's step to 0.84,
            of `embed` to 0.73, of `fuse` to 0.83.

    Raises:
        EnvironmentUnfitError: TensorFlow is missing or cannot be loaded, or there are too few GPUs.
    """
    ui.info("loading TensorFlow ...")
    tensorflow, keras = _import_quietly()
    gpus = tensorflow.config.list_physical_devices("GPU")
    for gpu in gpus:
        tensorflow.config.experimental.set_memory_growth(gpu, True)
    if devices > 1:
        _make_devices(devices, tensorflow, gpus)
    if side_by_side and not gpus:
        _divide_cores(tensorflow)
    keras.utils.set_random_seed(seed % 2**32)
    tensorflow.config.experimental.enable_op_determinism()
    chosen = _choose_precision(precision, tensorflow, gpus)
    keras.mixed_precision.set_dtype_policy(chosen)
    name = f"{len(gpus)} GPU" if gpus else f"CPU, {os.cpu_count()} cores"
    ui.detail(f"device: {name}; precision: {chosen}")
    return Device(name, chosen)


def _divide_cores(tensorflow: Any) -> None:
    cores = len(os.sched_getaffinity(0))
    with suppress(RuntimeError):  # already in use, with its current threads
        tensorflow.config.threading.set_intra_op_parallelism_threads(max(1, cores // 2))
        tensorflow.config.threading.set_inter_op_parallelism_threads(2)


def _make_devices(count: int, tensorflow: Any, gpus: list[Any]) -> None:
    """Check the number of GPUs; without any, divide the CPU."""
    if gpus and len(gpus) < count:
        raise EnvironmentUnfitError(f"only {counted(len(gpus), 'GPU')} found, not {count}", "--devices", f"use at most {len(gpus)}")
    if not gpus:
        cpu = tensorflow.config.list_physical_devices("CPU")[0]
        try:
            tensorflow.config.set_logical_device_configuration(cpu, [tensorflow.config.LogicalDeviceConfiguration()] * count)
        except RuntimeError:  # already in use
            what = "the CPU cannot be divided after TensorFlow has started"
            raise EnvironmentUnfitError(what, "--devices", "run it in a separate process") from None


def spread_over(devices: int) -> AbstractContextManager[Any]:
    """A context in which networks are mirrored on several devices (`tf.distribute.MirroredStrategy`)."""
    if devices == 1:
        return nullcontext()
    import tensorflow

    kind = "GPU" if tensorflow.config.list_physical_devices("GPU") else "CPU"
    scope: AbstractContextManager[Any] = tensorflow.distribute.MirroredStrategy([f"{kind}:{i}" for i in range(devices)]).scope()
    return scope


def sees_gpu() -> bool:
    """Whether a GPU seems to be available, without loading TensorFlow."""
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES", "0") in ("", "-1")
    return not hidden and any(Path("/dev").glob("nvidia[0-9]*"))


def reseed(seed: int) -> None:
    """Reset the seed of Keras' initialisers, for a network whose weights must not depend on earlier ones."""
    import keras

    keras.utils.set_random_seed(seed % 2**32)


def _import_quietly() -> tuple[Any, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    captured = _Captured()
    try:
        with _captured_stderr(captured), _hidden_modules(_UNUSED_BY_US), _no_keras_home():
            import keras
            import tensorflow
    except Exception as error:  # incompatible packages can raise anything
        sys.stderr.write(captured.text)
        what = f"TensorFlow cannot be loaded: {visible(error)}"
        raise EnvironmentUnfitError(
            what, "this Python environment", "install mmcli in a fresh environment; mmcli doctor shows what is missing"
        ) from error
    tensorflow.get_logger().setLevel("ERROR")  # advice for programmers, such as on retracing, is not for users
    return tensorflow, keras


class _Captured:
    """The captured text; available after the block."""

    text = ""


@contextmanager
def _captured_stderr(captured: _Captured) -> Iterator[None]:
    """Capture what C++ code writes to file descriptor 2; the log level does not suppress it."""
    with os.fdopen(os.memfd_create("stderr"), "w+b") as sink:
        sys.stderr.flush()
        saved = os.dup(2)
        os.dup2(sink.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            sink.seek(0)
            captured.text = sink.read().decode(errors="replace")


@contextmanager
def _no_keras_home() -> Iterator[None]:
    """Inside the block, let Keras neither write its settings into the home folder nor obey those there.

    Results would depend on them. Afterwards it finds downloaded weights there as usual.
    """
    if "keras" in sys.modules:
        yield
        return
    given = os.environ.get("KERAS_HOME")
    with environment(KERAS_HOME=os.path.join(os.devnull, "keras")):
        yield
    from keras.src.backend import config

    config._KERAS_DIR = given or os.path.expanduser("~/.keras")  # noqa: SLF001, PTH111 - Keras reads the variable only once


@contextmanager
def _hidden_modules(names: tuple[str, ...]) -> Iterator[None]:
    hidden = [name for name in names if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # None makes `import name` raise
    try:
        yield
    finally:
        for name in hidden:
            if sys.modules.get(name, name) is None:
                del sys.modules[name]


def _choose_precision(asked: str, tensorflow: Any, gpus: list[Any]) -> str:
    if asked != "auto":
        return asked
    if gpus:
        details = [tensorflow.config.experimental.get_device_details(gpu) for gpu in gpus]
        fast = all(found.get("compute_capability", (0, 0)) >= _FIRST_WITH_BFLOAT16 for found in details)
    else:
        fast = _cpu_multiplies_bfloat16()
    return "mixed_bfloat16" if fast else "float32"


def _cpu_multiplies_bfloat16() -> bool:
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
