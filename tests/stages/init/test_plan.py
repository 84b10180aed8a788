"""What `init` sees in a folder, and the settings that it makes of it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.core.errors import UsageError
from mmcli.modalities.guess import Guess, Setting
from mmcli.stages.init import estimate
from mmcli.stages.init.plan import Plan
from mmcli.stages.init.settings import Settings
from mmcli.stages.init.stage import init
from mmcli.stages.init.survey import Survey, survey_of
from mmcli.stages.init.target import choose


def survey(rows: int, guesses: dict[str, Guess] | None = None, **facts: Any) -> Survey:
    guesses = guesses or {"photo": Guess(records=rows)}
    fields = dict.fromkeys(guesses, "image")
    return Survey(fields, dict.fromkeys(fields, rows), guesses, {}, facts.get("labels", {}), facts.get("splits", {}), rows)


@pytest.mark.parametrize(
    ("fields", "target", "why"),
    [
        ({"question": "text", "answer": "text", "source": "text"}, "answer", "its name says so"),
        ({"photo": "image", "question": "text", "modelAnswer": "text"}, "modelAnswer", "its name says so"),
        ({"article": "text", "gold_summary": "text"}, "gold_summary", "its name says so"),
        ({"en": "text", "fr": "text"}, "fr", "the last field of texts"),
        ({"prompt": "text", "completion": "text", "score_text": "text"}, "completion", "its name says so"),
        ({"caption": "text", "photo": "image", "sound": "audio"}, "photo", "the only field of images"),
        ({"before": "image", "after": "image", "caption": "text"}, "before", "the first field of images"),
        ({"input": "image", "output": "image"}, "output", "its name says so"),
        ({"sentence": "text", "sound": "audio"}, "sound", "the only field of sounds"),
        ({"outputs_of_today": "text", "note": "text"}, "note", "the last field of texts"),
        ({"poem": "text"}, "poem", "the only field"),
    ],
)
def test_the_target_is_what_people_mean(fields: dict[str, str], target: str, why: str) -> None:
    assert choose(fields) == (target, why)


def test_a_target_that_is_no_field_is_refused_with_the_fields() -> None:
    with pytest.raises(UsageError, match="no field sound") as caught:
        choose({"a": "text", "b": "image"}, "sound")
    assert caught.value.fix == "use one of: a, b"


@pytest.mark.parametrize(
    ("rows", "held_out", "records", "words"),
    [
        (9, 0.1, (7, 1, 1), "too few: train-gan needs 8"),
        (40, 0.1, (32, 4, 4), "below 60 records"),
        (100, 0.2, (64, 16, 20), "few: the scores are a rough guide"),
        (400, 0.15, (289, 51, 60), ""),
        (5000, 0.1, (4050, 450, 500), ""),
    ],
)
def test_splits_are_large_enough_to_judge(rows: int, held_out: float, records: tuple[int, int, int], words: str) -> None:
    settings = Settings.of(survey(rows), "photo")
    assert (settings.held_out, settings.records) == (held_out, records)
    lines = Plan.of(survey(rows)).lines()
    assert words in lines[3]
    assert words or lines[3].endswith("test records")


def test_published_splits_are_kept() -> None:
    settings = Settings.of(survey(100, splits={"train": 70, "test": 30}), "photo")
    assert settings.records == (63, 7, 30)
    assert "test = " not in settings.tables(survey(100, splits={"train": 70, "test": 30}))["PREPROCESS"]


def test_a_field_that_differs_gets_a_table_of_its_own() -> None:
    small = Guess(settings={"image_size": Setting(16), "image_mode": Setting("L")}, records=400)
    large = Guess(settings={"image_size": Setting(32), "image_mode": Setting("L")}, records=400)
    data = survey(1000, {"thumb": small, "photo": large, "bild \u00e4": small})
    body = tomllib.loads("[preprocess]\n" + Settings.of(data, "photo").tables(data)["PREPROCESS"])
    assert body == {"preprocess": {"image-size": 16, "image-mode": "L", "fields": {"photo": {"image-size": 32}}}}


def test_training_takes_longer_with_more_records_up_to_an_hour() -> None:
    assert [estimate.training_minutes(rows) for rows in (10, 1000, 4000, 100_000, 10**7)] == [2.0, 2.0, 4.0, 20.0, 60.0]


def test_the_time_is_in_proportion_to_the_work_and_to_the_machine() -> None:
    def minutes(rows: int, factor: float) -> dict[str, float]:
        guesses = {"a": Guess(learn_ms=1.0, decode_ms=1.0), "b": Guess(learn_ms=2.0)}
        work = estimate.Workload(guesses, "b", rows, 10, 2.0, ("preprocess", "embed", "train-gan", "report"))
        return estimate.minutes_per_stage(work, factor)

    one, more, slow = minutes(1000, 1.0), minutes(2000, 1.0), minutes(1000, 3.0)
    assert more["embed"] - one["embed"] == pytest.approx(10 * 1000 * 3 * 0.003 / 60)
    assert slow["embed"] == pytest.approx(3 * one["embed"])
    assert slow["train-gan"] - 2.0 == pytest.approx(3 * (one["train-gan"] - 2.0))  # the budget is in minutes on any machine
    assert set(one) == {"preprocess", "embed", "train-gan", "report"}


def test_the_machine_is_measured_within_bounds() -> None:
    assert 0.2 <= estimate.slowness() <= 10.0


def test_a_sample_is_looked_at_and_all_records_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcli.stages.init.survey._SAMPLED", 20)
    for i in range(60):
        (tmp_path / f"class{i // 30}").mkdir(exist_ok=True)
        (tmp_path / f"class{i // 30}" / f"{i:02d}.txt").write_text("a b c" if i < 30 else "a b c d e f g h i j")
    found = survey_of(tmp_path)
    assert (found.num_records, found.labels) == (60, {"class0": 30, "class1": 30})
    assert found.guesses["text"].saw.startswith("3 to 10 words")  # items of both classes are in the sample
    assert survey_of(tmp_path).guesses == found.guesses


def test_the_plan_says_it_in_five_lines(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for i in range(70):
        Image.new("L", (48, 48), i).save(tmp_path / "raw" / f"{i}.png")
        (tmp_path / "raw" / f"{i}.txt").write_text("a dark square" if i < 35 else "a light square")
    _, plan = init(tmp_path / "raw", tmp_path / "project")
    lines = plan.lines()
    assert lines[0] == "found: 70 records; text: 70 texts, 3 words and signs, language en | image: 70 images, 48 x 48, grey"
    assert lines[1] == "makes: image (the only field of images) from text; another: --target text"
    assert lines[2] == 'settings: text: language "en", tokenizer "word", max-tokens 8; image: image-size 32, image-mode "L"'
    assert lines[3].startswith("splits: about 45 train, 11 val and 14 test records; few")
    assert lines[4].startswith("time: about ")
    assert len(lines) == 5
    body = plan.to_json()
    assert body["minutes"]["total"] == pytest.approx(sum(body["minutes"]["stages"].values()), abs=0.1)
    assert (body["given"], body["settings"]["image"]) == (["text"], {"image_size": 32, "image_mode": "L"})
    written = tomllib.loads((tmp_path / "project" / "mmcli.toml").read_text())
    assert written["preprocess"]["image-mode"] == "L"
    assert written["train-gan"] == {"minutes": 2}


def test_long_sounds_alone_become_windows_and_count_as_records(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    for i in range(10):
        soundfile.write(tmp_path / "raw" / f"{i}.wav", np.zeros(8000 * 20), 8000)
    _, plan = init(tmp_path / "raw", tmp_path / "project")
    assert (plan.survey.num_records, plan.survey.rows, plan.given) == (10, 200, ("none",))
    written = tomllib.loads((tmp_path / "project" / "mmcli.toml").read_text())["preprocess"]
    assert (written["windows"], written["seconds"], written["sample-rate-hz"]) == (True, 1, 8000)
