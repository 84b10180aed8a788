"""`generate` on small networks: what is written, and that nothing but seed and condition shapes an item."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.registry import config_of, runner

GenerateConfig = config_of("generate")

evaluate = runner("evaluate")


QUIET = Ui(quiet=True)


def run(gan, out, dataset=None, **options):
    runner("generate")(gan, dataset, out, GenerateConfig(**options), QUIET)
    return np.load(out / "rows.npy")


def lines(folder, name="metadata.jsonl"):
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


@pytest.mark.tf
@pytest.mark.parametrize("target", ["photo", "sound", "caption"])
def test_an_item_depends_on_its_seed_and_condition_alone(gans, keypad, tmp_path, target):
    gan, dataset = gans(target), keypad / "1-dataset"
    whole = run(gan, tmp_path / "whole", dataset, num=23)
    for size in (5, 11):  # a remainder of three and of one
        assert np.array_equal(run(gan, tmp_path / f"by {size}", dataset, num=23, batch_size=size), whole)
    first = lines(tmp_path / "whole")[0]
    given = {key.removeprefix("given_") for key in first if key.startswith("given_")}
    alone = run(gan, tmp_path / "alone", dataset, seeds="0", given=tuple(given))
    assert np.array_equal(alone[0], whole[0])


@pytest.mark.tf
def test_conditions_that_are_not_kept_give_the_same_items(gans, keypad, tmp_path, monkeypatch):
    kept = run(gans("photo"), tmp_path / "kept", keypad / "1-dataset", num=23)
    monkeypatch.setattr("mmcli.stages.generate.maker._MOST_KEPT", 4)
    assert np.array_equal(run(gans("photo"), tmp_path / "anew", keypad / "1-dataset", num=23, batch_size=6), kept)


@pytest.mark.tf
def test_every_item_has_its_line_and_its_file_in_order(gans, tmp_path):
    rows = run(gans("photo"), tmp_path / "out", text=("dial one",), num=70, batch_size=33)
    table = lines(tmp_path / "out")
    assert [line["id"] for line in table] == [f"{i:04d}" for i in range(70)]
    assert [line["seed"] for line in table] == list(range(70))
    from PIL import Image

    for i in (0, 32, 33, 69):
        with Image.open(tmp_path / "out" / table[i]["photo_file_name"]) as picture:
            assert np.array_equal(np.asarray(picture), rows[i, ..., 0])


@pytest.mark.tf
def test_without_files_the_rows_are_the_same_and_can_be_scored(gans, keypad, tmp_path, monkeypatch):
    options = {"dataset": keypad / "1-dataset", "num": 30}
    rows = run(gans("photo"), tmp_path / "files", **options)
    assert np.array_equal(run(gans("photo"), tmp_path / "bare", files=False, **options), rows)
    assert set(store.open_artifact(tmp_path / "bare").manifest.files) == {
        *("rows.npy", "items.jsonl", "sheet.png", "log.txt", "fields/photo.codec.json")
    }
    assert [line["label"] for line in lines(tmp_path / "bare", "items.jsonl")] == [line["label"] for line in lines(tmp_path / "files")]
    monkeypatch.setattr("mmcli.training.judge.MIN_STEPS", 20)
    found = [evaluate(tmp_path / name, keypad / "1-dataset", tmp_path / f"{name}-s", EvaluateConfig(), QUIET) for name in ("files", "bare")]
    assert found[0].body["summary"] == found[1].body["summary"]


@pytest.mark.tf
def test_sounds_without_files_are_not_scored(gans, keypad, tmp_path):
    run(gans("sound"), tmp_path / "bare", files=False, num=3)
    with pytest.raises(InputError, match="sounds are scored from their files"):
        evaluate(tmp_path / "bare", keypad / "1-dataset", tmp_path / "scores", EvaluateConfig(), QUIET)


@pytest.mark.tf
def test_truncation_changes_items_and_is_for_noise_only(gans, tmp_path):
    plain = run(gans("photo"), tmp_path / "plain", num=3)
    assert not np.array_equal(run(gans("photo"), tmp_path / "cut", num=3, truncation=0.5), plain)
    with pytest.raises(UsageError, match="without a noise vector"):
        run(gans("caption"), tmp_path / "text", truncation=0.5)


@pytest.mark.tf
def test_names_of_files_never_come_from_prompts(gans, tmp_path):
    hostile = "../../x\x1b]0;owned\x07 [red]{{7*7}} " + "a" * 400
    run(gans("photo"), tmp_path / "out", text=(hostile,), num=2)
    assert sorted(path.name for path in (tmp_path / "out" / "photo").iterdir()) == ["0000.png", "0001.png"]
    assert lines(tmp_path / "out")[0]["given_caption"] == hostile
    assert "\x1b" not in (tmp_path / "out" / "metadata.jsonl").read_text()


@pytest.mark.tf
@pytest.mark.parametrize(
    ("options", "error", "what"),
    [
        ({"image": ("x.png",)}, UsageError, "GAN takes none"),
        ({"field": ("sound=no.wav",)}, InputError, "no such file"),
        ({"field": ("photo=x.png",)}, UsageError, "no given field"),
        ({"seeds": "1..4"}, UsageError, "not a list of seeds"),
        ({"given": ("caption",)}, UsageError, "--given needs --from"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_loaded(gans, tmp_path, options, error, what):
    with pytest.raises(error, match=what):
        run(gans("photo"), tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.mark.tf
def test_an_unreadable_condition_leaves_nothing_behind(gans, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    with pytest.raises(InputError, match="condition sound cannot be used"):
        run(gans("photo"), tmp_path / "out", audio=(str(tmp_path / "broken.wav"),))
    assert not (tmp_path / "out").exists()


@pytest.mark.tf
def test_records_and_a_text_cannot_both_be_the_condition(gans, keypad, tmp_path):
    with pytest.raises(UsageError, match="not from both"):
        run(gans("photo"), tmp_path / "out", keypad / "1-dataset", text=("one",))


@pytest.mark.tf
def test_another_data_set_is_refused(gans, keypad, tmp_path):
    from mmcli.stages.registry import runner

    preprocess = runner("preprocess")

    preprocess(keypad / "raw", tmp_path / "other", config_of("preprocess")(image_size=16, seconds=0.5, max_tokens=4), QUIET)
    with pytest.raises(IntegrityError, match="caption was preprocessed differently"):
        run(gans("photo"), tmp_path / "out", tmp_path / "other")
    with pytest.raises(IntegrityError, match="dataset"):
        run(keypad / "1-dataset", tmp_path / "out")


@pytest.mark.tf
def test_a_folder_that_is_not_ours_is_left_alone(gans, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="not made by mmcli"):
        run(gans("photo"), tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter.txt"]
