"""Build a stage's command from its configuration dataclass.

`stage_command` gives a command its inputs, ``-o``, one option per dataclass field and the options
that all stages share; it resolves the configuration and prints the result. So an option is
declared once, in `config.py`.
"""

from __future__ import annotations

import inspect
import os
import re
import tomllib
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from mmcli.artifacts import paths
from mmcli.cli.names import COMMANDS
from mmcli.cli.output import print_json, print_line, print_result
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, as_dict, options_of
from mmcli.core.outcome import Outcome
from mmcli.core.ui import Ui
from mmcli.core.values import flag_of, resolve, type_of
from mmcli.stages.configs import config_of

_METAVARS = {int: "INT", float: "NUM", str: "TEXT"}
MAX_CONFIG_BYTES = 2**20
# What every stage takes beside its own options.
SHARED_OPTIONS = ("--out", "--seed", "--config", "--force", "--dry-run", "--json", "--quiet", "--verbose")


@dataclass(frozen=True)
class Input:
    """A folder that a command reads.

    `flag` makes it an option instead of an argument; it is then not required. `around_output`
    allows the output to lie inside it, for commands that read artifacts and not the whole folder.
    `word` makes it a plain word that names no path, `optional` an argument that may be left out.
    """

    name: str
    help: str
    flag: str = ""
    around_output: bool = False
    word: bool = False
    optional: bool = False


@dataclass(frozen=True)
class Call:
    """Everything that a stage function is given."""

    inputs: dict[str, Path | None]
    out: Path
    config: Any
    ui: Ui
    force: bool

    def folder(self, name: str) -> Path:
        """An input that is an argument, hence given."""
        path = self.inputs[name]
        if path is None:
            raise KeyError(name)
        return path


def stage_command(
    app: typer.Typer,
    name: str,
    *,
    inputs: tuple[Input, ...],
    help: str,  # noqa: A002 - typer's word
    examples: tuple[str, ...],
) -> Callable[[Callable[[Call], Outcome]], Callable[[Call], Outcome]]:
    """Register a stage under `name`; the decorated function makes the one stage call."""

    def register(stage: Callable[[Call], Outcome]) -> Callable[[Call], Outcome]:
        config_class = config_of(name)

        def command(**values: Any) -> None:
            _run(stage, name, config_class, inputs, values)

        parameters = [*_input_parameters(inputs), _out_parameter(), *_option_parameters(config_class), *_common_parameters()]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        command.__name__ = name.replace("-", "_")
        app.command(name, help=help_text(help, examples), short_help=short_help(help))(command)
        return stage

    return register


