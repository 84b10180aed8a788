"""Dependencies point one way, from the command line down to the core, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

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
Trees = dict[str, ast.Module]


def module_of(name: str) -> str:
    """The dotted name of a file of the package."""
    return f"mmcli.{name.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")


def nodes_of(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, those that only type checkers read left out."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        yield node
        yield from nodes_of(node)


def imports_of(tree: ast.Module, modules: set[str]) -> set[str]:
    """Absolute names of the modules that a module imports, inside functions as well; `modules` are ours."""
    found = set()
    for node in nodes_of(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"relative import of {node.module}"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in modules else node.module for name in names}
    return found


@pytest.fixture(scope="session")
def imports(trees: Trees) -> dict[str, set[str]]:
    """What each file imports."""
    modules = {module_of(name) for name in trees}
    return {name: imports_of(tree, modules) for name, tree in trees.items()}


def test_a_file_imports_only_what_its_room_may(imports: dict[str, set[str]]) -> None:
    wrong = {}
    for name, imported in imports.items():
        room = name.split("/")[0].removesuffix(".py")
        ours = {other.split(".")[1] for other in imported if other.startswith("mmcli.")} - {room}
        theirs = {other.split(".")[0] for other in imported}
        wrong[name] = (ours - ALLOWED[room]) | {library for library in theirs if room not in LIBRARIES.get(library, {room})}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_imports_go_in_a_circle(imports: dict[str, set[str]]) -> None:
    modules = {module_of(name): found for name, found in imports.items()}
    graph = {name: {other for other in found if other in modules} - {name, "mmcli"} for name, found in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_a_file_says_what_it_is(trees: Trees) -> None:
    silent = {name for name, tree in trees.items() if not ast.get_docstring(tree)}
    assert {name for name in silent if trees[name].body or not name.endswith("__main__.py")} == set()
