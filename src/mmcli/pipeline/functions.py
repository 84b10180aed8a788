"""Stages as functions of the package: `mmcli.preprocess("raw", out="dataset", image_size=64)`."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import options_of
from mmcli.core.ui import Ui
from mmcli.core.values import parse, type_of
from mmcli.pipeline.driver import execute
from mmcli.pipeline.outcome import Answer, Outcome
from mmcli.pipeline.stage import Call, Input, Stage

_CALL = ("out", "force", "progress")


def function_of(stage: Stage) -> Callable[..., Outcome | Answer]:
    """Make a function of a stage: inputs first, everything else by keyword.

    Options are checked against the same bounds as the flags of the command. Environment
    variables and configuration files are ignored. Nothing is printed unless `progress` is true; warnings are in the result.

    Raises:
        MmcliError: The command's error, with `what`, `where` and `fix`.
    """

    def call(*inputs: Any, **keywords: Any) -> Outcome | Answer:
        given = _inputs(stage, inputs, keywords)
        out = _out(stage, keywords)
        ui = Ui(silent=not _flag(stage, keywords, "progress"))
        force = _flag(stage, keywords, "force") if stage.kind else False
        result: Outcome | Answer = execute(stage, Call(given, out, _config(stage, keywords)), ui, force=force)
        if isinstance(result, Answer) and result.problem:
            raise result.problem
        return result

    call.__name__ = call.__qualname__ = stage.function
    call.__module__ = "mmcli"
    call.__doc__ = _document(stage)
    call.__signature__ = _signature(stage)  # type: ignore[attr-defined]  # shown by `help`
    return call


def _signature(stage: Stage) -> inspect.Signature:
    """Inputs, `out`, the options with their defaults, `force` and `progress`."""
    kinds = inspect.Parameter
    found = [
        kinds(spec.keyword, kinds.POSITIONAL_OR_KEYWORD, default=kinds.empty if spec.required else None, annotation="str | Path")
        for spec in stage.inputs
    ]
    if stage.writes:
        found.append(kinds("out", kinds.KEYWORD_ONLY, default=kinds.empty if stage.kind else None, annotation="str | Path"))
    for spec in options_of(stage.config):
        kind, optional = type_of(stage.config, spec.name)
        words = (kind.__name__ if isinstance(kind, type) else str(kind)) + (" | None" if optional else "")
        found.append(kinds(spec.name, kinds.KEYWORD_ONLY, default=spec.default, annotation=words))
    found += [kinds("force", kinds.KEYWORD_ONLY, default=False, annotation="bool")] if stage.kind else []
    found.append(kinds("progress", kinds.KEYWORD_ONLY, default=False, annotation="bool"))
    return inspect.Signature(found, return_annotation="Outcome" if stage.kind else "Answer")


def _document(stage: Stage) -> str:
    lines = [stage.help, "", "Args:"]
    lines += [f"    {spec.keyword}: {spec.help}" for spec in stage.inputs]
    lines += ["    out: Folder to write."] if stage.writes else []
    lines += [f"    {spec.name}: {spec.metadata['help']}" for spec in options_of(stage.config)]
    lines += ["    force: Rebuild even if up to date."] if stage.kind else []
    lines += ["    progress: Report progress on stderr.", "", "Raises:", "    MmcliError: With `what`, `where` and `fix`."]
    return "\n".join(lines)


def _inputs(stage: Stage, given: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Path | None]:
    """Inputs by name; removes them from `keywords`."""
    if len(given) > len(stage.inputs):
        names = ", ".join(spec.keyword for spec in stage.inputs) or "none"
        raise UsageError(f"{len(given)} inputs, but {stage.function} takes {len(stage.inputs)}", _where(stage), f"inputs: {names}")
    found: dict[str, Path | None] = {}
    for number, spec in enumerate(stage.inputs):
        if number < len(given) and spec.keyword in keywords:
            raise UsageError(f"duplicate input {spec.keyword}", _where(stage), "give it once")
        value = given[number] if number < len(given) else keywords.pop(spec.keyword, None)
        found[spec.name] = _path(stage, spec.keyword, value)
        if value is None and spec.required:
            raise UsageError(f"the input {spec.keyword} is missing", _where(stage), f"give {_said(spec)}")
    return found


def _said(spec: Input) -> str:
    return spec.help[:1].lower() + spec.help[1:].rstrip(".")


def _out(stage: Stage, keywords: dict[str, Any]) -> Path | None:
    if not stage.writes:
        return None
    out = _path(stage, "out", keywords.pop("out", None))
    if out is None and stage.kind:
        raise UsageError("missing output folder", _where(stage), "give one with out=")
    return out


def _path(stage: Stage, name: str, value: Any) -> Path | None:
    if value is None or (isinstance(value, str | os.PathLike) and str(value)):
        return None if value is None else Path(value)
    raise UsageError(f"{name} must be a path, not {visible(repr(value), 60)}", _where(stage), "give a string or a pathlib.Path")


def _flag(stage: Stage, keywords: dict[str, Any], name: str) -> bool:
    value = keywords.pop(name, False)
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be true or false, not {visible(repr(value), 60)}", _where(stage), f"write {name}=True")
    return value


def _config(stage: Stage, keywords: Mapping[str, Any]) -> Any:
    known = [spec.name for spec in options_of(stage.config)]
    for name in keywords:
        if name not in known:
            near = difflib.get_close_matches(name, [*known, *_CALL], 1)
            hint = f"did you mean {near[0]}?" if near else f"options: {', '.join(known)}"
            raise UsageError(f"{stage.function} has no option {visible(name)}", _where(stage), hint)
    values = {name: parse(stage.config, name, _plain(value), f"{_where(stage)}, {name}") for name, value in keywords.items()}
    return stage.config(**values)


def _plain(value: Any) -> Any:
    """Convert paths to strings, as on the command line."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _where(stage: Stage) -> str:
    return f"mmcli.{stage.function}()"
