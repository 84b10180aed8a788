"""The sources of the program, parsed once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "mmcli"


@pytest.fixture(scope="session")
def trees() -> dict[str, ast.Module]:
    """Syntax trees of all modules by their path in the package, in order."""
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sorted(ROOT.rglob("*.py"))}
