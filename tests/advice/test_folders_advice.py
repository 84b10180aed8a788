"""What an error about a raw folder or an artifact advises is done, and the error goes."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from mmcli.cli.app import app

Act = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """An error and its remedy.

    Attributes:
        setup: Makes the input in a folder.
        line: The command, in that folder.
        error: A part of what it says.
        remedy: Does what the fix says.
        fix: Words of the fix that the remedy follows.
        then: The command after the remedy; the same by default.
    """

    setup: Act
    line: str
    error: str
    remedy: Act
    fix: str
    then: str = ""


def run(line: str) -> Result:
    return CliRunner().invoke(app, shlex.split(line))


def texts(place: Path, number: int = 20) -> Path:
    """A folder of texts."""
    place.mkdir(parents=True, exist_ok=True)
    for i in range(number):
        (place / f"{i:03d}.txt").write_text(f"the number {i} is here\n")
    return place


def images(place: Path, number: int = 4) -> Path:
    place.mkdir(parents=True, exist_ok=True)
    for i in range(number):
        Image.new("RGB", (16, 16), (i, 0, 0)).save(place / f"{i:03d}.png")
    return place


def table(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def dataset(root: Path) -> Path:
    """A data set of texts in `d`, from `raw`."""
    texts(root / "raw")
    assert run("preprocess raw -o d -q").exit_code == 0
    return root / "d"


def damaged(root: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    path = dataset(root) / name
    path.write_bytes(change(path.read_bytes()))


def nothing(root: Path) -> None:
    del root


def both(*acts: Act) -> Act:
    """Several acts, one after the other."""

    def act(root: Path) -> None:
        for each in acts:
            each(root)

    return act


def again(line: str) -> Act:
    """Run a command that the fix names."""

    def act(root: Path) -> None:
        del root
        result = run(line)
        assert result.exit_code == 0, result.stderr

    return act


ROWS = "caption\n" + "".join(f"the number {i} is here\n" for i in range(20))
CASES = {
    "missing folder": Case(nothing, "preprocess raw -o d", "no such folder", lambda r: texts(r / "raw"), "check the path"),
    "empty folder": Case(
        lambda r: (r / "raw").mkdir(), "preprocess raw -o d", "contains no files", lambda r: texts(r / "raw"), "put texts, images"
    ),
    "empty folder, by the example": Case(
        lambda r: (r / "raw").mkdir(),
        "validate raw",
        "contains no files",
        again("demo-data -o raw --num-records 20"),
        "mmcli demo-data writes an example",
    ),
    "a file that is no table": Case(
        lambda r: table(r / "raw" / "notes.md", "# hello"),
        "validate raw/notes.md",
        "this is a file, not a data folder",
        lambda r: table(r / "notes.csv", ROWS),
        "or a table (.csv",
        "validate notes.csv",
    ),
    "nothing known in the folder": Case(
        lambda r: table(r / "raw" / "a.xyz", "?"),
        "init raw",
        "layout is not recognised",
        lambda r: texts(r / "raw"),
        ".txt",
    ),
    "an unknown format": Case(
        lambda r: texts(r / "raw"),
        "validate raw --format folders",
        "unknown format",
        nothing,
        "same-stem",
        "validate raw --format same-stem",
    ),
    "a format that the folder has not": Case(
        lambda r: texts(r / "raw"), "validate raw --format webdataset", "no .tar shard", nothing, "omit --format", "validate raw"
    ),
    "a column twice": Case(
        lambda r: table(r / "raw" / "t.csv", "caption,caption\na b,c d\n"),
        "validate raw",
        "occurs twice",
        lambda r: table(r / "raw" / "t.csv", "caption,answer\na b,c d\ne f,g h\n"),
        "own name",
    ),
    "an empty table": Case(
        lambda r: table(r / "raw" / "t.csv", ""),
        "validate raw",
        "the table is empty",
        lambda r: table(r / "raw" / "t.csv", ROWS),
        "header line and rows",
    ),
    "two metadata files": Case(
        both(lambda r: table(r / "raw" / "metadata.csv", ROWS), lambda r: table(r / "raw" / "metadata.jsonl", '{"caption": "a"}\n')),
        "validate raw",
        "two metadata files",
        lambda r: (r / "raw" / "metadata.jsonl").unlink(),
        "keep one of them",
    ),
    "all rows have an unknown split": Case(
        lambda r: table(r / "raw" / "t.csv", "text,split\nhello,nonsense\n"),
        "init raw",
        "no record has a readable",
        lambda r: table(r / "raw" / "t.csv", "text,split\nhello,train\n"),
        "mmcli validate raw",
    ),
    "too many unusable items": Case(
        both(lambda r: texts(r / "raw", 6), lambda r: [(r / "raw" / f"bad{i}.txt").write_bytes(b"\xff\xfe\xff") for i in range(4)]),
        "preprocess raw -o d",
        "4 of 10 items were rejected",
        nothing,
        "--max-reject-rate 0.41",
        "preprocess raw -o d --max-reject-rate 0.41",
    ),
    "too many unusable items, removed": Case(
        both(lambda r: texts(r / "raw", 6), lambda r: [(r / "raw" / f"bad{i}.txt").write_bytes(b"\xff\xfe\xff") for i in range(4)]),
        "preprocess raw -o d",
        "4 of 10 items were rejected",
        lambda r: [path.unlink() for path in (r / "raw").glob("bad*")],
        "correct or remove them",
    ),
    "only unusable items": Case(
        lambda r: table(r / "raw" / "a.txt", "\0\0"),
        "preprocess raw -o d",
        "no usable items",
        lambda r: texts(r / "raw", 12),
        "mmcli validate raw",
    ),
    "an unusable item, found by validate": Case(
        both(lambda r: texts(r / "raw", 12), lambda r: table(r / "raw" / "bad.txt", "\0")),
        "validate raw",
        "1 item cannot be used",
        lambda r: (r / "raw" / "bad.txt").unlink(),
        "correct or remove the listed items",
    ),
    "an unusable item, skipped": Case(
        both(lambda r: texts(r / "raw", 12), lambda r: table(r / "raw" / "bad.txt", "\0")),
        "validate raw",
        "1 item cannot be used",
        nothing,
        "preprocess skips them",
        "preprocess raw -o d",
    ),
    "many unusable items, found by validate": Case(
        both(lambda r: texts(r / "raw", 2), lambda r: [(r / "raw" / f"bad{i}.txt").write_bytes(b"\xff\xfe\xff") for i in range(2)]),
        "validate raw",
        "2 items cannot be used",
        nothing,
        "--max-reject-rate 0.51",
        "preprocess raw -o d --max-reject-rate 0.51",
    ),
    "an unusable item where none may be": Case(
        both(lambda r: texts(r / "raw", 12), lambda r: table(r / "raw" / "bad.txt", "\0")),
        "preprocess raw -o d --on-bad fail",
        "TXT_ENCODING",
        nothing,
        "--on-bad skip",
        "preprocess raw -o d --on-bad skip",
    ),
    "texts that are not UTF-8": Case(
        lambda r: [table(r / "raw" / f"{i}.txt", "").write_bytes(b"caf\xe9 no. %d" % i) for i in range(12)],
        "preprocess raw -o d",
        "give its --encoding",
        nothing,
        "mmcli validate raw",
        "preprocess raw -o d --encoding latin-1",
    ),
    "the same files in two splits": Case(
        lambda r: [images(r / "raw" / split, 3) for split in ("train", "test")],
        "preprocess raw -o d --strict",
        "in more than one split",
        nothing,
        "omit --strict",
        "preprocess raw -o d",
    ),
    "an option of a field that is not there": Case(
        lambda r: texts(r / "raw"),
        "preprocess raw -o d --set caption.max_tokens=8",
        "no field caption",
        nothing,
        "fields: text",
        "preprocess raw -o d --set text.max_tokens=8",
    ),
    "an option that the field's modality has not": Case(
        lambda r: texts(r / "raw"),
        "preprocess raw -o d --set text.image_size=8",
        "has no option image_size",
        nothing,
        "max_tokens",
        "preprocess raw -o d --set text.max_tokens=8",
    ),
    "stop words of letters": Case(
        lambda r: texts(r / "raw"),
        "preprocess raw -o d --tokenizer char --stop-words",
        "--stop-words needs words",
        nothing,
        "use --tokenizer word",
        "preprocess raw -o d --tokenizer word --stop-words",
    ),
    "a stemmer that the language has not": Case(
        lambda r: texts(r / "raw"),
        "preprocess raw -o d --stem --language pl",
        "no stemmer",
        nothing,
        "omit it",
        "preprocess raw -o d --language pl",
    ),
    "an unknown language": Case(
        lambda r: texts(r / "raw"),
        "preprocess raw -o d --language jp",
        "unknown language jp",
        nothing,
        "did you mean ja?",
        "preprocess raw -o d --language ja",
    ),
    "words that are all too rare": Case(
        lambda r: [table(r / "raw" / f"{i}.txt", f"word{i}x") for i in range(12)],
        "preprocess raw -o d --min-count 5",
        "vocabulary",
        nothing,
        "--min-count",
        "preprocess raw -o d --min-count 1",
    ),
    # Where the output goes
    "an output that is not ours": Case(
        both(lambda r: texts(r / "raw"), lambda r: table(r / "d" / "mine.txt", "keep")),
        "preprocess raw -o d",
        "not empty and was not made by mmcli",
        nothing,
        "another output folder with -o",
        "preprocess raw -o e",
    ),
    "an output that is a file": Case(
        both(lambda r: texts(r / "raw"), lambda r: table(r / "d", "keep")),
        "preprocess raw -o d",
        "the output is not a folder",
        nothing,
        "another output folder with -o",
        "preprocess raw -o e",
    ),
    "an output within its input": Case(
        lambda r: texts(r / "raw"), "preprocess raw -o raw/d", "inside", nothing, "another output folder with -o", "preprocess raw -o d"
    ),
    "an artifact of another kind": Case(
        dataset,
        "demo-data -o d --num-records 20",
        "is an artifact of kind dataset",
        nothing,
        "another output folder with -o",
        "demo-data -o e --num-records 20",
    ),
    "a stranger in the output": Case(
        lambda r: table(dataset(r) / "notes.txt", "mine"),
        "preprocess raw -o d --val 0.2",
        "a file that does not belong to the artifact",
        lambda r: (r / "d" / "notes.txt").rename(r / "notes.txt"),
        "move that file away",
    ),
    "a project in the raw folder": Case(
        lambda r: texts(r / "raw"),
        "init raw -o raw/project",
        "inside the raw folder",
        nothing,
        "another folder with -o",
        "init raw -o project",
    ),
    "a project that exists": Case(
        both(lambda r: texts(r / "raw"), again("init raw")),
        "init raw",
        "already exists",
        nothing,
        "another folder with -o",
        "init raw -o other",
    ),
    "a path that make misreads": Case(
        lambda r: texts(r / "a$b"),
        "init 'a$b'",
        "make cannot handle this path",
        lambda r: (r / "a$b").rename(r / "a_b"),
        "rename the folder",
        "init a_b",
    ),
    "a target that is no field": Case(
        lambda r: texts(r / "raw"), "init raw --target photo", "no field photo", nothing, "use one of: text", "init raw --target text"
    ),
    # Artifacts
    "a data set where a raw folder is wanted": Case(
        dataset, "validate d", "expected a raw folder, found dataset", nothing, "that it was made from", "validate raw"
    ),
    "a raw folder where a data set is wanted": Case(
        lambda r: texts(r / "raw"), "embed raw -o e", "no artifact.json", again("preprocess raw -o d"), "preprocess", "info d"
    ),
    "a file where an artifact is wanted": Case(
        dataset, "embed d/artifact.json -o e", "a file, not an artifact folder", nothing, "folder that an mmcli stage wrote", "info d"
    ),
    "a report on nothing": Case(
        lambda r: (r / "work").mkdir(),
        "report work -o page",
        "contains no artifact",
        both(lambda r: texts(r / "raw"), again("preprocess raw -o work/d")),
        "preprocess",
    ),
    "a report on a folder that is not there": Case(
        nothing, "report work -o page", "no such folder", dataset, "that contains the artifacts", "report . -o page"
    ),
    "contact sheets in the data set": Case(
        dataset, "info d --sheets d/sheets", "inside the dataset", nothing, "another folder with --sheets", "info d --sheets sheets"
    ),
    "info of nothing": Case(nothing, "info d", "no such folder", dataset, "check the path"),
    "a changed byte": Case(
        lambda r: damaged(r, "fields/text.npy", lambda b: b[:-1] + b"\x7f"),
        "info d --verify",
        "modified",
        again("preprocess raw -o d --force"),
        "--force",
    ),
    "a file cut short": Case(
        lambda r: damaged(r, "fields/text.npy", lambda b: b[:-4]),
        "info d --verify",
        "bytes instead of",
        again("preprocess raw -o d"),
        "rerun",
    ),
    "a file that is gone": Case(
        lambda r: (dataset(r) / "fields" / "text.npy").unlink(), "info d --verify", "missing", again("preprocess raw -o d"), "rerun"
    ),
    "a manifest that was changed": Case(
        lambda r: damaged(r, "artifact.json", lambda b: b.replace(b'"seed": 0', b'"seed": 1')),
        "info d",
        "artifact.json was modified",
        again("preprocess raw -o d"),
        "rerun",
    ),
    "a manifest that is no JSON": Case(
        lambda r: damaged(r, "artifact.json", lambda b: b[:50]),
        "info d",
        "artifact.json cannot be read",
        both(lambda r: shutil.rmtree(r / "d"), again("preprocess raw -o d")),
        "delete the folder, then rerun",
    ),
    # Importing
    "an unknown data set": Case(nothing, "import minst x -o raw", "unknown data set minst", nothing, "mnist", "import mnist --help"),
    "one folder of a pair": Case(
        lambda r: [images(r / "a"), texts(r / "b", 4)],
        "import pair a -o raw",
        "only one is given",
        nothing,
        "mmcli import pair A B -o RAW",
        "import pair --help",
    ),
    "a pair of one folder": Case(
        lambda r: images(r / "a"),
        "import pair a a -o raw",
        "both folders are the same",
        nothing,
        "two different folders",
        "import pair --help",
    ),
    "two sources of one": Case(
        lambda r: [images(r / "a"), images(r / "b")],
        "import mnist a b -o raw",
        "reads one source, but two",
        nothing,
        "mmcli import mnist SOURCE",
        "import mnist --help",
    ),
    "a source that is not there": Case(
        nothing, "import mnist x -o raw", "no such file or folder", nothing, "check the path", "import mnist --help"
    ),
    # The steps after preprocess, before TensorFlow
    "a family that is not there": Case(
        dataset, "train-gan d -o g --family diffusion", "unknown family", nothing, "gan", "train-gan d -o g --family gan --dry-run"
    ),
    "a target of a generator that is no field": Case(
        dataset,
        "train-gan d -o g --target photo",
        "no field photo",
        nothing,
        "use one of: text",
        "train-gan d -o g --target text --dry-run",
    ),
    "a field that needs the fused artifact": Case(
        dataset,
        "train-gan d -o g --given text --target text",
        "is the target itself",
        nothing,
        "none",
        "train-gan d -o g --given none --dry-run",
    ),
    "an index of exact search": Case(
        nothing, "search e --text a --index i", "exact search has no index", nothing, "omit --index", "search e --text a --help"
    ),
}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_the_fix_is_applied_and_the_error_goes(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    case.setup(tmp_path)
    refused = run(case.line)
    said = dict(line.split(": ", 1) for line in refused.stderr.splitlines() if line.startswith(("error: ", "fix: ")))
    assert refused.exit_code in (2, 3, 5), refused.output
    assert case.error in said["error"]
    assert case.fix in said["fix"]
    case.remedy(tmp_path)
    accepted = run(case.then or case.line)
    assert accepted.exit_code == 0, accepted.stderr
