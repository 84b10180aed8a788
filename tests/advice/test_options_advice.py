"""What an error about options advises is done, and the error goes; nothing is read, since `--dry-run` stops before."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mmcli.cli.app import app

# A command line, its error, and the command line as the fix says.
CASES = [
    # Numbers, choices, switches
    ("preprocess raw -o d --image-size 4", "image-size is out of range: 4", "preprocess raw -o d --image-size 8"),
    ("preprocess raw -o d --image-size 9999999", "image-size is out of range", "preprocess raw -o d --image-size 1024"),
    ("preprocess raw -o d --image-size large", "image-size must be an integer", "preprocess raw -o d --image-size 64"),
    ("preprocess raw -o d --image-width none", "image-width must be an integer", "preprocess raw -o d --image-width auto"),
    ("preprocess raw -o d --val nan", "val must be a number", "preprocess raw -o d --val 0.9 --test 0"),
    ("preprocess raw -o d --high-pass-hz auto", "high-pass-hz must be a number", "preprocess raw -o d --high-pass-hz none"),
    ("preprocess raw -o d --fit cropp", "fit has no choice cropp", "preprocess raw -o d --fit crop"),
    ("preprocess raw -o d --fit round", "fit has no choice round", "preprocess raw -o d --fit squeeze"),
    ("preprocess raw -o d --redact names", "redact has no choice names", "preprocess raw -o d --redact email"),
    ("preprocess raw -o d --keep-pos noun", "keep-pos has no choice noun", "preprocess raw -o d --keep-pos NOUN"),
    ("preprocess raw -o d --background white", "background is not a colour", "preprocess raw -o d --background '#ffffff'"),
    ("preprocess raw -o d --encoding utf-77", "unknown encoding utf-77", "preprocess raw -o d --encoding latin-1"),
    ("preprocess raw -o d --language english", "language must be a two-letter code", "preprocess raw -o d --language en"),
    ("preprocess raw -o d --scales big", "scales must be an integer", "preprocess raw -o d --scales 16"),
    ("embed d -o e --batch-size 1", "batch-size is out of range: 1", "embed d -o e --batch-size 2"),
    ("generate g -o s --truncation auto", "truncation must be a number", "generate g -o s --truncation none"),
    ("train-gan d -o g --precision float16", "precision has no choice float16", "train-gan d -o g --precision float32"),
    # Options of single fields
    ("preprocess raw -o d --set photo", "--set takes FIELD.OPTION=VALUE", "preprocess raw -o d --set photo.image_size=64"),
    ("preprocess raw -o d --set photo.imagesize=64", "unknown field option: imagesize", "preprocess raw -o d --set photo.image_size=64"),
    ("preprocess raw -o d --set photo.val=0.3", "val applies to the whole folder", "preprocess raw -o d --val 0.3"),
    ("preprocess raw -o d --set photo.fit=trim", "fit has no choice trim", "preprocess raw -o d --set photo.fit=pad"),
    # Options that do not go together
    ("preprocess raw -o d --val 0.6 --test 0.5", "val and test leave no records", "preprocess raw -o d --val 0.6 --test 0.3"),
    ("preprocess raw -o d --hop-length 512", "hop_length exceeds the window length", "preprocess raw -o d --hop-length 256"),
    ("preprocess raw -o d --low-pass-hz 5000", "the low-pass has no effect", "preprocess raw -o d --low-pass-hz 3999"),
    ("preprocess raw -o d --high-pass-hz 5000", "the high-pass cutoff is not below half", "preprocess raw -o d --high-pass-hz 3999"),
    (
        "preprocess raw -o d --high-pass-hz 900 --low-pass-hz 800",
        "the high-pass and low-pass filters leave no band",
        "preprocess raw -o d --high-pass-hz 700 --low-pass-hz 800",
    ),
    (
        "preprocess raw -o d --feature mfcc --n-coefficients 65",
        "more coefficients than bands",
        "preprocess raw -o d --feature mfcc --n-coefficients 64",
    ),
    ("preprocess raw -o d --feature mel --n-bands 129", "more bands than bins", "preprocess raw -o d --feature mel --n-bands 128"),
    (
        "embed d -o e --image-weights imagenet",
        "cnn does not take pretrained",
        "embed d -o e --image-weights imagenet --image-method mobilenet-v2",
    ),
    ("embed d -o e --pooling sif", "sif only pools word vectors", "embed d -o e --pooling sif --text-method word2vec"),
    ("embed d -o e --pooling cls", "cls pooling requires bert", "embed d -o e --pooling cls --text-method bert"),
    ("embed d -o e --text-weights w.vec", "does not take pretrained weights", "embed d -o e --text-weights w.vec --text-method glove"),
    ("embed d -o e --word-format glove", "this text method has no word vectors", "embed d -o e --word-format glove --text-method fasttext"),
    ("train-gan d -o g --kimg 5 --minutes 1", "more than one training budget", "train-gan d -o g --minutes 1"),
    ("train-gan d -o g --batch-size 10 --devices 4", "cannot be split among 4", "train-gan d -o g --batch-size 10 --devices 5"),
    ("train-gan d -o g --xla on --devices 2", "--xla on supports one device only", "train-gan d -o g --devices 2"),
    ("train-gan d -o g --augment-p often", "augment_p is not a probability", "train-gan d -o g --augment-p adaptive"),
    ("train-gan d -o g --augment auto,colour", "auto and none cannot be combined", "train-gan d -o g --augment translation,colour"),
    ("generate g -o s --walk 5 --grid 2x2", "--walk and --grid exclude each other", "generate g -o s --walk 5"),
    ("generate g -o s --walk 5 --num 5", "--walk sets the number of items itself", "generate g -o s --walk 5"),
    ("generate g -o s --walk 1", "--walk needs at least 2 waypoints", "generate g -o s --walk 2"),
    ("generate g -o s --interpolate 1 2 --seeds 1-2", "--interpolate and --seeds exclude", "generate g -o s --interpolate 1 2"),
    ("generate g -o s --to a=b", "--to needs --interpolate", "generate g -o s --to a=b --interpolate 3 3"),
    ("generate g -o s --like x.png --seeds 1-2", "--like finds the noise itself", "generate g -o s --like x.png --seed 1"),
    ("generate g -o s --like x.png --neighbours 2", "--like and --neighbours exclude", "generate g -o s --neighbours 2"),
    # The command line itself
    ("preprocess raw -o d --imagesize 64", "no such option", "preprocess raw -o d --image-size 64"),
    ("preprocess raw -o ''", "the path is empty", "preprocess raw -o d"),
    ("preprocess raw -o d --config ''", "the path is empty", "preprocess raw -o d"),
]


def run(line: str, *more: str) -> Result:
    return CliRunner().invoke(app, [*shlex.split(line), *more])


def lines_of(result: Result) -> dict[str, str]:
    """What, where and fix of the error that a command printed."""
    found = (line.partition(": ") for line in result.stderr.splitlines())
    return {word: text for word, _, text in found if word in ("error", "where", "fix")}


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("bad", "error", "good"), CASES, ids=[bad for bad, _, _ in CASES])
def test_the_fix_is_applied_and_the_error_goes(bad: str, error: str, good: str) -> None:
    refused = run(bad, "--dry-run")
    said = lines_of(refused)
    assert refused.exit_code == 2
    assert error in said["error"]
    assert said["fix"]
    accepted = run(good, "--dry-run")
    assert accepted.exit_code == 0, accepted.stderr


WORD = re.compile(r"[\w#.-]+")
# Words of the fixed line that are values of the user's own choice, not of the advice.
OWN = {"d", "0", "0.9", "0.3", "1", "2", "5", "16", "64", "700", "w.vec", "photo.image_size", "--test"}


@pytest.mark.parametrize(("bad", "good"), [(bad, good) for bad, _, good in CASES], ids=[bad for bad, _, _ in CASES])
def test_what_the_fixed_line_adds_is_in_the_fix(bad: str, good: str) -> None:
    fix = lines_of(run(bad, "--dry-run"))["fix"]
    numbers_as_written = {word.replace(",", "") for word in re.findall(r"[\d,]+", fix)}
    added = set(WORD.findall(good)) - set(WORD.findall(bad)) - OWN
    assert added <= set(WORD.findall(fix)) | numbers_as_written, fix


CONFIGURATIONS = [
    ("[preprocess]\nimage-size = 64", "preprocess", ""),
    ("image-size = 64", "unknown key image-size", "[preprocess]\nimage-size = 64"),
    ("[preproces]\nval = 0.2", "unknown table [preproces]", "[preprocess]\nval = 0.2"),
    ("[preprocess]\nimage-sise = 64", "unknown key image-sise", "[preprocess]\nimage-size = 64"),
    ("[preprocess]\nstrict = 'perhaps'", "strict must be true or false", "[preprocess]\nstrict = true"),
    ("[preprocess]\nscales = 16", "scales must be a list of integers", "[preprocess]\nscales = [16, 32]"),
    ("[preprocess]\nredact = 7", "redact must be a list of strings", "[preprocess]\nredact = ['email']"),
    ("[preprocess]\nfit = 7", "fit must be a string", '[preprocess]\nfit = "crop"'),
    ("[preprocess]\nfields = 7", "fields must contain one table per field", "[preprocess.fields.photo]\nimage-size = 16"),
    ("[preprocess]\nval = 99999999999999999999", "an integer has more than 64 bits", "[preprocess]\nval = 0"),
    ("[preprocess\nval = 0.1", "not TOML", "[preprocess]\nval = 0.1"),
]


@pytest.mark.parametrize(("bad", "error", "good"), CONFIGURATIONS[1:], ids=[error for _, error, _ in CONFIGURATIONS[1:]])
def test_the_fix_of_a_configuration_is_applied_and_the_error_goes(tmp_path: Path, bad: str, error: str, good: str) -> None:
    line = "preprocess raw -o d --config c.toml"
    (tmp_path / "c.toml").write_text(bad)
    refused = run(line, "--dry-run")
    assert (refused.exit_code, error in lines_of(refused)["error"]) == (2, True), refused.stderr
    assert lines_of(refused)["fix"]
    (tmp_path / "c.toml").write_text(good)
    assert run(line, "--dry-run").exit_code == 0


def test_a_budget_of_the_file_can_be_cancelled_on_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[train-gan]\nminutes = 2\n")
    line = "train-gan d -o g --config c.toml --kimg 5"
    assert "--minutes none" in lines_of(run(line, "--dry-run"))["fix"]
    assert run(f"{line} --minutes none", "--dry-run").exit_code == 0


def test_an_environment_variable_that_is_none_of_ours_is_named_with_the_one_that_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMCLI_PREPROCESS_IMAGESIZE", "64")
    said = lines_of(run("preprocess raw -o d", "--dry-run"))
    assert "MMCLI_PREPROCESS_IMAGESIZE" in said["where"]
    assert "image-size" in said["fix"]
    monkeypatch.delenv("MMCLI_PREPROCESS_IMAGESIZE")
    monkeypatch.setenv("MMCLI_PREPROCESS_IMAGE_SIZE", "64")
    assert run("preprocess raw -o d", "--dry-run").exit_code == 0
