"""Light random changes of training batches: small, repeatable, and each item its own."""

import numpy as np
import pytest

from mmcli.core.streams import Purpose

pytestmark = pytest.mark.tf


def draws(step):
    from mmcli.nn.draws import Draws

    return Draws(3, Purpose.EMBED_VIEW, step)


def test_a_warp_of_no_strength_changes_nothing_and_a_shift_moves_the_content():
    import tensorflow as tf

    from mmcli.nn.warp import Warp, warped

    x = np.random.default_rng(0).uniform(-1, 1, (4, 9, 7, 2)).astype(np.float32)
    still = warped(tf.constant(x), Warp(1.0, (1.0, 1.0), (0.5, 0.5)), 0.0, draws(0)).numpy()
    np.testing.assert_allclose(still, x, atol=1e-4)
    dot = np.zeros((64, 21, 21, 1), np.float32)
    dot[:, 10, 10] = 1.0
    moved = warped(tf.constant(dot), Warp(shift=(0.0, 0.2)), 1.0, draws(0)).numpy()[..., 0]
    columns = (moved.sum(1) * np.arange(21)).sum(1) / moved.sum((1, 2))
    rows = (moved.sum(2) * np.arange(21)).sum(1) / moved.sum((1, 2))
    np.testing.assert_allclose(rows, 10.0, atol=1e-3)
    assert 3.0 < np.ptp(columns) <= 2 * 0.2 * 21 + 1e-3


@pytest.mark.parametrize("modality", ["image", "audio"])
def test_views_of_signals_are_repeatable_and_differ_within_a_batch(modality):
    import tensorflow as tf

    from mmcli.modalities import registry

    shape = (16, 16, 1) if modality == "image" else (16, 8)
    x = tf.constant(np.repeat(np.random.default_rng(0).uniform(-1, 1, (1, *shape)), 6, 0).astype(np.float32))
    view = registry.find(modality).changed
    one, again, other = (view(x, 1.0, draws(n)).numpy() for n in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert one.shape == x.shape
    assert np.abs(one - other).max() > 0.1
    assert np.abs(one[0] - one[1]).max() > 0.1


def test_some_words_become_unknown_but_no_special_id_changes():
    import tensorflow as tf

    from mmcli.core.token_ids import END, UNKNOWN
    from mmcli.modalities import registry

    ids = np.full((200, 10), 7, np.int32)
    ids[:, 8], ids[:, 9] = END, 0
    seen = registry.find("text").changed(tf.constant(ids), 1.0, draws(0)).numpy()
    np.testing.assert_array_equal(seen[:, 8:], ids[:, 8:])
    assert set(np.unique(seen[:, :8])) == {UNKNOWN, 7}
    assert (seen[:, :8] == UNKNOWN).mean() == pytest.approx(0.1, abs=0.03)


def test_views_of_sounds_leave_padding_alone_and_content_within_its_length():
    import tensorflow as tf

    from mmcli.modalities import registry
    from mmcli.nn.padding import FRAME_PAD, LEAST_FRAME

    x = np.random.default_rng(0).uniform(-1, 1, (5, 24, 8)).astype(np.float32)
    lengths = [24, 10, 3, 1, 0]
    for row, length in zip(x, lengths, strict=True):
        row[length:] = FRAME_PAD
    seen = registry.find("audio").changed(tf.constant(x), 4.0, draws(0)).numpy()
    for row, length in zip(seen, lengths, strict=True):
        assert (row[:length] > LEAST_FRAME).all()
        assert (row[length:] == FRAME_PAD).all()
    whole = registry.find("audio").changed(tf.constant(x[:1]), 1.0, draws(0)).numpy()
    assert 0.05 < np.abs(whole - x[:1]).mean() < 0.6
