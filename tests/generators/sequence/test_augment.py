"""Sounds in training: another speed and level, hidden parts, and nothing cut off."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def draws():
    from mmcli.core.streams import Purpose
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.nn.draws import Draws

    return Draws(0, Purpose.TEXT_VIEW, 3, 0)


def test_another_speed_keeps_both_ends_and_the_order(draws) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import augment

    lengths, most = [50, 31, 8], 50
    x = np.full((3, most, 2), -2.0, np.float32)
    for row, length in zip(x, lengths, strict=True):
        row[:length] = np.linspace(-1, 1, length)[:, None]
    found = augment.stretched(tf.constant(x), draws).numpy()
    assert found.shape[1] == 57
    for row, length in zip(found, lengths, strict=True):
        used = row[row[:, 0] > -1.5]
        assert 0.88 * length - 1 <= len(used) <= 1.14 * length + 1
        assert used[0, 0] == -1
        assert used[-1, 0] == pytest.approx(1, abs=2.2 / length)
        assert (np.diff(used[:, 0]) > 0).all()
        assert (row[len(used) :] == -2).all()
    assert len({int((row[:, 0] > -1.5).sum() * 1000 / length) for row, length in zip(found, lengths, strict=True)}) == 3


def test_padding_stays_and_some_frames_and_bands_are_hidden(draws) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import augment

    x = np.full((4, 60, 20), 0.7, np.float32)
    x[2, 40:] = -2.0
    found = augment.changed(tf.constant(x), draws).numpy()
    used = found[:, :, 0] > -1.5
    assert (found[~used] == -2.0).all()
    assert (np.abs(found[used]) <= 1.0).all()
    hidden = (found[used] == 0.0).mean()
    assert 0.01 < hidden < 0.6
    levels = [np.median(row[here][row[here] != 0]) for row, here in zip(found, used, strict=True)]
    assert len(set(np.round(levels, 4))) == 4
    again = augment.changed(tf.constant(x), draws).numpy()
    np.testing.assert_array_equal(found, again)
