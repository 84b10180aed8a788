"""Every command and option is explained, and what the documents tell to type can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from mmcli.cli.app import app
from mmcli.cli.reference import markdown
from mmcli.stages.registry import PLACES

ROOT = Path(__file__).parents[2]
COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
PAGES = ("options", "one-field", "layouts", "watching", "tables")
DOCUMENTS = [ROOT / "README.md", *(ROOT / f"docs/{name}.md" for name in PAGES), *sorted(ROOT.glob("examples/*/README.md"))]


def examples_of(command: Any) -> list[str]:
    return [line.strip() for line in command.help.partition("Examples:\n")[2].splitlines()]


def typed_in(document: Path) -> list[str]:
    """Command lines of mmcli in the shell blocks and code spans of a document."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()] + re.findall(r"`(mmcli [a-z-]+ [^`]+)`", text)
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("mmcli ")]


def all_lines() -> list[str]:
    lines = [line for document in DOCUMENTS for line in typed_in(document)]
    return sorted({line for line in lines if not re.search(r"[A-Z]{4}|COMMAND|\.\.\.", line)})


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help_and_every_command_two_examples(name: str) -> None:
    command = COMMANDS[name]
    assert all(parameter.help for parameter in command.params if parameter.name != "help")
    assert len(examples_of(command)) == 2
    assert all(line.startswith(f"mmcli {name}") for line in examples_of(command))


def test_the_options_page_is_up_to_date() -> None:
    assert (ROOT / "docs/options.md").read_text(encoding="utf-8") == markdown(), "run: make docs"


def test_every_option_is_on_the_options_page() -> None:
    page = markdown()
    for name, command in COMMANDS.items():
        assert f"\n## {name}\n" in page
        for parameter in command.params:
            if parameter.param_type_name == "option" and parameter.name != "help":
                assert parameter.opts[-1] in page


def test_the_readme_shows_every_command() -> None:
    shown = {shlex.split(line)[1] for line in typed_in(ROOT / "README.md")}
    assert set(PLACES) <= shown


@pytest.mark.parametrize("line", all_lines())
def test_a_documented_command_line_is_understood(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line)[1:]
    is_stage = any("--dry-run" in parameter.opts for parameter in COMMANDS[words[0]].params)
    result = CliRunner().invoke(app, [*words, "--dry-run" if is_stage else "--help"])
    assert result.exit_code == 0, result.output


def test_the_targets_of_make_are_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)
    assert phony
    assert all(re.search(rf"^{target}:.*## \w", text, re.MULTILINE) for target in phony[1].split())
