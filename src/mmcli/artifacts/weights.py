"""`weights.safetensors`: named arrays, checked before they are used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from mmcli.artifacts import durable
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

Tensors = dict[str, npt.NDArray[np.generic]]


def save(path: Path, tensors: Tensors) -> None:
    """Write named arrays durably: temporary sibling, fsync, rename.

    Raises:
        OSError: It cannot be written; the previous content of `path` is intact.
    """
    # Not ascontiguousarray: it turns scalars into vectors. Not save_file: its error on a full
    # disk is not an OSError.
    durable.write(path, safetensors.save({name: np.asarray(array, order="C") for name, array in tensors.items()}))


def load(path: Path, fix: str = "rerun the stage that made it") -> Tensors:
    """Read named arrays.

    Args:
        path: The file.
        fix: How to replace a corrupted file; published weights are not made by a stage.

    Raises:
        IntegrityError: The file is corrupted, or a weight is NaN or infinite.
    """
    try:
        tensors: Tensors = safetensors.load_file(path)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise IntegrityError(f"the weights cannot be read: {visible(error)}", visible(path), fix) from None
    for name, array in tensors.items():
        if not is_finite(array):
            raise IntegrityError(f"the weights contain NaN or infinity in {visible(name)}", visible(path), "train again")
    return tensors


def is_finite(array: npt.NDArray[np.generic]) -> bool:
    """Whether an array is free of NaN and infinity; also works for dtypes that NumPy lacks, such as bfloat16."""
    if array.dtype.kind in "biu":
        return True
    return bool(np.isfinite(array if array.dtype.kind == "f" else array.astype(np.float64)).all())
