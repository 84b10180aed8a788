"""AutoGraph writes files, so graphs are made in one place, which turns it off."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "mmcli"


def test_graphs_are_made_by_one_function() -> None:
    users = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if "tf.function(" in path.read_text(encoding="utf-8")}
    assert users == {"nn/graphs.py"}
