"""Augmentation of images inside the graph: each kind does what its name says, and nothing at probability 0."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf
SEED, STEP = 3, 5


@pytest.fixture(scope="module")
def module():
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.generators.gan import diff_augment

    return diff_augment


def changed(module, kinds, items, p=1.0):
    import tensorflow as tf

    changes = module.DiffAugment(kinds, SEED)
    return changes.apply(tf.constant(items, tf.float32), changes.draw(len(items), tf.constant(STEP)), tf.constant(p)).numpy()


@pytest.fixture
def items():
    return np.random.default_rng(0).uniform(-1, 1, (64, 16, 8, 4)).astype(np.float32)


def test_at_probability_zero_nothing_changes(module, items):
    np.testing.assert_allclose(changed(module, module.KINDS, items, 0.0), items, atol=1e-6)


def test_a_real_and_a_fake_with_the_same_draws_are_changed_alike(module, items):
    import tensorflow as tf

    changes = module.DiffAugment(module.KINDS, SEED)
    draws = changes.draw(64, tf.constant(STEP))
    both = tf.constant(np.concatenate([items, items]))
    real, fake = tf.split(changes.apply(both, tf.concat([draws, draws], 0), tf.constant(0.7)), 2)
    np.testing.assert_array_equal(real, fake)


def test_a_translation_moves_by_an_eighth_at_most_and_repeats_the_edge(module):
    column = np.tile(np.arange(16, dtype=np.float32)[None, :, None, None], (64, 1, 16, 1))
    moved = changed(module, ("translation",), column)
    shifts = moved[:, 8, 0, 0] - 8
    assert set(shifts) == {-2.0, -1.0, 0.0, 1.0, 2.0}
    assert (moved[shifts == 2][:, -1] == 15).all()


def test_a_flip_mirrors_about_half_of_the_images_sideways(module, items):
    flipped = changed(module, ("flip",), items)
    mirrored = np.isclose(flipped, items[:, :, ::-1]).all((1, 2, 3))
    assert 0.3 < mirrored.mean() < 0.7
    np.testing.assert_allclose(flipped[~mirrored], items[~mirrored], atol=1e-6)


def test_a_cutout_takes_a_quarter_of_the_image_at_most(module, items):
    gone = (changed(module, ("cutout",), items) == 0).mean((1, 2, 3))
    assert gone.max() == pytest.approx(0.25)
    assert gone.min() > 0.04


def test_colours_change_and_transparency_stays(module, items):
    recoloured = changed(module, ("colour",), items)
    assert (recoloured[..., :3] != items[..., :3]).mean() > 0.9
    np.testing.assert_array_equal(recoloured[..., 3], items[..., 3])


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_brightness_saturation_and_contrast_one_after_another(module, items, channels):
    import tensorflow as tf

    draws = module.DiffAugment(("colour",), SEED).draw(len(items), tf.constant(STEP)).numpy()[:, 4:7, None, None, None]
    expected = items[..., :channels].copy()
    colours = expected[..., :3] + (draws[:, 0] - 0.5)
    if channels >= 3:
        colours += (2 * draws[:, 1] - 1) * (colours - (colours * [0.299, 0.587, 0.114]).sum(-1, keepdims=True))
    expected[..., :3] = colours + (draws[:, 2] - 0.5) * (colours - colours.mean((1, 2, 3), keepdims=True))
    np.testing.assert_allclose(changed(module, ("colour",), items[..., :channels]), expected, atol=1e-5)


def test_the_adaptive_probability_rises_while_the_discriminator_is_too_sure(module):
    import tensorflow as tf

    adaptive = module.AdaptiveProbability("adaptive", 100, batch_size=5000)
    for step in range(8):
        adaptive.update(tf.constant(0.9), tf.constant(step))
    assert float(adaptive.p) == pytest.approx(2 * 5000 * 4 / 500_000)
    for step in range(8, 24):
        adaptive.update(tf.constant(0.1), tf.constant(step))
    assert float(adaptive.p) == 0.0


@pytest.mark.parametrize(("records", "p"), [(0, 0.3), (1400, 0.2958), (60_000, 0.12), (200_000, 0.0)])
def test_fewer_records_are_changed_more_often(module, records, p):
    assert module.probability_for(records) == pytest.approx(p)
