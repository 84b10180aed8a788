"""`info` describes artifacts, raw folders and work folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmcli.core.errors import InputError, IntegrityError
from mmcli.core.ui import Ui
from mmcli.stages.demo_data.options import DemoDataConfig
from mmcli.stages.info.stage import as_rows, describe, size_words
from mmcli.stages.registry import runner

demo_data = runner("demo-data")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    demo_data(folder / "raw", DemoDataConfig(num_records=20, missing=0.0), Ui(quiet=True))
    return folder


def test_an_artifact_is_described_by_its_manifest(work: Path) -> None:
    facts = describe(work / "raw")
    assert (facts["form"], facts["kind"], facts["config"]["num_records"]) == ("artifact", "raw", 20)
    assert facts["suffixes"] == {".png": 20, ".wav": 20, ".jsonl": 1, ".md": 1}
    assert ("field photo", "image") in as_rows(facts)


def test_a_folder_of_artifacts_is_listed(work: Path) -> None:
    facts = describe(work)
    assert [(row["name"], row["kind"]) for row in facts["artifacts"]] == [("raw", "raw")]


def test_verify_finds_a_changed_file(tmp_path: Path) -> None:
    demo_data(tmp_path / "raw", DemoDataConfig(num_records=20), Ui(quiet=True))
    table = tmp_path / "raw" / "metadata.jsonl"
    table.write_bytes(table.read_bytes().replace(b"digit", b"DIGIT", 1))
    assert describe(tmp_path / "raw")["form"] == "artifact"
    with pytest.raises(IntegrityError, match="was modified"):
        describe(tmp_path / "raw", verify=True)
    assert describe(tmp_path, verify=True)["artifacts"][0]["kind"] == "corrupted"


def test_a_raw_folder_of_the_user_shows_its_layout(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "a.JPG").write_bytes(b"x")
    facts = describe(tmp_path)
    assert (facts["layout"], facts["fields"]) == ("same-stem", {"text": "text", "image": "image"})
    assert facts["suffixes"] == {".jpg": 1, ".txt": 1}
    assert ("files .txt", "1") in as_rows(facts)


def test_a_table_of_texts_shows_its_field(tmp_path: Path) -> None:
    (tmp_path / "jokes.csv").write_text("joke,stars\nWhy?,5\n")
    facts = describe(tmp_path / "jokes.csv")
    assert (facts["layout"], facts["fields"], facts["suffixes"]) == ("tables", {"joke": "text"}, {".csv": 1})
    (tmp_path / "stars.csv").write_text("stars\n5\n")
    assert "no column contains texts" in describe(tmp_path / "stars.csv")["problem"]


def test_a_folder_of_other_files_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("words")
    assert "problem" in describe(tmp_path)


@pytest.mark.parametrize("name", ["missing", "file", "empty"])
def test_what_is_no_folder_with_files_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("words")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError):
        describe(tmp_path / name)


def test_sizes_have_units() -> None:
    assert [size_words(size) for size in (0, 1023, 1024, 5 * 2**20, 3 * 2**30)] == ["0 B", "1,023 B", "1 KiB", "5 MiB", "3.0 GiB"]


def test_nested_facts_are_told_apart_and_empty_ones_left_out():
    facts = {"fields": {}, "files": 1, "summary": {"fields": {"photo": {}, "text": {"cut": 0, "unknown": {"train": 0, "held_out": 0.5}}}}}
    assert ("summary fields", "text (cut 0, unknown (train 0, held_out 0.5))") in as_rows(facts)


def test_what_an_interrupted_run_left_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mmcli.artifacts.store.Build.commit", interrupt)
        with pytest.raises(KeyboardInterrupt):
            demo_data(tmp_path / "raw", DemoDataConfig(num_records=20), Ui(quiet=True))
    with pytest.raises(InputError, match=r"the run that creates it \(raw\) was interrupted") as caught:
        describe(tmp_path / "raw")
    assert "it resumes if its stage can" in caught.value.fix
    assert [(row["name"], row["kind"], row["problem"]) for row in describe(tmp_path)["artifacts"]] == [("raw", "raw", "not finished")]
    demo_data(tmp_path / "raw", DemoDataConfig(num_records=20), Ui(quiet=True))
    assert [row["problem"] for row in describe(tmp_path)["artifacts"]] == [""]
