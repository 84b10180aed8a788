"""Labels as a condition."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.modalities import codec_from_json
from mmcli.modalities.base import Reject
from mmcli.modalities.label import LabelCodec

CODEC = LabelCodec(("boot", "coat", "shirt"))


def test_names_become_numbers_and_one_hot_rows_and_come_back():
    rows = CODEC.rows(["shirt", None, "hat", "boot"])
    assert rows.tolist() == [2, -1, -1, 0]
    assert CODEC.to_network(rows).tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0], [1, 0, 0]]
    assert CODEC.from_network(CODEC.to_network(np.array([1, 2]))).tolist() == [1, 2]
    assert int(CODEC.read("coat")) == 1


def test_a_class_that_is_none_is_refused_with_the_nearest_or_all():
    with pytest.raises(Reject, match="did you mean shirt"):
        CODEC.read("shirts")
    with pytest.raises(Reject, match="known classes: boot, coat, shirt"):
        CODEC.read("xyz")


def test_its_state_is_json():
    assert codec_from_json(CODEC.to_json()) == CODEC


def test_it_is_written_and_drawn_as_words(tmp_path):
    assert CODEC.write(np.array(1), tmp_path / "0001").read_text() == "coat\n"
    assert CODEC.sheet(np.array([0, 2])).shape[2] == 3
