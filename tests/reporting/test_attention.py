"""Images of attention."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmcli.reporting.attention import Cell, attention_picture, patch_grid, strength


@pytest.mark.parametrize(
    ("count", "size", "shape"), [(16, (16, 16), (4, 4)), (8, (16, 32), (2, 4)), (8, (32, 16), (4, 2)), (7, (9, 9), (1, 7))]
)
def test_patches_take_the_aspect_of_the_image(count: int, size: tuple[int, int], shape: tuple[int, int]) -> None:
    grid = patch_grid(np.arange(count), *size)
    assert grid is not None
    assert sorted(grid.shape) == sorted(shape) if count == 7 else grid.shape == shape


def test_even_attention_is_half_strength() -> None:
    np.testing.assert_allclose(strength(np.full(5, 0.2)), 0.5)
    assert strength(np.array([1.0, 0.0, 0.0, 0.0])).max() == 1.0


def test_every_kind_of_cell_is_drawn(tmp_path: Path) -> None:
    row = [
        Cell("words", 0.4, words=["$x$", "\u001b[31m", "\u4e03"], heat=np.array([0.7, 0.2, 0.1])),
        Cell("patches", 0.3, np.zeros((8, 8, 3)), heat=np.full(4, 0.25)),
        Cell("moments", 0.2, np.zeros((16, 5)), heat=np.full(4, 0.25)),
        Cell("tokens", 0.1, tokens=np.array([0.05, 0.05])),
        Cell("nothing", None),
    ]
    attention_picture([row, row], ["a", "b$"], tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size[0] > image.size[1]
