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


def test_a_resumed_run_has_the_same_bits(make) -> None:
    indices = np.zeros((4, 8), np.int64)  # the plan is the trainer's own
    straight, first, second = make(), make(), make()
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
    before = trainer.held_out_losses()["nll"]
    figures = [trainer.run(step, np.zeros((8, 8), np.int64), 0.0)["nll"] for step in range(0, 160, 8)]
    assert figures[-1] < 0.6 * figures[0]
    assert trainer.held_out_losses()["nll"] < before


def test_the_best_weights_are_kept_and_the_rate_falls_where_nothing_improves(make, monkeypatch) -> None:
    trainer = make()
    nll = iter([2.0, 1.5, 1.6, 1.7, 1.7, 1.5])
    monkeypatch.setattr(trainer, "held_out_losses", lambda: {"nll": next(nll)})
    weight = trainer.average.model.weights[0]
    trainer.held_out(0.1, 0.1)
    weight.assign(np.full(weight.shape, 7.0))
    figures = trainer.held_out(0.2, 0.2)
    assert figures["held_out_nll"] == 1.5
    assert 0 <= figures["held_out_chrf"] <= 100
    weight.assign(np.full(weight.shape, 8.0))
    trainer.held_out(0.3, 0.3)
    assert not trainer.ended(0.9)
    trainer.held_out(0.4, 0.4)  # twice no better: it falls from .4 to .65
    assert not trainer.ended(0.6)
    assert trainer.ended(0.65)
    assert trainer.finish() == {"generator_is": "best", "vocabulary": 9, "nll": 1.5}
    assert (weight.numpy() == 7.0).all()


def test_sounds_are_read_by_the_head_and_the_weights_with_fewer_errors(make, monkeypatch) -> None:
    from mmcli.generators.sequence.letters import fusion_of
    from mmcli.generators.sequence.trainer import Reading

    trainer = make()
    weight = trainer.average.model.weights[0]
    nll = iter([1.5, 1.7])
    monkeypatch.setattr(trainer, "held_out_losses", lambda: {"nll": next(nll)})
    weight.assign(np.full(weight.shape, 7.0))
    trainer.held_out(0.1, 0.1)
    weight.assign(np.full(weight.shape, 8.0))
    fusion = Fusion(learn([[4, 5]], 9, 2), 0.5, 1.0)
    readings = {
        7.0: [Reading(0.5, "decoder", None), Reading(0.6, "ctc", None), Reading(0.7, "ctc", fusion)],
        8.0: [Reading(0.2, "ctc", fusion), Reading(0.3, "ctc", None), Reading(0.7, "decoder", None)],
    }
    monkeypatch.setattr(trainer, "_readings", lambda: readings[float(weight.numpy()[0, 0])])
    facts = trainer.finish()
    reading = {"reading": "ctc", "language_model": 0.5, "cer_decoder": 0.7, "cer_ctc": 0.3, "cer_language_model": 0.2}
    assert facts == {"generator_is": "last", "vocabulary": 9, "nll": 1.7, **reading}
    networks = trainer.networks()
    assert networks["generator"].config["reading"] == "ctc"
    again = fusion_of(networks["letters"])
    assert again is not None
    assert (again.weight, again.bonus) == (0.5, 1.0)
    np.testing.assert_allclose(again.model.following([4]), fusion.model.following([4]))
    assert (weight.numpy() == 8.0).all()
