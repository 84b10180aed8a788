"""Turn a stage into a command: its inputs, ``-o``, a flag per option and the common options."""

from __future__ import annotations

import gc
import inspect
import os
import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from mmcli.cli.configuration import load_table
from mmcli.cli.output import print_answer, print_outcome, print_plan
from mmcli.core.errors import UsageError
from mmcli.core.options import as_dict, options_of, owner_of
from mmcli.core.ui import Ui
from mmcli.core.values import flag_of, resolve, type_of
from mmcli.pipeline.driver import execute
from mmcli.pipeline.outcome import Answer
from mmcli.pipeline.stage import Call, Input, Stage

_METAVARS = {int: "INT", float: "NUM", str: "TEXT"}
# Taken by every stage that writes an artifact, in addition to its own options.
SHARED_OPTIONS = ("--out", "--seed", "--config", "--force", "--dry-run", "--json", "--quiet", "--verbose")
COMMON_PANEL, INPUT_PANEL = "Common options", "Input and output"


def register(app: typer.Typer, stage: Stage, cls: type[TyperCommand]) -> None:
    """Add a stage's command, of class `cls`, to the program."""

    def command(**values: Any) -> None:
        gc.freeze()  # all that the program is made of
        gc.enable()
        _run(stage, values)

    parameters = [*_input_parameters(stage), *_out_parameter(stage), *_option_parameters(stage), *_common_parameters(stage)]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    command.__name__ = stage.function
    app.command(stage.name, cls=cls, help=help_text(stage.help, stage.examples), short_help=short_help(stage.help))(command)


def short_help(text: str) -> str:
    """What a command does, in one clause, for the list of commands."""
    return re.split("[:;.]", text, maxsplit=1)[0]


def help_text(text: str, examples: tuple[str, ...]) -> str:
    """Help of a command: what it does, then its examples, kept line by line."""
    return f"{text}\n\n\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)


def _run(stage: Stage, values: Mapping[str, Any]) -> None:
    call = _resolve(stage, values)
    if values.get("dry_run"):
        given = {name: str(path) for name, path in call.inputs.items() if path}
        plan = {"stage": stage.name, "inputs": given, "out": str(call.out), "config": as_dict(call.config)}
        print_plan(plan, as_json=values["json"])
        return
    ui = Ui(quiet=values["quiet"], verbose=values["verbose"])
    result = execute(stage, call, ui, force=values.get("force", False))
    if isinstance(result, Answer):
        if result.next:
            ui.info(f"next: {result.next}")
        print_answer(result, as_json=values["json"])
        if result.problem:
            raise result.problem
        return
    if result.status == "up to date":
        ui.info(f"{result.path} is up to date")
    elif result.next:
        ui.info(f"next: {result.next}")
    print_outcome(result, as_json=values["json"])


def _resolve(stage: Stage, values: Mapping[str, Any]) -> Call:
    """The configuration and the inputs of a call."""
    name = stage.table or stage.name
    table, where = load_table(values["config"], name)
    cls = stage.config
    shown = _shown(stage, cls)
    flags = {key: list(value) if isinstance(value, tuple) else value for key in shown for value in [values[f"opt_{key}"]]}
    config = resolve(cls, name, {key: _joined(cls, key, value) for key, value in flags.items()}, os.environ, table, where)
    inputs = {spec.name: _path(values[f"in_{i}"], spec.flag or spec.name) for i, spec in enumerate(stage.inputs)}
    return Call(inputs, _path(values.get("out"), "-o"), config)


def _shown(stage: Stage, cls: type[Any]) -> list[str]:
    """Names of options that have a flag; `cls` is the class of the stage's configuration."""
    return [f.name for f in options_of(cls) if not stage.flags or f.name in stage.flags]


def _path(text: str | None, where: str) -> Path | None:
    """`None` if an optional folder was not given; an empty string usually comes from an unset shell variable."""
    if text == "":
        raise UsageError("the path is empty", where, "give a folder")
    return Path(text) if text else None


def _joined(cls: type[Any], name: str, value: Any) -> Any:
    """A repeatable option gives a list; an empty one means that the flag was not given."""
    if not isinstance(value, list):
        return value
    if not value:
        return None
    metavar = cls.__dataclass_fields__[name].metadata["metavar"]
    return ",".join(value) if metavar.endswith("...") else value


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _input_parameters(stage: Stage) -> list[inspect.Parameter]:
    return [_input_parameter(f"in_{i}", spec) for i, spec in enumerate(stage.inputs)]


