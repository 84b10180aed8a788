"""`generate --like` and `--neighbours` on small networks."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from mmcli.artifacts import jsonio, records, store
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities.fields import open_rows
from mmcli.stages.generate.neighbours import nearest
from mmcli.stages.registry import config_of, runner

GenerateConfig = config_of("generate")

QUIET = Ui(quiet=True)


def run(gan, out, source=None, **options):
    return runner("generate")(gan, source, out, GenerateConfig(**options), QUIET)


@pytest.mark.tf
@pytest.mark.parametrize(("target", "suffix"), [("photo", ".png"), ("sound", ".wav")])
def test_an_item_is_reproduced_better_than_by_chance_and_changed_by_conditions(gans, tmp_path, target, suffix):
    run(gans(target), tmp_path / "one", text=("dial one",), num=1)
    item = next((tmp_path / "one" / target).iterdir())
    (tmp_path / "lines.txt").write_text("dial two\ncall three\n")
    options = {"like": str(item), "lines": str(tmp_path / "lines.txt"), "like_steps": 80, "restarts": 4}
    outcome = run(gans(target), tmp_path / "like", **options)
    figures = jsonio.read(tmp_path / "like" / "like" / "figures.json")
    assert figures["look"]["found"] < figures["look"]["random"]
    # The decoded sound is not quite what the untrained network made, so its values may lie out of reach.
    assert target == "sound" or figures["rms"]["found"] < figures["rms"]["random"]
    assert outcome.body["summary"]["like_rms"] == figures["rms"]
    table = [json.loads(line) for line in (tmp_path / "like" / "metadata.jsonl").read_text().splitlines()]
    assert [line.get("given_caption") for line in table] == [None, "dial two", "call three"]
    assert (tmp_path / "like" / "like" / f"target{suffix}").is_file()
    rows = np.load(tmp_path / "like" / "rows.npy")
    assert len({row.tobytes() for row in rows}) == 3
    assert np.load(tmp_path / "like" / "like" / "noise.npy").shape == (6,)
    run(gans(target), tmp_path / "again", **options)
    assert np.array_equal(np.load(tmp_path / "again" / "rows.npy"), rows)


@pytest.mark.tf
@pytest.mark.parametrize(
    ("target", "options", "error", "what"),
    [
        ("photo", {"like": "no.png"}, InputError, "no such file"),
        ("caption", {"like": "x.txt"}, UsageError, "generated token by token"),
        ("caption", {"neighbours": 3}, UsageError, "generated token by token"),
        ("photo", {"neighbours": 3, "dataset": "nowhere"}, InputError, "data set of the GAN cannot be read"),
        ("photo", {"dataset": "nowhere"}, UsageError, "--dataset needs --neighbours"),
    ],
)
def test_what_cannot_be_looked_at_is_said_at_once(gans, tmp_path, target, options, error, what):
    with pytest.raises(error, match=what):
        run(gans(target), tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.mark.tf
def test_an_unreadable_image_and_another_data_set_are_refused(gans, keypad, samples, tmp_path):
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="item to reproduce cannot be used"):
        run(gans("photo"), tmp_path / "out", like=str(tmp_path / "x.png"))
    with pytest.raises(UsageError, match="from the command line"):
        run(gans("photo"), tmp_path / "out", keypad / "1-dataset", like=str(tmp_path / "x.png"))
    shutil.copytree(keypad / "1-dataset", tmp_path / "other")
    body = jsonio.read(tmp_path / "other" / "artifact.json")
    with store.begin(tmp_path / "another", kind="dataset", config={"other": 1}, seed=0, inputs=[]) as build:
        shutil.copytree(tmp_path / "other" / "fields", build.path / "fields")
        shutil.copy(tmp_path / "other" / "records.parquet", build.path)
        build.commit(fields=body["fields"], counts=body["counts"])
    with pytest.raises(IntegrityError, match="not the data set"):
        run(gans("photo"), tmp_path / "out", neighbours=2, dataset=str(tmp_path / "another"))


@pytest.mark.tf
@pytest.mark.parametrize("target", ["photo", "sound"])
def test_the_neighbours_of_a_training_item_begin_with_itself(gans, keypad, tmp_path, monkeypatch, target):
    table = records.read(keypad / "1-dataset")
    train = table.rows("train")[table.present(target)[table.rows("train")]]
    rows = np.asarray(open_rows(store.open_artifact(keypad / "1-dataset"), target)[train[:3]])
    monkeypatch.setattr("mmcli.stages.generate.maker.Maker.scored", lambda self, plan: (rows[: len(plan)], [{}] * len(plan)))
    outcome = run(gans(target), tmp_path / "out", num=3, neighbours=4)
    found = [json.loads(line) for line in (tmp_path / "out" / "neighbours.jsonl").read_text().splitlines()]
    assert [line["nearest"][0]["id"] for line in found] == [table.ids[i] for i in train[:3]]
    assert found[0]["nearest"][0]["distance"] == pytest.approx(0.0, abs=1e-5)
    assert outcome.body["summary"]["neighbours"]["copies"] == 3
    with Image.open(tmp_path / "out" / "neighbours.png") as page:
        red = (np.asarray(page) == (200, 30, 40)).all(-1)
    assert red.any()


def test_nearest_records_are_found_across_blocks(monkeypatch):
    monkeypatch.setattr("mmcli.stages.generate.neighbours._BLOCK", 3)
    features = np.random.default_rng([0]).standard_normal((10, 4))
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    train = np.arange(10) * 2
    found = nearest(features[[7, 2]], train, lambda block: features[block // 2], 4, QUIET)
    expected = np.argsort(-(features[[7, 2]] @ features.T), axis=1)[:, :4] * 2
    assert found.numbers.tolist() == expected.tolist()
    assert found.distances[:, 0] == pytest.approx([0.0, 0.0], abs=1e-6)
