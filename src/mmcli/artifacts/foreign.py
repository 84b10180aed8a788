"""Recognise models of other programs, which can run code when they are loaded, and refuse them.

They are recognised by content as well as by name, and are never parsed.
"""

from __future__ import annotations

from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import SafetyError

PICKLE, ZIP = "a pickle", "a zip archive"
_SUFFIXES = {
    ".pkl": "a pickle",
    ".pickle": "a pickle",
    ".joblib": "a pickle",
    ".pt": "a PyTorch pickle",
    ".pth": "a PyTorch pickle",
    ".ckpt": "a checkpoint",
    ".h5": "an HDF5 file",
    ".hdf5": "an HDF5 file",
    ".keras": "a Keras archive",
}
_MAGIC = {
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    b"PK\x03\x04": ZIP,
    b"PK\x05\x06": ZIP,
    **{bytes((0x80, protocol)): PICKLE for protocol in range(2, 6)},
}
_FIX = "give a folder that an mmcli stage wrote; models of other programs can run code and are never loaded: train one with mmcli train-gan"


def refuse(path: Path) -> None:
    """Refuse a file or folder that is a model of another program.

    Raises:
        SafetyError: It is one.
    """
    found = _kind_of(path)
    if found:
        raise SafetyError(f"this is {found}, not an mmcli artifact", visible(path), _FIX)


def _kind_of(path: Path) -> str | None:
    if path.is_dir():
        return "a TensorFlow SavedModel" if (path / "saved_model.pb").exists() else None
    if not path.is_file():
        return None
    if path.suffix.lower() in _SUFFIXES:
        return _SUFFIXES[path.suffix.lower()]
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except OSError:
        return None
    return kind_of_content(head)


def kind_of_content(head: bytes) -> str | None:
    """Format of a file that can hold code (HDF5, zip or a pickle), from its first 8 or more bytes; otherwise None."""
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
