"""Every option, command and package that a message names exists, in the command that says it."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from packaging.requirements import Requirement

from mmcli.cli.app import app

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "mmcli"
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
ERRORS = {"UsageError", "InputError", "EnvironmentUnfitError", "IntegrityError", "SafetyError", "BelowBarError", "Reject"}
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]*)")
COMMAND = re.compile(r"\bmmcli ([a-z][a-z-]+)\b(?! is)")
OF_OTHERS = {"force-reinstall", "logdir"}  # options of pip and of TensorBoard
PROSE = {"that", "in", "stage", "artifact", "wrote"}  # words that follow the program's name in sentences
# Packages whose errors only the commands that read raw folders can give; `init` and `info` take the layout as it is.
RAW_READERS = {"data/layouts": {"preprocess", "validate"}}


def options_of(command: str) -> set[str]:
    return {name.lstrip("-") for parameter in COMMANDS[command].params for name in (*parameter.opts, *parameter.secondary_opts)}


ALL_OPTIONS = {"version", "help"}.union(*map(options_of, COMMANDS))


def words_in(node: ast.expr, names: dict[str, str]) -> str:
    """The text of a string expression; values that are only known at run time are left out."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "quoted":
        return " ".join(words_in(argument, names) for argument in node.args)
    return " ".join(words_in(child, names) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))


def messages_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every error that a file raises, with the texts of the names that it uses."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names[target.id] = f"{names.get(target.id, '')} {words_in(node.value, {})}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            yield node.lineno, " | ".join(words_in(argument, names) for argument in node.args)


@pytest.fixture(scope="module")
def messages() -> list[tuple[str, int, str]]:
    """File, line and text of every error that the program raises."""
    return [(path.relative_to(SOURCE).as_posix(), line, text) for path in sorted(SOURCE.rglob("*.py")) for line, text in messages_of(path)]


def speakers(name: str, text: str) -> list[str]:
    """Commands that must have the options which a message names; none if any command will do."""
    named = [word for word in COMMANDS if re.search(rf"(?:mmcli|rerun|run|passes? through|and) {word}\b", text)]
    parts = name.split("/")
    own = [parts[1].replace("_", "-")] if parts[0] == "stages" and len(parts) > 2 else []
    own = ["import" if word == "import-data" else word for word in own]
    readers = [word for place, words in RAW_READERS.items() if name.startswith(place) for word in sorted(words)]
    return [*named, *(word for word in own if word in COMMANDS), *readers]


def unknown_in(name: str, text: str) -> set[str]:
    """Commands and options that a message names and that do not exist, or not in the command that says it."""
    fix = text.rpartition("|")[2]
    unknown = set(COMMAND.findall(fix)) - PROSE - set(COMMANDS)
    unknown |= set(OPTION.findall(text)) - OF_OTHERS - ALL_OPTIONS
    spoken = speakers(name, fix)
    return unknown | (set(OPTION.findall(fix)) - OF_OTHERS - set().union(*map(options_of, spoken)) if spoken else set())


def test_what_a_message_names_exists(messages: list[tuple[str, int, str]]) -> None:
    naming = [message for message in messages if OPTION.search(message[2]) or COMMAND.search(message[2])]
    assert len(naming) > 100
    assert {f"{name}:{line}": unknown for name, line, text in naming if (unknown := unknown_in(name, text))} == {}


def test_every_option_in_any_text_of_the_source_exists() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        if path.is_relative_to(SOURCE / "cli"):  # also parses the options of libraries
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {(path.name, option) for option in OPTION.findall(node.value)}
    assert {pair for pair in found if pair[1] not in ALL_OPTIONS | OF_OTHERS} == set()


def test_packages_that_messages_tell_to_install_are_those_of_the_project(messages: list[tuple[str, int, str]]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    known = {Requirement(line).name for line in lines}
    named = {name for _, _, text in messages for name in re.findall(r"pip install (?:--[\w-]+ )*'?([a-z0-9-]+)", text)}
    assert {"jieba", "py3langid", "faiss-cpu"} <= named <= known


def test_no_message_of_validate_sends_to_validate(messages: list[tuple[str, int, str]]) -> None:
    circles = [(name, line) for name, line, text in messages if "mmcli validate" in text and name.startswith(("stages/validate",))]
    assert circles == []
