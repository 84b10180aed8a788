"""The keypad data set as a raw folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.artifacts import jsonio, raw, store
from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.data.datasets import keypad
from mmcli.stages.demo_data.options import DemoDataConfig
from mmcli.stages.registry import runner

demo_data = runner("demo-data")


QUIET = Ui(quiet=True)


def rows_of(folder: Path) -> list[dict[str, str]]:
    return [jsonio.loads(line) for line in (folder / raw.NAME).read_text().splitlines()]


def test_every_field_agrees_with_the_label(tmp_path: Path) -> None:
    demo_data(tmp_path / "raw", DemoDataConfig(num_records=120), QUIET)
    for row in rows_of(tmp_path / "raw"):
        if "caption" in row:
            assert keypad.read_sentence(row["caption"]) == (int(row["label"]), True)
        if "sound_file_name" in row:
            wave, rate_hz = soundfile.read(tmp_path / "raw" / row["sound_file_name"])
            assert keypad.read_tone(wave, rate_hz) == row["label"]
        if "photo_file_name" in row:
            with Image.open(tmp_path / "raw" / row["photo_file_name"]) as image:
                assert (image.size, image.mode) == ((16, 16), "L")
                assert np.asarray(image).max() > 128


def test_one_record_in_ten_lacks_one_field(tmp_path: Path) -> None:
    outcome = demo_data(tmp_path / "raw", DemoDataConfig(), QUIET)
    lacking = [3 - len({"caption", "photo_file_name", "sound_file_name"} & row.keys()) for row in rows_of(tmp_path / "raw")]
    assert outcome.body["counts"]["records"] == len(lacking) == 1797
    assert set(lacking) == {0, 1}
    assert 0.08 < np.mean(lacking) < 0.12


def test_the_same_seed_gives_the_same_id(tmp_path: Path) -> None:
    config = DemoDataConfig(num_records=30)
    first, second = (demo_data(tmp_path / name, config, QUIET).body["id"] for name in ("a", "b"))
    other = demo_data(tmp_path / "c", DemoDataConfig(num_records=30, seed=1), QUIET).body["id"]
    assert first == second != other


def test_records_do_not_change_with_their_number(tmp_path: Path) -> None:
    demo_data(tmp_path / "few", DemoDataConfig(num_records=30), QUIET)
    demo_data(tmp_path / "more", DemoDataConfig(num_records=60), QUIET)
    more = {row["id"]: row for row in rows_of(tmp_path / "more")}
    assert all(more[row["id"]] == row for row in rows_of(tmp_path / "few"))


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    config = DemoDataConfig(num_records=20)
    statuses = [demo_data(tmp_path / "raw", config, QUIET).status for _ in range(2)]
    assert statuses == ["written", "up to date"]
    store.open_artifact(tmp_path / "raw", "raw")


def test_a_folder_of_the_user_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError):
        demo_data(tmp_path, DemoDataConfig(num_records=20), QUIET)
    assert (tmp_path / "notes.txt").read_text() == "mine"
