"""`generate` and `mmcli.load` tell what of a condition is unknown, cut off, or says nothing."""

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

import mmcli
from mmcli.artifacts import store
from mmcli.cli.app import app

pytestmark = pytest.mark.tf


def test_unknown_words_and_a_cut_are_told(gans, tmp_path):
    line = ["generate", str(gans("photo")), "--num", "2"]
    unknown = CliRunner().invoke(app, [*line, "--text", "zzzz qqqq xxxx", "-o", str(tmp_path / "a"), "-q"])
    assert unknown.exit_code == 0
    said = 'warning: caption "zzzz qqqq xxxx": says nothing: unknown, not in the vocabulary of the train texts: zzzz, qqqq, xxxx'
    assert said in unknown.stderr.splitlines()
    long = CliRunner().invoke(app, [*line, "--text", " ".join(map(str, range(1, 100))), "-o", str(tmp_path / "b"), "-q"])
    assert "of 99 tokens are cut off" in long.stderr
    ledger = store.open_artifact(tmp_path / "b").manifest.summary["ledger"]
    assert [(entry["what"], entry["count"], entry["of"]) for entry in ledger] == [("caption", 1, 1), ("caption", 1, 1)]


def test_a_usual_condition_gives_no_warning(gans, tmp_path):
    assert mmcli.generate(gans("photo"), out=tmp_path / "a", text=["press the two"], num=2).warnings == ()


def test_a_loaded_generator_tells_too(gans, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(4000), 8000)
    generator = mmcli.load(gans("photo"))
    made = generator.generate(text="zzzz", audio=tmp_path / "silence.wav")
    assert [text.partition(":")[0] for text in made.warnings] == ['caption "zzzz"', 'sound "silence.wav"']
    assert made.warnings[1].endswith("it is silent")
    assert generator.generate().warnings == ()
