"""Dependencies point one way: cli -> stages -> the rest, and the leaves need nobody."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "mmcli"
LEAVES = {"allocator", "errors", "display", "config", "ui", "outcome", "keypad", "values"}
# Package -> the parts of mmcli that it may import; `stages` is absent everywhere but in cli.
ALLOWED = {
    "allocator": set(),
    "errors": set(),
    "display": set(),
    "keypad": set(),
    "values": {"errors", "display"},
    "config": {"errors", "display", "values"},
    "ui": {"display"},
    "outcome": {"artifacts"},
    "runtime": {"errors", "ui", "display"},
    "artifacts": LEAVES - {"ui", "outcome"},
    "metrics": LEAVES,
    "sources": LEAVES | {"artifacts", "modalities"},
    "importers": LEAVES | {"artifacts", "modalities", "sources"},
    "decoding": LEAVES | {"artifacts", "modalities", "sources"},
    "reporting": LEAVES | {"artifacts", "modalities", "metrics"},
    "modalities": LEAVES | {"artifacts", "models", "metrics"},
    "models": LEAVES | {"artifacts", "modalities"},
    "training": LEAVES | {"artifacts", "modalities", "models", "metrics", "runtime"},
    "stages": LEAVES
    | {"artifacts", "modalities", "models", "metrics", "training", "sources", "importers", "decoding", "reporting", "runtime"},
    "cli": LEAVES | {"artifacts", "stages"},
    "__main__": {"cli"},
    "__init__": set(),
}
# Library -> the parts of mmcli that may import it.
LIBRARIES = {
    "typer": {"cli"},
    "click": set(),
    "tensorflow": {"models", "modalities", "training", "runtime", "stages"},
    "keras": {"models", "modalities", "training", "runtime", "stages"},
    "pickle": set(),
    "h5py": set(),
}
FILES = sorted(ROOT.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Absolute names of the modules that a file imports, inside functions as well."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "mmcli" else {node.module}
    return found


def part_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_package_may(path: Path) -> None:
    part = part_of(path)
    ours = {name.split(".")[1] for name in imports_of(path) if name.startswith("mmcli.")} - {part, "__version__"}
    assert ours <= ALLOWED[part]
    theirs = {name.split(".")[0] for name in imports_of(path)}
    assert {library for library in theirs if part not in LIBRARIES.get(library, {part})} == set()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_says_what_it_is(path: Path) -> None:
    if path.name != "__main__.py" or path.read_text():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
