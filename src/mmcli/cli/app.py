"""The `mmcli` program: its commands in the order of the data, and what it does with errors."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

import mmcli
from mmcli.cli import (
    demo_data,
    doctor,
    embed,
    evaluate,
    fuse,
    generate,
    info,
    init,
    preprocess,
    report,
    train_gan,
)
from mmcli.cli.output import print_error
from mmcli.errors import MmcliError, UsageError

_CLICK_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]  # typer vendors click and does not export it


class _Group(TyperGroup):
    """Turns every failure into three lines and an exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; leave with its exit code unless `standalone_mode` is off."""
        standalone = kwargs.get("standalone_mode", True)
        kwargs["standalone_mode"] = False
        code = 0
        try:
            result = super().main(*args, **kwargs)
            code = result if isinstance(result, int) else 0
        except MmcliError as error:
            code = print_error(error)
        except _CLICK_USAGE_ERROR as error:
            code = print_error(_as_usage_error(error))
        except KeyboardInterrupt:
            code = 130
        except typer.Abort:
            code = 130
        except BrokenPipeError:
            # The reader of our stdout has left; point it at nothing so that the final flush is silent.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except Exception as error:  # noqa: BLE001 - the last line of defence: a bug is reported, never a traceback
            code = print_error(_as_bug(error))
        if standalone:
            sys.exit(code)
        return code


def _as_usage_error(error: Any) -> UsageError:
    command = error.ctx.command_path if getattr(error, "ctx", None) else "mmcli"
    message = " ".join(error.format_message().split()).rstrip(".")
    return UsageError(message[:1].lower() + message[1:], command, f"see {command} --help")


def _as_bug(error: Exception) -> MmcliError:
    return MmcliError(
        f"a bug in mmcli: {type(error).__name__}: {error}",
        "mmcli " + mmcli.__version__,
        "run again with MMCLI_DEBUG=1 and report the traceback",
    )


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"mmcli {mmcli.__version__}")
        raise typer.Exit


app = typer.Typer(
    cls=_Group,
    name="mmcli",
    help="Turn a folder of paired text, images and sounds into a generator that makes any of them from any of the others.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave.", is_eager=True, callback=_print_version),
) -> None:
    pass


# In the order of the data, which is the order of `mmcli --help`.
for _module in (
    demo_data,
    preprocess,
    embed,
    fuse,
    train_gan,
    generate,
    evaluate,
    report,
    info,
    doctor,
    init,
):
    _module.register(app)


def command_names() -> tuple[str, ...]:
    """Names of all commands, in their order."""
    return tuple(str(info.name) for info in app.registered_commands)


def main() -> None:
    """Run the program."""
    app()
