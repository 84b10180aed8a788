"""Small raw folders in every layout."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import read_raw

Tree = Mapping[str, bytes | str]


@pytest.fixture
def plant(tmp_path: Path) -> Callable[[Tree], Path]:
    """Writes files below a fresh folder and returns it."""

    def make(tree: Tree) -> Path:
        root = tmp_path / "raw"
        for name, content in tree.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return make


@pytest.fixture
def read() -> Callable[..., tuple[list[RawRecord], list[RawReject]]]:
    """Reads a folder and parts records from rejects."""

    def run(root: Path, layout: str = "auto") -> tuple[list[RawRecord], list[RawReject]]:
        results = list(read_raw(root, layout=layout).records())
        return [r for r in results if isinstance(r, RawRecord)], [r for r in results if isinstance(r, RawReject)]

    return run


@pytest.fixture
def png() -> bytes:
    """An image of 4 x 4 pixels."""
    packed = io.BytesIO()
    Image.fromarray(np.zeros((4, 4, 3), dtype=np.uint8)).save(packed, "PNG")
    return packed.getvalue()
