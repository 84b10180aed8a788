"""What pyproject.toml requires is what the code uses, and what constraints.txt pins."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
REQUIRED = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = {name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()}
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#"))
# Distributions whose module is called otherwise.
MODULES = {"faiss-cpu": "faiss", "pillow": "PIL", "scikit-learn": "sklearn"}
# Functions that import the module whose name they are given.
IMPORTERS = {"part", "import_ahead"}


def modules_of(folder: Path) -> set[str]:
    """Modules that are not of the standard library, by their first name, that the sources in a folder import."""
    found = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(str(node.module))
            elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in IMPORTERS and node.args:
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return {name.split(".")[0] for name in found} - sys.stdlib_module_names - {"mmcli", "_typeshed"}


def module_of(wanted: Requirement) -> str:
    return MODULES.get(wanted.name, wanted.name.replace("-", "_"))


def test_everything_that_is_used_is_required_and_everything_that_is_required_is_used() -> None:
    optional = {module_of(wanted) for name in EXTRAS.keys() - {"dev", "bench"} for wanted in EXTRAS[name]}
    assert modules_of(ROOT / "src") == {module_of(wanted) for wanted in REQUIRED} | optional
    assert {module_of(wanted) for wanted in EXTRAS["bench"]} <= modules_of(ROOT / "benchmarks")


@pytest.mark.parametrize("wanted", [*REQUIRED, *EXTRAS["dev"]], ids=str)
def test_every_requirement_has_a_least_version_and_a_tested_one_that_fits(wanted: Requirement) -> None:
    assert [clause.operator for clause in wanted.specifier] == [">="]
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    assert wanted.specifier.contains(pins[canonicalize_name(wanted.name)])


def test_the_versions_of_python_are_said_alike_everywhere() -> None:
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if line.startswith("Programming Language :: Python :: 3.")]
    allowed = SpecifierSet(PROJECT["requires-python"])
    assert named == [f"3.{minor}" for minor in range(40) if allowed.contains(f"3.{minor}.1")]
    said = f"Python {', '.join(named[:-1])} or {named[-1]}"
    assert all(said in (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "Makefile", ".ci/run"))
