"""The loop of every GAN: order of the data, budgets, and resuming as if nothing had happened."""

import os
import signal
from types import SimpleNamespace

import numpy as np
import pytest

from mmcli.core.errors import BelowBarError, InterruptedRunError
from mmcli.core.ui import Ui
from mmcli.generators.gan.options import GanConfig
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.text.codec import TextCodec

pytestmark = pytest.mark.tf

COUNT, WIDTH = 24, 6


@pytest.fixture(scope="module")
def loop():
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.training import loop as gan_loop

    return gan_loop


def options(**changes):
    base = {
        "batch_size": 4,
        "kimg": 0.048,
        "width": 4,
        "learning_rate": 1e-3,
        "gamma": 1.0,
        "noise_dim": 4,
        "ticks": 3,
        "preset": "compact",
    }
    return GanConfig(**{**base, "preset": "compact", **changes})


@pytest.fixture(scope="module")
def make_data(some_given):
    def make(modality, **given_options):
        from mmcli.generators.base import Target, TrainingData

        rng = np.random.default_rng(2)
        given = some_given(COUNT, 2, WIDTH, **given_options)
        if modality == "text":
            codec = TextCodec(tuple("abcde"), 5)
            rows = np.concatenate([rng.integers(4, 9, (COUNT, 4)), np.full((COUNT, 1), 3)], 1).astype(np.int32)
        elif modality == "image":
            codec = ImageCodec(8, 8, "L")
            rows = rng.integers(0, 256, (COUNT, 8, 8, 1), dtype=np.uint8)
        else:
            codec = SimpleNamespace(modality="audio", network_shape=(16, 8), describe=lambda: {"modality": "audio", "shape": [16, 8]})
            rows = rng.uniform(-1, 1, (COUNT, 16, 8)).astype(np.float16)
        held = 6 if modality == "text" else 0
        return TrainingData(Target(modality, codec.describe()), codec, rows, given, rows[:held], given.of(np.arange(held)))

    return make


@pytest.fixture(scope="module")
def make_trainer(loop, make_data):
    def make(modality, config, **given_options):
        import keras

        from mmcli.generators.gan import FAMILY

        keras.utils.set_random_seed(1)
        return FAMILY.trainer(make_data(modality, **given_options), config)

    return make


class StopsAt:
    """A trainer that sends its own process a signal once `step` is done."""

    def __init__(self, trainer, step):
        self._trainer, self._step = trainer, step

    def __getattr__(self, name):
        return getattr(self._trainer, name)

    def run(self, step, indices, fraction=0.0):
        figures = self._trainer.run(step, indices, fraction)
        if step + len(indices) >= self._step:
            os.kill(os.getpid(), signal.SIGTERM)
        return figures


def weights(trainer):
    return [np.asarray(v) for v in trainer.variables()]


CHANGED = {"preset": "r3gan", "depth": 1, "augment": ("translation", "colour", "flip"), "augment_p": "adaptive"}


