"""Rows of large files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import arrays
from mmcli.artifacts.rowreader import RowReader
from mmcli.core.errors import IntegrityError


@pytest.mark.parametrize("rows", [np.array([3, 4, 5, 9]), np.array([9, 0, 0, 4]), np.array([], int), slice(2, 50), slice(7, 9)])
def test_rows_are_those_of_the_array(tmp_path: Path, rows: np.ndarray | slice) -> None:
    array = np.random.default_rng([0]).standard_normal((10, 3, 2)).astype(np.float16)
    arrays.save(tmp_path / "a.npy", array)
    reader = RowReader(tmp_path / "a.npy")
    np.testing.assert_array_equal(reader.read(rows), array[rows])
    assert len(reader) == 10


def test_a_file_that_shrinks_is_an_error(tmp_path: Path) -> None:
    arrays.save(tmp_path / "a.npy", np.zeros((10, 3)))
    reader = RowReader(tmp_path / "a.npy")
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:200])
    with pytest.raises(IntegrityError, match="unexpected end of file"):
        reader.read(slice(0, 10))


def test_columns_in_fortran_order_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(np.zeros((4, 3))))
    with pytest.raises(IntegrityError, match="C order"):
        RowReader(tmp_path / "a.npy")
