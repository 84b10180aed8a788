"""Samples against the real targets of their records."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.artifacts import records, store
from mmcli.core.ui import Ui
from mmcli.metrics.suite import FeatureSet
from mmcli.modalities import registry
from mmcli.modalities.show import StoredField
from mmcli.stages.evaluate.judging import Parts
from mmcli.stages.evaluate.matching import Matcher
from mmcli.stages.evaluate.paired import references_of
from mmcli.stages.evaluate.scoring import Sampled, Scorer


@pytest.fixture
def scored(keypad, monkeypatch):
    """Function from a target, a given field and a change of the records' order to paired scores; the judge sees pixels' means."""
    data = store.open_artifact(keypad / "1-dataset")
    table = records.read(data.path)
    digits = np.array([int(label) for label in table.labels])

    def look(self, rows, labels):
        flat = np.asarray(rows, np.float64).reshape(len(rows), -1)
        return FeatureSet(flat, np.zeros((len(rows), 0)), np.full(len(rows), -1), np.zeros(len(rows)))

    monkeypatch.setattr(Scorer, "look", look)

    def score(target, given, order=lambda own: own):
        real = StoredField(data, table, target)
        known = np.eye(10, dtype=np.float32)[digits]
        vectors = {name: known * table.present(name)[:, None] for name in data.manifest.fields}
        scorer = Scorer(real, real.codec, Parts.of(real, Ui(quiet=True)), 5, None, "", Matcher(table, vectors, digits, keypad))
        own = scorer.parts.reference
        own = own[table.present(given)[own]]
        rows = np.asarray(real.rows[order(own)])
        samples = Sampled(rows, [None] * len(own), own, [given])
        return scorer.paired(samples, scorer.look(rows, []), 0)

    return score


@pytest.mark.parametrize(
    ("target", "given", "perfect"),
    [
        ("photo", "caption", {"ssim": 1.0, "feature_distance": 0.0}),
        ("caption", "photo", {"exact_match": 1.0, "wer": 0.0, "cer": 0.0, "chrf": 100.0, "bleu": 100.0, "rouge_l": 1.0}),
        ("sound", "photo", {"mcd_db": 0.0, "feature_distance": 0.0}),
    ],
)
def test_real_targets_are_perfect_and_simpler_answers_are_not(scored, target, given, perfect):
    found = scored(target, given)
    for name, value in perfect.items():
        score = found[name]  # one sentence of the test split has a word that no train sentence has
        assert score.value == pytest.approx(value, rel=0.05, abs=0.05 if target == "caption" else 1e-6), name
        assert score.low <= score.value <= score.high
        for simple in score.baselines.values():
            assert simple < value - 0.05 if score.better == "higher" else simple > value + 0.05, name
        assert {"random", "nearest"} <= set(score.baselines)


def test_targets_of_others_are_as_bad_as_an_answer_at_random(scored):
    found = scored("photo", "sound", lambda own: np.roll(own, 1))["ssim"]
    assert found.high < 0.5
    assert found.baselines["nearest"] > found.high


def test_the_most_frequent_sentence_is_a_simple_answer(scored):
    found = scored("caption", "photo")["wer"]
    assert 0.0 < found.baselines["most_frequent"] < 2.0


def test_records_of_the_same_condition_are_references_of_each_other():
    columns = {"id": list("abcdef"), "a.sha256": ["x", "x", "y", "x", None, "x"], "t.present": [True, True, True, False, True, True]}
    table = records.Records(columns)
    found = references_of(np.array([0, 2, 4]), table, ["a"], "t", np.array([1, 2, 3, 4, 5]))
    assert [own.tolist() for own in found] == [[0, 1, 5], [2], [4]]


def test_texts_are_compared_in_the_case_of_their_generator(tmp_path):
    import json

    from mmcli.modalities.text.generation import shared_codecs
    from mmcli.stages.evaluate.paired import Targets
    from mmcli.stages.registry import config_of, runner

    (tmp_path / "raw").mkdir()
    texts = [f"Das Haus Nummer {i} ist GROSS." for i in range(20)]
    lines = [json.dumps({"id": f"{i:02d}", "split": "train" if i < 15 else "test", "de": text}) for i, text in enumerate(texts)]
    (tmp_path / "raw/metadata.jsonl").write_text("\n".join(lines))
    runner("preprocess")(tmp_path / "raw", tmp_path / "data", config_of("preprocess")(workers=1), Ui(quiet=True))
    data = store.open_artifact(tmp_path / "data")
    real = StoredField(data, records.read(data.path), "de")
    own = np.arange(15, 20)
    theirs = shared_codecs({"de": real.codec}, {"de": texts[:15]}, None, 64)["de"]
    found = {
        codec: Targets(real, registry.find("text").likenesses(), own, [own[i : i + 1] for i in range(5)], lambda numbers: numbers, codec)
        for codec in (None, theirs)
    }
    said = [texts[i] for i in own]
    assert float(found[theirs].scores(said, None)["exact_match"]) == 1.0
    assert float(found[theirs].scores([text.lower() for text in said], None)["exact_match"]) == 0.0
    assert float(found[None].scores([text.lower() for text in said], None)["exact_match"]) == 1.0
