"""Write the reference of all commands as Markdown: ``python -m mmcli.cli.reference > docs/options.md``."""

from __future__ import annotations

import re
from typing import Any

import typer

from mmcli.cli.app import app
from mmcli.cli.options import SHARED_OPTIONS

_HEAD = """# Commands and options

Every option of a stage is also a key of its table in the configuration file (`--config`), and an
environment variable: `--image-size` of `preprocess` is `image-size` in `[preprocess]` and
`MMCLI_PREPROCESS_IMAGE_SIZE`. A flag goes before the environment, that before the file, that before
the default. This page is written by `make docs`.
"""


def markdown() -> str:
    """The whole page."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group has commands
    shared = _table([option for option in commands["demo-data"].params if _flag(option) in SHARED_OPTIONS])
    parts = [_HEAD, "## Options of every stage", "", shared, ""]
    for name, command in commands.items():
        parts += _section(name, command)
    return "\n".join(parts).rstrip() + "\n"


def _section(name: str, command: Any) -> list[str]:
    text, _, examples = command.help.partition("\b\nExamples:\n")
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    is_stage = any(_flag(p) == "--dry-run" for p in command.params)
    options = [p for p in command.params if p.param_type_name == "option" and not (is_stage and _flag(p) in SHARED_OPTIONS)]
    usage = " ".join(["mmcli", name, *(p.metavar for p in arguments), "-o FOLDER" if is_stage else ""]).rstrip()
    lines = [f"## {name}", "", text.strip(), "", "```sh", *(line.strip() for line in examples.splitlines()), "```", "", f"`{usage}`", ""]
    lines += [f"- `{p.metavar}`: {p.help}" for p in arguments] + ([""] if arguments else [])
    return [*lines, _table(options), ""] if options else lines


def _table(options: list[Any]) -> str:
    rows = ["| option | what | default |", "|---|---|---|"]
    for option in options:
        what, _, default = (option.help or "").partition("  [default: ")
        names = ", ".join([*option.opts, *option.secondary_opts])
        value = "" if option.is_flag else f" {option.metavar or 'TEXT'}"
        rows.append(f"| {_code(names + value)} | {_cell(what)} | {_cell(default.rstrip(']'))} |")
    return "\n".join(rows)


def _flag(option: Any) -> str:
    return str(option.opts[-1])


def _code(text: str) -> str:
    return "`" + _cell(text) + "`"


def _cell(text: str) -> str:
    return re.sub(r"\|", r"\\|", text)


if __name__ == "__main__":
    print(markdown(), end="")
