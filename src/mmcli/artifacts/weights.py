"""`weights.safetensors`: named arrays, checked before they are used."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from mmcli.display import visible
from mmcli.errors import IntegrityError

Tensors = dict[str, npt.NDArray[np.generic]]


def save(path: Path, tensors: Tensors) -> None:
    """Write named arrays durably: temporary sibling, fsync, rename."""
    temporary = path.with_name(path.name + ".tmp")
    # Not ascontiguousarray: it turns scalars into vectors.
    save_file({name: np.asarray(array, order="C") for name, array in tensors.items()}, temporary)
    with temporary.open("rb") as handle:
        os.fsync(handle.fileno())
    os.replace(temporary, path)


def load(path: Path) -> Tensors:
    """Read named arrays.

    Raises:
        IntegrityError: The file is damaged, or a weight is NaN or infinite.
    """
    try:
        tensors: Tensors = load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise IntegrityError(f"the weights cannot be read: {visible(error)}", visible(path), "run the stage that makes it again") from None
    for name, array in tensors.items():
        if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
            raise IntegrityError(f"the weights hold NaN or infinity in {visible(name)}", visible(path), "train again")
    return tensors
