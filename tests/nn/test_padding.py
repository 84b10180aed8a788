"""How padding is told from content, and to which lengths items are padded."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.nn.padding import FRAME_PAD, LADDER, in_length_chunks, lengths_of, padded_lengths


def test_the_ladder_rises_by_half_or_a_third() -> None:
    assert LADDER[:8].tolist() == [8, 12, 16, 24, 32, 48, 64, 96]
    assert (LADDER[1:] / LADDER[:-1] <= 1.5).all()


@pytest.mark.parametrize(("length", "padded"), [(0, 8), (8, 8), (9, 12), (33, 48), (64, 64), (65, 80)])
def test_a_length_is_padded_to_the_next_step_or_the_most(length: int, padded: int) -> None:
    assert padded_lengths(np.array([length]), 80).tolist() == [padded]


def test_an_item_in_network_form_carries_its_length() -> None:
    frames = np.full((3, 10, 2), FRAME_PAD, np.float32)
    frames[0, :4], frames[1] = -1.0, 0.5
    assert lengths_of(frames).tolist() == [4, 10, 0]
    assert lengths_of(np.array([[5, 0, 6, 0], [0, 0, 0, 0]])).tolist() == [3, 0]  # a gap is no end
    assert lengths_of(np.zeros((2, 4, 4, 1), np.float32)) is None
    assert lengths_of(np.zeros((2, 4), np.float32)) is None


def test_chunks_of_like_length_lack_the_padding_they_do_not_need() -> None:
    frames = np.full((5, 40, 1), FRAME_PAD, np.float32)
    for row, length in zip(frames, (3, 40, 9, 8, 20), strict=True):
        row[:length] = length / 100
    seen = set()

    def function(chunk: np.ndarray) -> np.ndarray:
        seen.add(chunk.shape[1])
        return chunk.max((1, 2))

    (found,) = in_length_chunks(function, frames, 2)
    np.testing.assert_allclose(found, [0.03, 0.4, 0.09, 0.08, 0.2])
    assert seen == {8, 12, 24, 40}


def test_forms_without_padding_pass_whole() -> None:
    (found,) = in_length_chunks(lambda chunk: chunk.sum((1, 2, 3)), np.ones((3, 4, 4, 1), np.float32), 2)
    assert found.tolist() == [16, 16, 16]