def _input_parameter(name: str, spec: Input) -> inspect.Parameter:
    if spec.flag:
        info = typer.Option(spec.flag, help=spec.help, metavar="FOLDER", rich_help_panel=INPUT_PANEL)
        return _parameter(name, Annotated[str | None, info], None)
    if spec.optional:
        return _parameter(name, Annotated[str | None, typer.Argument(help=spec.help, metavar=spec.name, show_default=False)], None)
    return _parameter(name, Annotated[str, typer.Argument(help=spec.help, metavar=spec.name, show_default=False)])


def _out_parameter(stage: Stage) -> list[inspect.Parameter]:
    if not stage.writes:
        return []
    if stage.writes == "folder":
        info = typer.Option("-o", "--out", help="Folder to write  [default: DIR-mmcli]", metavar="FOLDER", rich_help_panel=INPUT_PANEL)
        return [_parameter("out", Annotated[str | None, info], None)]
    info = typer.Option("-o", "--out", help="Folder to write.", metavar="FOLDER", rich_help_panel=INPUT_PANEL)
    return [_parameter("out", Annotated[str, info])]


def _option_parameters(stage: Stage) -> list[inspect.Parameter]:
    cls = stage.config
    shown = _shown(stage, cls)
    return [_option_parameter(cls, spec) for spec in options_of(cls) if spec.name in shown]


def _option_parameter(cls: type[Any], spec: Any) -> inspect.Parameter:
    """Declare a flag. Values stay strings here: `values.parse` checks them, so that flags, variables and files obey the same rules."""
    kind, optional = type_of(cls, spec.name)
    flag, meta = flag_of(spec.name), spec.metadata
    text = str(meta["help"]) + _default_words(meta["absent"] if spec.default is None else spec.default)
    panel = COMMON_PANEL if spec.name == "seed" else owner_of(cls, spec.name).panel or None
    if kind is bool:
        info = typer.Option(f"{flag}/--no-{flag[2:]}", help=text, show_default=False, rich_help_panel=panel)
        return _parameter(f"opt_{spec.name}", Annotated[bool | None, info], None)
    many, count = typing.get_origin(kind) is tuple, meta["values"]
    metavar = meta["metavar"] or "|".join(meta["choices"]) or _METAVARS.get(kind, "TEXT")
    metavar += f"|{meta['absent']}" if optional and kind in (int, float) else ""
    annotation: Any = tuple[(str,) * count] | None if count > 1 else list[str] if many else str | None  # type: ignore[misc]
    info = typer.Option(flag, help=text, metavar=metavar, show_default=False, rich_help_panel=panel)
    return _parameter(f"opt_{spec.name}", Annotated[annotation, info], [] if many and count == 1 else None)


def _default_words(default: Any) -> str:
    if default in ("", ()):
        return ""
    default = ",".join(map(str, default)) if isinstance(default, tuple) else default
    shown = "yes" if default is True else "no" if default is False else f"{default:,}" if isinstance(default, int) else default
    return f"  [default: {shown}]"


def _common_parameters(stage: Stage) -> list[inspect.Parameter]:
    def flag(names: tuple[str, ...], text: str) -> Any:
        return Annotated[bool, typer.Option(*names, help=text, rich_help_panel=COMMON_PANEL)]

    file = typer.Option("--config", help="TOML configuration file with a table per command.", metavar="FILE", rich_help_panel=COMMON_PANEL)
    found = [_parameter("config", Annotated[str | None, file], None)]
    if stage.kind:
        found.append(_parameter("force", flag(("--force",), "Rebuild even if up to date."), False))
        found.append(_parameter("dry_run", flag(("--dry-run",), "Print the resolved options and exit."), False))
    found.append(_parameter("json", flag(("--json",), "Print the result as a single JSON object."), False))
    found.append(_parameter("quiet", flag(("-q", "--quiet"), "Print only the result, warnings and errors."), False))
    found.append(_parameter("verbose", flag(("-v", "--verbose"), "Print details."), False))
    return found
