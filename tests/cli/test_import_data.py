"""``mmcli import`` from the command line."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mmcli.cli.app import app


@pytest.fixture
def mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "source"
    folder.mkdir()
    for part, count in (("train", 12), ("t10k", 5)):
        (folder / f"{part}-images-idx3-ubyte.gz").write_bytes(gzip.compress(struct.pack(">4I", 0x803, count, 28, 28) + bytes(count * 784)))
        labels = struct.pack(">2I", 0x801, count) + bytes(i % 10 for i in range(count))
        (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(labels))
    return folder


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["import", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def test_counts_are_compared_with_the_publishers(mnist: Path) -> None:
    code, out, err = run("mnist", mnist, "-o", "mnist")  # the output may be called like the data set
    assert (code, out.strip()) == (0, "mnist")
    assert "train: 12 records of the 60,000 published" in err
    assert "next: mmcli preprocess mnist -o 1-dataset" in err
    assert "CC BY-SA 3.0" in Path("mnist/README.md").read_text()
    code, out, err = run("mnist", mnist, "-o", "mnist", "--json")
    assert json.loads(out)["status"] == "up to date"


def test_counts_of_a_part_are_compared_with_those_of_the_part(mnist: Path) -> None:
    question = {"id": "q", "question": "What?", "answers": [{"text": "b", "answer_start": 2}]}
    Path("dev-v2.0.json").write_text(json.dumps({"data": [{"paragraphs": [{"context": "a b", "qas": [question]}]}]}))
    code, _, err = run("squad", "dev-v2.0.json", "-o", "squad")
    assert code == 0
    assert "val: 1 record of the 11,873 published" in err


def test_pair_joins_two_folders(mnist: Path) -> None:
    for name in ("a", "b"):
        assert run("mnist", mnist, "-o", name, "-q")[0] == 0
    code, _, err = run("pair", "a", "b", "--on", "label", "-o", "both")
    assert code == 0, err
    assert {"image_file_name", "image_2_file_name"} <= set(json.loads(Path("both/metadata.jsonl").read_text().partition("\n")[0]))


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["mnits", "source"], 2, "did you mean mnist?"),
        (["mnist", "source", "extra"], 2, "mmcli import mnist SOURCE"),
        (["pair", "source"], 2, "give both"),
        (["imdb", "source"], 3, "aclImdb"),
        (["mnist", "missing"], 3, "check the path"),
        (["mnist", "source", "--limit", "-1"], 2, "an integer"),
    ],
)
def test_what_cannot_be_imported_says_why(mnist: Path, words: list[str], code: int, hint: str) -> None:
    got, out, err = run(*words, "-o", "raw")
    assert (got, out) == (code, "")
    assert err.count("\n") >= 3
    assert hint in err
    assert not Path("raw").exists()
