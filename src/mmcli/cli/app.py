"""The `mmcli` program: its commands in pipeline order, and its error handling."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

import mmcli
from mmcli.cli import streams
from mmcli.cli.failures import CLICK_USAGE_ERROR, as_mmcli_error
from mmcli.cli.options import COMMON_PANEL, register
from mmcli.cli.output import print_error, print_line
from mmcli.core import interruption
from mmcli.core.errors import MmcliError, UsageError
from mmcli.stages.registry import PLACES, stage_of

_PLAIN: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False, "rich_markup_mode": None}


def _verbatim(parameters: list[Any]) -> list[Any]:
    """Let parameters take values as they come: all are strings and flags, which `values.parse` checks.

    Typer would load pydantic and build a validator for each parameter, which takes longer than Python's own start.
    """
    for parameter in parameters:
        if "process_value" not in vars(parameter):
            parameter.process_value = partial(_as_it_comes, parameter, parameter.process_value)
    return parameters


def _as_it_comes(parameter: Any, process_value: Any, ctx: Any, value: Any) -> Any:
    if (parameter.required and value is None) or (parameter.callback and value):
        return process_value(ctx, value)  # which raises the error, or calls back
    return list(value or ()) if parameter.multiple else value


class _Command(TyperCommand):
    """Shows options in panels named after their owners."""

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, whose values are taken as they come."""
        return _verbatim(super().get_params(ctx))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Arguments as plain words, optional ones in brackets."""
        arguments = [p for p in self.get_params(ctx) if p.param_type_name == "argument"]
        return ["[OPTIONS]", *(str(p.metavar) if p.required else f"[{p.metavar}]" for p in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, own options, those of modalities and families, and those of every command."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = _record(parameter, ctx)
            if record is not None:
                sections.setdefault(_title(parameter), []).append(record)
        for title, rows in sections.items():
            with formatter.section(title):
                formatter.write_dl(rows)


def _record(parameter: Any, ctx: Any) -> tuple[str, str] | None:
    """Name and help of a parameter."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar), f"{parameter.help}{'  [required]' if parameter.required else ''}"
    found: tuple[str, str] | None = parameter.get_help_record(ctx)
    return found


def _title(parameter: Any) -> str:
    """Panel in which the help shows a parameter."""
    if parameter.param_type_name == "argument":
        return "Arguments"
    panel = parameter.rich_help_panel if isinstance(parameter, TyperOption) and parameter.name != "help" else COMMON_PANEL
    return str(panel or "Options")


class _Commands(Mapping[str, Any]):
    """Commands by name, each created on first use: creating all of them takes longer than starting Python."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in PLACES:
            raise KeyError(name)
        if name not in self._made:
            alone = typer.Typer(**_PLAIN)
            register(alone, stage_of(name), _Command)
            self._made[name] = typer.main.get_command(alone)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


class _Group(TyperGroup):
    """Creates commands on demand, and turns every failure into a three-line error and an exit code."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands()  # type: ignore[assignment]  # never added to

    def get_params(self, ctx: Any) -> list[Any]:
        """All parameters, whose values are taken as they come."""
        return _verbatim(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, without creating any."""
        return list(self.commands)

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; exit with its exit code unless `standalone_mode` is off."""
        standalone = kwargs.get("standalone_mode", True)
        kwargs["standalone_mode"] = False
        try:
            result = super().main(*args, **kwargs)
            code = result if isinstance(result, int) else 0
        except CLICK_USAGE_ERROR as error:
            code = _print_usage_error(error)
        except Exception as error:  # noqa: BLE001 - before a command was found
            code = print_error(as_mmcli_error(error))
        if standalone:
            sys.exit(code)
        return code

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command named by the arguments."""
        found = super().resolve_command(ctx, args)
        interruption.running(f"mmcli {found[0]}")
        return found

    def invoke(self, ctx: Any) -> Any:
        """Run the command named by the arguments."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, CLICK_USAGE_ERROR, MmcliError):
            raise
        except (Exception, KeyboardInterrupt) as error:  # the last line of defence: a bug is reported, never a traceback
            raise as_mmcli_error(error, f"mmcli {ctx.invoked_subcommand or ''}".strip()) from error


def _print_usage_error(error: Any) -> int:
    if type(error).__name__ != "NoArgsIsHelpError":
        return print_error(as_mmcli_error(error))
    error.show()
    return UsageError.exit_code


def _print_version(wanted: bool) -> None:
    if wanted:
        print_line(f"mmcli {mmcli.__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_Group,
    name="mmcli",
    help="Turn a folder of paired text, images and sounds into a generator that makes any of them from any of the others.",
    no_args_is_help=True,
    **{**_PLAIN, "add_completion": True},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True, callback=_print_version),
) -> None:
    pass


def main() -> None:
    """Run the program."""
    try:
        streams.prepare()
    except MmcliError as error:
        sys.exit(print_error(error))
    app()
