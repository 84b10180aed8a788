"""Dependencies point one way, from the command line down to the core, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src" / "mmcli"
# Room -> the rooms that it may import beside itself, in the order of the layers from below.
ALLOWED: dict[str, set[str]] = {"core": set()}
ALLOWED["artifacts"] = {"core"}
ALLOWED["metrics"] = ALLOWED["nn"] = {"artifacts", "core"}
ALLOWED["training"] = {"nn", "metrics", *ALLOWED["nn"]}
ALLOWED["modalities"] = {"training", *ALLOWED["training"]}
ALLOWED["data"] = {"modalities", *ALLOWED["modalities"]}
ALLOWED["conditioning"] = ALLOWED["reporting"] = ALLOWED["pipeline"] = ALLOWED["data"] | {"data"}
ALLOWED["generators"] = {"conditioning", *ALLOWED["conditioning"]}
ALLOWED["stages"] = set(ALLOWED)
ALLOWED["cli"] = set(ALLOWED)
ALLOWED["__main__"] = {"cli", "core"}
ALLOWED["__init__"] = {"core", "pipeline", "stages"}
# Library -> the rooms that may import it.
KERAS_ROOMS = {"nn", "modalities", "conditioning", "generators", "training", "stages"}
LIBRARIES = {"typer": {"cli"}, "click": set(), "tensorflow": KERAS_ROOMS, "keras": KERAS_ROOMS, "pickle": set(), "h5py": set()}
FILES = sorted(ROOT.rglob("*.py"))
MODULES = {path.relative_to(ROOT.parent).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path for path in FILES}


def nodes_of(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, those that only type checkers read left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from nodes_of(node)


def imports_of(path: Path) -> set[str]:
    """Absolute names of the modules that a file imports, inside functions as well."""
    found = set()
    for node in nodes_of(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_imports_only_what_its_room_may(path: Path) -> None:
    room, imported = room_of(path), imports_of(path)
    ours = {name.split(".")[1] for name in imported if name.startswith("mmcli.")} - {room}
    assert ours <= ALLOWED[room]
    theirs = {name.split(".")[0] for name in imported}
    assert {library for library in theirs if room not in LIBRARIES.get(library, {room})} == set()


def test_no_imports_go_in_a_circle() -> None:
    graph = {name: {other for other in imports_of(path) if other in MODULES} - {name, "mmcli"} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_says_what_it_is(path: Path) -> None:
    if path.name != "__main__.py" or path.read_text():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
