"""The notebook of the examples runs from top to bottom, and what it promises of a loaded generator holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mmcli
from mmcli.core.errors import InputError, UsageError

NOTEBOOK = Path(__file__).parents[2] / "examples" / "python" / "mmcli.ipynb"
pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """What the cells define, run in their order."""
    found: dict[str, Any] = {}
    for number, cell in enumerate(json.loads(NOTEBOOK.read_text())["cells"]):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"cell {number}", "exec"), found)
    return found


def test_every_cell_runs(names: dict[str, Any]) -> None:
    assert [image.size for image in names["sevens"]] == [(16, 16)] * 4
    assert (names["gan"].target, names["gan"].given, names["gan"].modality) == ("photo", ("label",), "image")


def test_the_command_makes_the_same_items(names: dict[str, Any], tmp_path: Path) -> None:
    made = mmcli.generate(names["gan"].path, out=tmp_path / "samples", label="7", num=4)
    from PIL import Image

    files = sorted(made.path.rglob("*.png"))
    files = [path for path in files if path.name != "sheet.png"]
    assert [Image.open(path).tobytes() for path in files] == [image.tobytes() for image in names["sevens"]]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"lable": "7"}, "no given field or option lable"),
        ({"text": "seven"}, "no given field or option text"),
        ({"label": 7}, "label must be a text"),
        ({"num": 0}, "out of range"),
        ({"seeds": "x"}, "seeds"),
        ({"temperature": 2.0}, "temperature"),
    ],
)
def test_bad_input_is_refused(names: dict[str, Any], options: dict[str, Any], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        names["gan"].generate(**options)


def test_what_cannot_be_loaded_or_read(names: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such class"):
        names["gan"].generate(label="eleven")
    with pytest.raises(UsageError, match="not a path"):
        mmcli.load(5)
    with pytest.raises(mmcli.MmcliError):
        mmcli.load(tmp_path / "none")
