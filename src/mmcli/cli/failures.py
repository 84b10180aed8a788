"""Translate exceptions for the user: what happened, where, how to fix it, and an exit code."""

from __future__ import annotations

import signal
from typing import Any

import typer

import mmcli
from mmcli.core.errors import EnvironmentUnfitError, InterruptedRunError, MmcliError, UsageError

CLICK_USAGE_ERROR: type[Exception] = typer.BadParameter.__mro__[1]  # typer vendors click without exporting it
_MEMORY_FIX = "close other programs, or use a smaller --batch-size or smaller items"


def as_mmcli_error(error: BaseException, where: str = "mmcli") -> MmcliError:
    """Error to print for an exception that escaped the command `where`."""
    if isinstance(error, MmcliError):
        return error
    if isinstance(error, CLICK_USAGE_ERROR):
        return _as_usage_error(error)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        return InterruptedRunError(signal.SIGINT, where, saved=False)
    if isinstance(error, OSError):
        from pathlib import Path

        from mmcli.artifacts.durable import disk_error

        return disk_error(error, Path.cwd())
    # TensorFlow's out-of-memory error, by name: it is not imported here.
    if isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError":
        return EnvironmentUnfitError("out of memory", "this machine", _MEMORY_FIX)
    what = f"a bug in mmcli: {type(error).__name__}: {error}"
    return MmcliError(what, f"mmcli {mmcli.__version__}", "run again with MMCLI_DEBUG=1 and report the traceback")


def _as_usage_error(error: Any) -> UsageError:
    command = error.ctx.command_path if getattr(error, "ctx", None) else "mmcli"
    message = " ".join(error.format_message().split()).rstrip(".")
    near = getattr(error, "possibilities", None) or ()
    hint = f"did you mean {near[0]}? " if near else ""
    return UsageError(message[:1].lower() + message[1:], command, f"{hint}see {command} --help")