@pytest.mark.parametrize(
    ("modality", "stops", "changes"), [("image", [5], {}), ("image", [5], CHANGED), ("audio", [9], {}), ("text", [1, 9], {})]
)  # tracing takes seconds
def test_an_interrupted_run_ends_bit_for_bit_as_a_straight_one(loop, make_trainer, tmp_path, modality, stops, changes):
    config = options(**changes)
    straight = make_trainer(modality, config)
    loop.train(straight, COUNT, config, tmp_path, Ui(quiet=True), lambda kimg: None)
    folder = tmp_path / "stopped"
    folder.mkdir()
    for stop in stops:  # 12 steps in all, in calls of 4 that end at ticks
        with pytest.raises(InterruptedRunError):
            loop.train(StopsAt(make_trainer(modality, config), stop), COUNT, config, folder, Ui(quiet=True), lambda kimg: None)
    resumed = make_trainer(modality, config)
    loop.train(resumed, COUNT, config, folder, Ui(quiet=True), lambda kimg: None)
    for a, b in zip(weights(straight), weights(resumed), strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_record_comes_once_per_epoch_and_only_seed_and_step_matter(loop):
    whole = loop.batches(seed=3, step=0, steps=12, count=COUNT, batch_size=4)
    assert sorted(whole[:6].ravel()) == list(range(COUNT))
    np.testing.assert_array_equal(whole[5:9], loop.batches(seed=3, step=5, steps=4, count=COUNT, batch_size=4))
    assert (whole[:6] != whole[6:]).any()


def test_samples_do_not_depend_on_how_many_are_made_at_once(loop, make_trainer):
    trainer = make_trainer("image", options())
    conditions = np.random.default_rng(0).normal(size=(70, WIDTH)).astype(np.float32)
    together = trainer.sample(conditions, list(range(70)))
    alone = trainer.sample(conditions[66:67], [66])
    np.testing.assert_array_equal(together[66:67], alone)


def test_a_loss_that_is_not_finite_ends_the_run_and_keeps_the_last_checkpoint(loop, make_trainer, tmp_path):
    class Diverges(StopsAt):
        def run(self, step, indices, fraction=0.0):
            return {"loss_g": float("nan") if step >= self._step else 1.0}

    config = options(checkpoint_seconds=1e-9)
    with pytest.raises(BelowBarError, match="after 2 rollbacks"):
        loop.train(Diverges(make_trainer("image", config), 4), COUNT, config, tmp_path, Ui(quiet=True), lambda kimg: None)
    from mmcli.training import checkpoint

    _, state = checkpoint.load(tmp_path / loop.FOLDER)
    assert state["step"] == 4


def test_a_run_that_explodes_once_goes_back_and_on_with_half_the_learning_rate(loop, make_trainer, tmp_path, capsys):
    class ExplodesOnce:
        def __init__(self, trainer):
            self._trainer, self.done = trainer, False

        def __getattr__(self, name):
            return getattr(self._trainer, name)

        def run(self, step, indices, fraction=0.0):
            figures = self._trainer.run(step, indices, fraction)
            if step >= 8 and not self.done:
                self.done = True
                return {**figures, "loss_d": 1e9}
            return figures

    trainer = ExplodesOnce(make_trainer("image", options()))
    progress = loop.train(trainer, COUNT, options(checkpoint_seconds=0.1), tmp_path, Ui(quiet=True), lambda kimg: None)
    assert (progress.step, progress.rollbacks) == (12, 1)
    assert float(trainer._rate_scale) == 0.5
    assert "rolling back from step 8 to" in capsys.readouterr().err


def test_the_end_is_where_the_steps_say(loop, make_trainer, tmp_path):
    config = options(kimg=None, steps=5)
    assert loop.train(make_trainer("image", config), COUNT, config, tmp_path, Ui(quiet=True), lambda kimg: None).step == 5


@pytest.mark.parametrize("loss", ["pairing", "hinge", "non-saturating"])
@pytest.mark.parametrize("augment", [("none",), ("translation", "colour", "cutout", "flip")])
def test_the_generator_follows_the_gradient_of_its_own_loss(loop, make_trainer, loss, augment):
    """The one-pass trick gives the gradient that a separate pass gives."""
    import tensorflow as tf

    trainer = make_trainer("image", options(mismatch=0.0, loss=loss, augment=augment, augment_p="0.5"))
    rng = np.random.default_rng(5)
    both = tf.constant(rng.uniform(-1, 1, (8, 8, 8, 1)), tf.float32)
    c = tf.constant(np.tile(rng.normal(size=(4, WIDTH)), (2, 1)), tf.float32)
    step, gamma = tf.constant(3), tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(both)
        real, fake, _ = trainer._critic.logits(both, c, step)
        generator_loss = tf.reduce_mean(trainer._critic.loss.generator(real, fake))
    expected = tf.split(tape.gradient(generator_loss, both), 2)[1]
    for losses in (trainer._critic.plain, trainer._critic.penalised):
        np.testing.assert_allclose(losses(both, c, step, gamma)[2], expected, rtol=1e-4, atol=1e-7)


def test_noisy_conditions_keep_none_as_none_and_depend_on_the_step_alone(loop, make_trainer):
    import tensorflow as tf

    rng = np.random.default_rng(6)
    c = tf.constant(np.concatenate([np.zeros((1, WIDTH)), rng.normal(size=(3, WIDTH))]), tf.float32)
    sharp, noisy = (make_trainer("image", options(condition_noise=noise)) for noise in (0.0, 0.5))
    np.testing.assert_array_equal(sharp._noisy(c, tf.constant(3)), c)
    one, again, next_step = (np.asarray(noisy._noisy(c, tf.constant(step))) for step in (3, 3, 4))
    np.testing.assert_array_equal(one, again)
    assert (one[0] == 0).all()
    assert (one[1:] != next_step[1:]).all()
    moved = np.sqrt(np.square(one - c)[1:].mean() / np.square(c)[1:].mean())
    assert 0.25 < moved < 1.0


def test_only_conditions_that_nearly_every_record_has_alone_are_noisy(loop, make_trainer):
    trainer = make_trainer("image", options())
    assert (trainer.condition_noise, trainer.finish()["mismatch"]) == (0.5, 0.5)
    same = make_trainer("image", options(), same=True)
    assert (same.condition_noise, same.finish()["mismatch"]) == (0.0, 0.0)


def test_a_compiled_step_trains(loop, make_trainer):
    trainer = make_trainer("image", options(xla="on", augment=("none",)))
    before = weights(trainer)
    figures = trainer.run(0, loop.batches(0, 0, 4, COUNT, 4), 0.1)
    assert all(np.isfinite(list(figures.values())))
    assert any((a != b).any() for a, b in zip(before, weights(trainer), strict=True))
