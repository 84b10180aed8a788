"""The result on stdout, errors on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, TextIO

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import MmcliError
from mmcli.pipeline.outcome import Answer, Outcome, Table


def print_error(error: MmcliError) -> int:
    """Print the three lines of an error, and its traceback if ``MMCLI_DEBUG`` is set; return its exit code."""
    if os.environ.get("MMCLI_DEBUG"):
        for line in "".join(traceback.format_exception(error)).splitlines():
            _print(visible(line, 2000), sys.stderr)
    for word, text in (("error", error.what), ("where", error.where), ("fix", error.fix)):
        if text:
            _print(f"{word}: {visible(text, 2000)}", sys.stderr)
    return error.exit_code


def print_json(body: Any) -> None:
    """Print a result as one JSON object in ASCII: safe on a terminal and the same in every locale."""
    _print(jsonio.dumps(jsonio.plain(body), ascii_only=True), sys.stdout)


def print_outcome(outcome: Outcome, *, as_json: bool) -> None:
    """Print a JSON object or the artifact's path."""
    if as_json:
        print_json({"path": outcome.path, "status": outcome.status, **outcome.body})
    else:
        _print(visible(outcome.path, 4000), sys.stdout)


def print_answer(answer: Answer, *, as_json: bool) -> None:
    """Print a JSON object, or lines and tables."""
    if as_json:
        print_json(answer.body)
        return
    for part in answer.parts:
        if isinstance(part, Table):
            print_table(part.header, part.rows)
        else:
            print_line(part)


def print_plan(plan: dict[str, Any], *, as_json: bool) -> None:
    """Print what a stage would do."""
    if as_json:
        print_json(plan)
        return
    print_line(f"{plan['stage']}: {', '.join(plan['inputs'].values())} -> {plan['out']} (dry run, nothing was written)")
    for key, value in plan["config"].items():
        print_line(f"  {key} = {value!r}")


def print_line(text: str = "") -> None:
    """Print a line of a result on stdout, with hidden characters made visible."""
    _print(visible(text, 4000), sys.stdout)


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table on stdout: ruled on a terminal, plain and aligned elsewhere.

    `header` may be empty. Hidden characters in cells are made visible.
    """
    cells = [[visible(cell) for cell in row] for row in ([header] if header else []) + list(rows)]
    if sys.stdout.isatty():
        _print_ruled(cells, bool(header))
        return
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))] if cells else []
    for row in cells:
        _print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), sys.stdout)


def _print_ruled(cells: list[list[str]], has_header: bool) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable(show_header=has_header, box=box.SIMPLE_HEAD if has_header else None)
    for i, title in enumerate(cells[0] if cells else []):
        table.add_column(title if has_header else "", style="bold" if i == 0 else "", overflow="fold")
    for row in cells[1:] if has_header else cells:
        table.add_row(*(Text(cell) for cell in row))
    Console(markup=False).print(table)


def _print(text: str, stream: TextIO) -> None:
    """Print a line at once; `streams` deals with what cannot be written."""
    print(text, file=stream, flush=True)
