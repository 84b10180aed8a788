"""Tables by the commands: what is told of columns, what is chosen, encodings, and a table with the files that it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from mmcli.artifacts.manifest import read_manifest
from mmcli.artifacts.records import read as records_of
from mmcli.cli.app import app
from mmcli.stages.preprocess.labels import label_warnings

WORDS = ["red", "blue", "green", "big", "small", "old", "new", "cat", "dog", "car"]


def run(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    return done.exit_code, done.stdout, done.stderr


def text(number: int) -> str:
    return f"{WORDS[number % 10]} {WORDS[number % 7]} {WORDS[number % 3]}"


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Images and a table with two captions each, and columns that say nothing."""
    raw = tmp_path / "shots"
    raw.mkdir()
    with (raw / "list.jsonl").open("w") as table:
        for i in range(30):
            Image.new("RGB", (8, 8), (i * 8, 40, 90)).save(raw / f"{i}.png")
            row = {"shot": f"{i}.png", "captions": [text(i), text(i + 1)], "status": "success", "url": f"https://x.org/{i}"}
            table.write(json.dumps(row) + "\n")
    return raw


def test_the_ledger_names_every_column(shots: Path, tmp_path: Path) -> None:
    code, _, told = run("preprocess", shots, "-o", tmp_path / "data", "--workers", "1")
    assert code == 0
    ledger = read_manifest(tmp_path / "data").summary["ledger"]
    assert {(entry["topic"], entry["what"], entry["detail"]) for entry in ledger} >= {
        ("read as texts", "captions", "column captions of list.jsonl"),
        ("read as images", "shot", "column shot of list.jsonl"),
        ("lists", "column captions", "a record per text: 30 rows have lists, of 60 texts together"),
        ("left out", "column status", "every value is 'success'"),
        ("left out", "column url", "every value is an address"),
    }
    assert "left out        column url: every value is an address" in told
    table = records_of(tmp_path / "data")
    assert len(table) == 60
    groups: dict[str, set[Any]] = {}
    for identity, split in zip(table.ids, table.columns["split"], strict=True):
        groups.setdefault(identity.partition("[")[0], set()).add(split)
    assert len(groups) == 30
    assert all(len(splits) == 1 for splits in groups.values())


def test_validate_tells_the_same_and_the_choice_is_that_of_preprocess(shots: Path) -> None:
    code, out, told = run("validate", shots)
    assert (code, out.splitlines()[0]) == (0, "no problems in 60 records (tables): 60 captions, 60 shot")
    assert "left out        column url: every value is an address" in told
    code, out, _ = run("validate", shots, "--columns", "captions", "-q")
    assert (code, out.splitlines()[0]) == (0, "no problems in 60 records (tables): 60 captions")
    code, _, told = run("validate", shots, "--leave-out", "caption", "-q")
    assert code == 2
    assert told == "error: no column or field caption\nwhere: --leave-out caption\nfix: did you mean captions?\n"


def test_a_table_alone_is_up_to_date_until_a_file_that_it_names_changes(shots: Path, tmp_path: Path) -> None:
    command = ("preprocess", shots / "list.jsonl", "-o", tmp_path / "data", "--workers", "1")
    assert run(*command)[0] == 0
    first = read_manifest(tmp_path / "data").id
    Image.new("RGB", (8, 8)).save(shots / "unnamed.png")
    assert "up to date" in run(*command)[2]
    Image.new("RGB", (8, 8), (1, 2, 3)).save(shots / "7.png")
    assert run(*command)[0] == 0
    assert read_manifest(tmp_path / "data").id != first


@pytest.mark.parametrize("command", ["validate", "preprocess", "init"])
def test_the_advice_about_an_encoding_works(tmp_path: Path, command: str) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "t.csv").write_bytes(("id,caption\n" + "\n".join(f"{i},café {text(i)}" for i in range(40))).encode("latin-1"))
    out = ("-o", tmp_path / "out") if command != "validate" else ()
    code, _, told = run(command, tmp_path / "raw", *out, "-q")
    assert code == 3
    assert "error: the table has no readable row: line 2: a cell is not UTF-8 text" in told
    assert told.splitlines()[-1] == "fix: save the table as UTF-8, or give its --encoding, such as latin-1"
    assert run(command, tmp_path / "raw", *out, "-q", "--encoding", "latin-1")[0] == 0
    if command == "init":  # and the project reads it so, too
        config = tmp_path / "out" / "mmcli.toml"
        assert 'encoding = "latin-1"\n' in config.read_text()
        assert run("preprocess", tmp_path / "raw", "-o", tmp_path / "data", "--config", config, "-q")[0] == 0


def test_init_keeps_the_choice_of_columns(shots: Path, tmp_path: Path) -> None:
    code, _, told = run("init", shots, "-o", tmp_path / "project", "--columns", "shot,captions,url", "--leave-out", "url")
    assert (code, told.splitlines()[0]) == (2, "error: url is both to be read and to be left out")
    code, _, _ = run("init", shots, "-o", tmp_path / "project", "--columns", "shot,url")
    assert code == 0
    config = tmp_path / "project" / "mmcli.toml"
    assert run("preprocess", shots, "-o", tmp_path / "data", "--config", config, "-q", "--workers", "1")[0] == 0
    assert set(read_manifest(tmp_path / "data").fields) == {"shot", "url"}


def test_labels_that_differ_in_case_or_letters_that_look_alike_are_told() -> None:
    assert label_warnings({"Dog": 5, "dog": 5, "cat": 5, "a": 5, "A": 5}, 25) == [
        "labels that differ in case or form only are different: 'Dog', 'dog'"
    ]
    assert label_warnings({"dog": 5, "cat": 5}, 10) == []
