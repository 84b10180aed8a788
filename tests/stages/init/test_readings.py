"""`init` says what of a folder could be read otherwise, as `validate` and `preprocess` do."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from mmcli.cli.app import app


def draw(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (16, 16), (value, 90, 90)).save(path)


@pytest.mark.parametrize("command", ["init", "validate"])
def test_a_class_named_train_is_told(tmp_path: Path, command: str) -> None:
    for k, label in enumerate(("bus", "car", "train")):
        for i in range(4):
            draw(tmp_path / "raw" / label / f"{k}{i}.png", 60 * k + i)
    done = CliRunner().invoke(app, [command, str(tmp_path / "raw"), *(["-o", str(tmp_path / "project")] if command == "init" else [])])
    assert done.exit_code == 0
    assert "warning: train beside bus, car is read as a class, not as a split" in " ".join(done.stderr.split())


def test_fields_that_hardly_pair_are_told(tmp_path: Path) -> None:
    for i in range(20):
        draw(tmp_path / "raw" / f"sunset {i}.png", i)
        (tmp_path / "raw" / f"poem {i}.txt").write_text(f"words {i}")
    done = CliRunner().invoke(app, ["init", str(tmp_path / "raw"), "-o", str(tmp_path / "project")])
    told = " ".join(done.stderr.split())
    assert "hardly anything pairs: 0 of 40 records have two of the fields text, image" in told
    assert "40 incomplete records end in the same number as another" in told
