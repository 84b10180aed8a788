"""Training of texts: resumed as if nothing had happened, kept at its best, ended where nothing improves."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.core.ui import Ui
from mmcli.generators.sequence.hearing import Fusion
from mmcli.metrics.unpaired.language_model import learn

pytestmark = pytest.mark.tf
COUNT = 40


@pytest.fixture(scope="module")
def make():
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.conditioning.given_items import GivenItems, Source
    from mmcli.generators.base import Target, TrainingData
    from mmcli.generators.sequence.options import SequenceConfig
    from mmcli.generators.sequence.trainer import SequenceTrainer
    from mmcli.modalities.sequences import ChosenSequences, PaddedItems, RaggedRows
    from mmcli.modalities.text.codec import TextCodec

    rng = np.random.default_rng(0)
    items = [np.append(rng.integers(4, 9, rng.integers(2, 7)), 3).astype(np.int32) for _ in range(COUNT)]
    codec, rows = TextCodec(tuple("abcde"), 8), RaggedRows(items)

    def build(**changes):
        runtime.reseed(1)
        given = GivenItems({"en": Source(codec, rows)}, np.ones((COUNT, 1), bool), np.arange(32))
        texts, held_out = (PaddedItems(ChosenSequences(rows, numbers)) for numbers in (np.arange(32), np.arange(32, COUNT)))
        options = {"batch_size": 8, "width": 32, "layers": 1, "dropout": 0.2, "learning_rate": 1e-2, "unconditional": 0.1, **changes}
        data = TrainingData(Target("de", codec.describe()), codec, texts, given, held_out, given.of(np.arange(32, COUNT)))
        return SequenceTrainer(data, SequenceConfig(**options))

    return build


@pytest.mark.parametrize("reinforce", [0.0, 0.5])
def test_a_resumed_run_has_the_same_bits(make, reinforce) -> None:
    indices = np.zeros((4, 8), np.int64)  # the plan is the trainer's own
    straight, first, second = (make(reinforce=reinforce) for _ in range(3))
    straight.run(0, indices, 0.0)
    straight.run(4, indices, 0.6)
    first.run(0, indices, 0.0)
    for theirs, ours in zip(first.variables(), second.variables(), strict=True):
        ours.assign(theirs)
    second.run(4, indices, 0.6)
    for a, b in zip(straight.variables(), second.variables(), strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_it_copies_texts_after_some_steps(make) -> None:
    trainer = make(dropout=0.0, unconditional=0.0)
    before = trainer.checks.losses()["nll"]
    figures = [trainer.run(step, np.zeros((8, 8), np.int64), 0.0)["nll"] for step in range(0, 160, 8)]
    assert figures[-1] < 0.6 * figures[0]
    assert trainer.checks.losses()["nll"] < before


def test_tokens_of_no_train_text_are_not_written(make) -> None:
    import tensorflow as tf

    trainer = make()
    trainer.run(0, np.zeros((2, 8), np.int64), 0.0)
    known = trainer.average.model.get_layer("transducer").known.numpy()
    assert known.tolist() == [0, 0, 0, 1, 1, 1, 1, 1, 1]
    known[5] = 0.0
    trainer.average.model.get_layer("transducer").known.assign(known)
    trainer.average.model.get_layer("transducer").bias.assign(tf.one_hot(5, 9) * 50.0)
    assert 5 not in trainer.sample(trainer.checks._given.full(np.arange(8)), list(range(8)))


def test_tokens_of_the_generator_that_it_begins_from_stay_known(make) -> None:
    trainer = make()
    for net in (trainer.network, trainer.average):
        net.model.get_layer("transducer").known.assign([0, 1, 0, 0, 0, 1, 0, 0, 0])
    trainer.run(0, np.zeros((1, 8), np.int64), 0.0)
    assert trainer.network.model.get_layer("transducer").known.numpy().tolist() == [0, 1, 0, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("target", [True, False])
def test_the_best_weights_are_kept_and_the_rate_falls_where_nothing_improves(make, monkeypatch, target) -> None:
    trainer = make()
    nll = iter([2.0, 1.5, 1.6, 1.7, 1.7, 1.5])
    worse = iter([2.0, 1.5, 1.6, 1.7, 1.7])
    monkeypatch.setattr(trainer.checks, "losses", lambda: {"nll": next(nll)})
    monkeypatch.setattr(trainer.checks, "overlap", lambda: {"chrf": 50.0 - next(worse)} if target else {})
    weight = trainer.average.model.weights[0]
    trainer.held_out(0.1, 0.1)
    weight.assign(np.full(weight.shape, 7.0))
    figures = trainer.held_out(0.2, 0.2)
    assert figures == {"held_out_nll": 1.5, **({"held_out_chrf": 48.5} if target else {})}
    weight.assign(np.full(weight.shape, 8.0))
    trainer.held_out(0.3, 0.3)
    assert not trainer.ended(0.9)
    trainer.held_out(0.4, 0.4)  # twice no better: it falls from .4 to .65
    assert not trainer.ended(0.6)
    assert trainer.ended(0.65)
    assert trainer.finish() == {"generator_is": "best", "vocabulary": 9, "copying": False, "nll": 1.5, "no_repeat": 0}
    assert (weight.numpy() == 7.0).all()


def test_texts_with_a_target_are_chosen_by_their_likeness_to_it_not_by_likelihood(make, monkeypatch) -> None:
    trainer = make()
    nll, chrf = iter([1.0, 2.0, 2.0, 2.0]), iter([20.0, 30.0, 30.0])
    monkeypatch.setattr(trainer.checks, "losses", lambda: {"nll": next(nll)})
    monkeypatch.setattr(trainer.checks, "overlap", lambda: {"chrf": next(chrf)})
    weight = trainer.average.model.weights[0]
    for number in (1.0, 2.0):
        weight.assign(np.full(weight.shape, number))
        trainer.held_out(0.1, 0.1)
    assert trainer.finish()["generator_is"] == "last"
    assert (weight.numpy() == 2.0).all()


def test_what_repeats_itself_is_written_without_repeats_where_that_is_better(make, monkeypatch) -> None:
    from mmcli.generators.sequence import held_out

    trainer = make()
    real = np.tile(np.array([4, 5, 6, 7, 8, 3, 0, 0], np.int32), (8, 1))
    monkeypatch.setattr(held_out, "unpadded", lambda texts, numbers: real)
    loops = np.tile(np.array([4, 5, 4, 5, 4, 5, 4, 5], np.int32), (8, 1))
    assert (held_out.repeating(loops), held_out.repeating(real)) == (1.0, 0.0)

    class Written:
        def __init__(self, model, codec, how) -> None:
            self.size = how.no_repeat

        def sample(self, conditions, seeds):
            return trainer.checks._texts[np.arange(8)] if self.size == 3 else loops

    monkeypatch.setattr(trainer.checks, "_sampler", Written(None, None, held_out.Decoding(no_repeat=0)))
    monkeypatch.setattr(held_out, "SequenceSampler", Written)
    assert trainer._without_repeats() == {"no_repeat": 3}
    assert trainer.networks()["generator"].config["no_repeat"] == 3


def test_sounds_are_read_by_the_head_and_the_weights_with_fewer_errors(make, monkeypatch) -> None:
    from mmcli.generators.sequence.held_out import Reading
    from mmcli.generators.sequence.letters import fusion_of

    trainer = make()
    weight = trainer.average.model.weights[0]
    nll = iter([1.5, 1.7, 1.7])
    monkeypatch.setattr(trainer.checks, "losses", lambda: {"nll": next(nll)})
    monkeypatch.setattr(trainer.checks, "overlap", dict)
    weight.assign(np.full(weight.shape, 7.0))
    trainer.held_out(0.1, 0.1)
    weight.assign(np.full(weight.shape, 8.0))
    fusion = Fusion(learn([[4, 5]], 9, 2), 0.5, 1.0)
    readings = {
        7.0: [Reading(0.5, "decoder", None), Reading(0.6, "ctc", None), Reading(0.7, "ctc", fusion)],
        8.0: [Reading(0.2, "ctc", fusion), Reading(0.3, "ctc", None), Reading(0.7, "decoder", None)],
    }
    monkeypatch.setattr(trainer.checks, "readings", lambda: readings[float(weight.numpy()[0, 0])])
    facts = trainer.finish()
    reading = {"reading": "ctc", "language_model": 0.5, "cer_decoder": 0.7, "cer_ctc": 0.3, "cer_language_model": 0.2}
    assert facts == {"generator_is": "last", "vocabulary": 9, "copying": False, "nll": 1.7, **reading}
    networks = trainer.networks()
    assert networks["generator"].config["reading"] == "ctc"
    again = fusion_of(networks["letters"])
    assert again is not None
    assert (again.weight, again.bonus) == (0.5, 1.0)
    np.testing.assert_allclose(again.model.following([4]), fusion.model.following([4]))
    assert (weight.numpy() == 8.0).all()


def test_reinforced_steps_begin_at_the_best_likelihood_and_end_the_run(make) -> None:
    trainer = make(reinforce=0.4)
    trainer.run(0, np.zeros((2, 8), np.int64), 0.0)
    trainer.held_out(0.1, 0.5)
    best = [w.numpy() for w in trainer.average.model.weights]
    trainer.average.model.weights[0].assign(30.0 * best[0])  # wrong with certainty
    assert not trainer.ended(0.7)
    figures = trainer.run(2, np.zeros((1, 8), np.int64), 0.7)
    assert figures["reward"] > 0
    assert 0 <= figures["real_over_fake"] <= 1
    assert not trainer.ended(1.0)  # they take their fraction of the budget, whenever they begin
    assert trainer.ended(1.11)
    moved = [np.abs(w.numpy() - b).max() for w, b in zip(trainer.average.model.weights, best, strict=True)]
    assert max(moved) < 0.1


@pytest.mark.parametrize("better", [True, False])
def test_reinforced_steps_are_rolled_back_unless_held_out_texts_get_better(make, monkeypatch, better) -> None:
    from mmcli.generators.sequence.gate import Measure
    from mmcli.metrics.bootstrap import Pooled

    trainer = make(reinforce=0.4)
    trainer.run(0, np.zeros((1, 8), np.int64), 0.8)
    weight = trainer.average.model.weights[0]
    before = weight.numpy()
    weight.assign(before + 1.0)
    scores = np.linspace(0.0, 50.0, 40)
    found = iter([scores + 5.0 * better, scores])
    monkeypatch.setattr(trainer.checks, "measures", lambda: {"chrf": Measure(Pooled.mean(next(found)), 1)})
    facts = trainer.finish()
    assert facts["reinforced"] == ("kept" if better else "rolled back")
    assert (facts["chrf_before"], facts["chrf_reinforced"]) == (25.0, 30.0 if better else 25.0)
    assert (np.abs(weight.numpy() - before).max() < 0.5) != better


def test_what_is_rewarded_is_written_more_often(make, monkeypatch) -> None:
    trainer = make(reinforce=0.5, dropout=0.0)
    trainer.run(0, np.zeros((64, 8), np.int64), 0.0)
    monkeypatch.setattr(trainer._reinforcement, "_overlap", lambda written, real: (written == 5).mean(1))
    rewards = [trainer.run(64 + step, np.zeros((1, 8), np.int64), 0.5)["reward"] for step in range(80)]
    assert np.mean(rewards[-20:]) > 1.5 * np.mean(rewards[:20])


def test_texts_without_a_condition_are_measured_by_likelihood_and_likeness(make) -> None:
    trainer = make(reinforce=0.4)
    trainer.checks.paired = False
    found = trainer.checks.measures()
    assert {name: measure.sign for name, measure in found.items()} == {"nll": -1, "two_sample": -1}
    assert float(found["nll"].found) == pytest.approx(trainer.checks.losses()["nll"], rel=1e-4)
    assert 0.0 <= float(found["two_sample"].found) <= 1.0
