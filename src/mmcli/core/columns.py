"""Columns of the progress bar; imported only where there is a terminal.

On a narrow terminal the bar shrinks first, then the figures; the percentage and the time left stay.
"""

from __future__ import annotations

from rich.progress import BarColumn, ProgressColumn, Task, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

_LEAST_BAR, _MOST_BAR = 4, 40
_OTHERS = 52  # characters of a name, the percentage, the time left and two figures


class _Note(ProgressColumn):
    """The figures, on one line."""

    def render(self, task: Task) -> Text:
        return Text(str(task.fields["note"]), no_wrap=True, overflow="ellipsis")


def columns(width: int) -> tuple[ProgressColumn, ...]:
    """Name, bar, percentage, time left and figures.

    Args:
        width: Of the terminal in characters.
    """
    return (
        TextColumn("{task.description}", table_column=Column(no_wrap=True)),
        BarColumn(bar_width=min(_MOST_BAR, max(_LEAST_BAR, width - _OTHERS))),
        TaskProgressColumn(table_column=Column(no_wrap=True)),
        TimeRemainingColumn(table_column=Column(no_wrap=True)),
        _Note(),
    )
