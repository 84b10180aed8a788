"""A function of a fixed number of rows over any number of them."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.nn.chunks import in_chunks


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 9])
def test_every_call_sees_as_many_rows_and_every_row_comes_back_once(count):
    sizes = []

    def run(a, b):
        sizes.append((len(a), len(b)))
        return [a + b[:, :1], b.sum(1)]

    a, b = np.arange(2.0 * count).reshape(count, 2), np.arange(3.0 * count).reshape(count, 3)
    joined, sums = in_chunks(run, (a, b), 4)
    assert set(sizes) == {(4, 4)}
    np.testing.assert_array_equal(joined, a + b[:, :1])
    np.testing.assert_array_equal(sums, b.sum(1))


def test_a_padded_row_is_the_last_one_again():
    seen = []
    in_chunks(lambda x: (seen.append(x), x)[1], (np.array([1, 2, 3]),), 2)
    assert [x.tolist() for x in seen] == [[1, 2], [3, 3]]