def query_command(
    app: typer.Typer,
    name: str,
    *,
    inputs: tuple[Input, ...],
    help: str,  # noqa: A002 - typer's word
    examples: tuple[str, ...],
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a command that prints its result and writes no artifact; it is also told `as_json`."""

    def register(query: Callable[..., None]) -> Callable[..., None]:
        config_class = config_of(name)

        def command(**values: Any) -> None:
            config, given = _resolve(name, config_class, inputs, values)
            ui = Ui(quiet=values["quiet"], verbose=values["verbose"])
            query(Call(given, Path(), config, ui, force=False), as_json=values["json"])

        common = [p for p in _common_parameters() if p.name not in ("force", "dry_run")]
        parameters = [*_input_parameters(inputs), *_option_parameters(config_class), *common]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # read by typer
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        command.__name__ = name
        app.command(name, help=help_text(help, examples), short_help=short_help(help))(command)
        return query

    return register


def short_help(text: str) -> str:
    """What a command does, in one clause for the list of commands."""
    return re.split("[:;.]", text, maxsplit=1)[0]


def help_text(text: str, examples: tuple[str, ...]) -> str:
    """Help of a command: what it does, then its examples, kept line by line."""
    return f"{text}\n\n\b\nExamples:\n" + "\n".join(f"  {line}" for line in examples)


def _run(
    stage: Callable[[Call], Outcome], name: str, config_class: type[StageConfig], inputs: tuple[Input, ...], values: dict[str, Any]
) -> None:
    config, given = _resolve(name, config_class, inputs, values)
    out = _path(values["out"], "-o") or Path()
    for spec in inputs:
        source = given[spec.name]
        if source and not spec.word:
            paths.check_nesting(out, source, spec.name, inside=spec.around_output)
    if values["dry_run"]:
        plan = {
            "stage": name,
            "inputs": {k: str(v) for k, v in given.items() if v},
            "out": str(out),
            "config": as_dict(config),
        }
        _print_plan(plan, as_json=values["json"])
        return
    ui = Ui(quiet=values["quiet"], verbose=values["verbose"])
    outcome = stage(Call(given, out, config, ui, values["force"]))
    if outcome.status == "up to date":
        ui.info(f"{outcome.path} is up to date")
    elif outcome.next:
        ui.info(f"next: {outcome.next}")
    print_result(outcome.path, {"status": outcome.status, **outcome.body}, as_json=values["json"])


def _resolve(
    name: str, config_class: type[StageConfig], inputs: tuple[Input, ...], values: dict[str, Any]
) -> tuple[StageConfig, dict[str, Path | None]]:
    """The configuration and the inputs of a call."""
    table, where = load_table(values["config"], name)
    flags = {f.name: values[f"opt_{f.name}"] for f in options_of(config_class)}
    flags = {key: list(value) if isinstance(value, tuple) else value for key, value in flags.items()}
    flags = {key: _join_names(config_class, key, value) for key, value in flags.items()}
    config = resolve(config_class, name, flags, os.environ, table, where)
    return config, {spec.name: _path(values[f"in_{i}"], spec.flag or spec.name) for i, spec in enumerate(inputs)}


def _path(text: str | None, where: str) -> Path | None:
    """`None` where an optional folder was not given; an empty text is a shell variable that was not set."""
    if text == "":
        raise UsageError("the path is empty", where, "give a folder")
    return Path(text) if text else None


def _join_names(config_class: type[StageConfig], name: str, value: Any) -> Any:
    """A repeatable option gives a list; no occurrence at all means that the flag was not given."""
    if not isinstance(value, list):
        return value
    if not value:
        return None
    metavar = next(f for f in options_of(config_class) if f.name == name).metadata["metavar"]
    return ",".join(value) if metavar.endswith("...") else value


def load_table(path: str | None, stage: str) -> tuple[Mapping[str, Any], str]:
    """Read a stage's table of a TOML configuration; top-level keys (such as `seed`) hold for all.

    Raises:
        UsageError: The file is missing, too large, or not TOML.
    """
    if not path:
        return {}, ""
    file = Path(path)
    where = visible(file)
    try:
        if file.stat().st_size > MAX_CONFIG_BYTES:
            raise UsageError("the configuration file is larger than 1 MiB", where, "give a TOML file of options")
        body = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"the configuration file cannot be read: {error.strerror}", where, "check the path after --config") from None
    except UnicodeDecodeError:
        raise UsageError("the configuration file is not UTF-8 text", where, "save it as UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"the configuration file is not TOML: {error}", where, "mend that line") from None
    known = {"seed"}
    unknown = [key for key, value in body.items() if not isinstance(value, dict) and key not in known]
    if unknown:
        raise UsageError(f"unknown key {visible(unknown[0])}", f"{where}, top level", f"put it into a table such as [{stage}]")
    for key in body:
        if isinstance(body[key], dict) and key not in COMMANDS:
            raise UsageError(f"unknown table [{visible(key)}]", where, f"tables are named after commands: {', '.join(COMMANDS)}")
    common = {key: body[key] for key in known if key in body}
    return {**common, **body.get(stage, {})}, f"{where}, table [{stage}]"


def _print_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(plan)
        return
    print_line(f"{plan['stage']}: {', '.join(plan['inputs'].values())} -> {plan['out']} (dry run, nothing is written)")
    for key, value in plan["config"].items():
        print_line(f"  {key} = {value!r}")


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _input_parameters(inputs: tuple[Input, ...]) -> list[inspect.Parameter]:
    found = []
    for i, spec in enumerate(inputs):
        if spec.flag:
            found.append(_parameter(f"in_{i}", Annotated[str | None, typer.Option(spec.flag, help=spec.help, metavar="FOLDER")], None))
        elif spec.optional:
            argument = typer.Argument(help=spec.help, metavar=f"[{spec.name}]", show_default=False)
            found.append(_parameter(f"in_{i}", Annotated[str | None, argument], None))
        else:
            found.append(_parameter(f"in_{i}", Annotated[str, typer.Argument(help=spec.help, metavar=spec.name, show_default=False)]))
    return found


def _out_parameter() -> inspect.Parameter:
    return _parameter("out", Annotated[str, typer.Option("-o", "--out", help="Folder to write; made anew or rebuilt.", metavar="FOLDER")])


def _option_parameters(config_class: type[StageConfig]) -> list[inspect.Parameter]:
    found = []
    for spec in options_of(config_class):
        kind, optional = type_of(config_class, spec.name)
        flag = flag_of(spec.name)
        text = str(spec.metadata["help"]) + _default_words(spec.metadata["absent"] if spec.default is None else spec.default)
        if kind is bool:
            found.append(
                _parameter(
                    f"opt_{spec.name}", Annotated[bool | None, typer.Option(f"{flag}/--no-{flag[2:]}", help=text, show_default=False)], None
                )
            )
            continue
        many = typing.get_origin(kind) is tuple
        metavar = spec.metadata["metavar"] or ("|".join(spec.metadata["choices"]) or _METAVARS.get(kind, "TEXT"))
        metavar += f"|{spec.metadata['absent']}" if optional and kind in (int, float) else ""
        # Values are parsed by `values.parse`, so that a flag, a variable and a file are judged alike.
        count = spec.metadata["values"]
        annotation: Any = tuple[(str,) * count] | None if count > 1 else list[str] if many else str | None  # type: ignore[misc]
        info = typer.Option(flag, help=text, metavar=metavar, show_default=False)
        found.append(_parameter(f"opt_{spec.name}", Annotated[annotation, info], [] if many and count == 1 else None))
    return found


def _default_words(default: Any) -> str:
    if default in ("", ()):
        return ""
    shown = "yes" if default is True else "no" if default is False else f"{default:,}" if isinstance(default, int) else default
    return f"  [default: {shown}]"


def _common_parameters() -> list[inspect.Parameter]:
    return [
        _parameter(
            "config", Annotated[str | None, typer.Option("--config", help="TOML file with a table per command.", metavar="FILE")], None
        ),
        _parameter("force", Annotated[bool, typer.Option("--force", help="Do it again even if up to date.")], False),
        _parameter("dry_run", Annotated[bool, typer.Option("--dry-run", help="Print the resolved options and leave.")], False),
        _parameter("json", Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")], False),
        _parameter("quiet", Annotated[bool, typer.Option("-q", "--quiet", help="Print only the result, warnings and errors.")], False),
        _parameter("verbose", Annotated[bool, typer.Option("-v", "--verbose", help="Print details.")], False),
    ]
