"""What the progress bar shows on wide and narrow terminals."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.progress import Progress

from mmcli.core.columns import columns


def line(width: int) -> str:
    """The bar after 30 of 120 s, as a terminal of some width shows it."""
    now = [0.0]
    console = Console(file=io.StringIO(), width=width, markup=False)
    progress = Progress(*columns(width), console=console, get_time=lambda: now[0])
    task = progress.add_task("train-gan", total=100, note="loss_g 0.827 loss_d 0.587")
    for done in range(26):
        progress.update(task, completed=done)
        now[0] += 30 / 26
    console.print(progress.get_renderable())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert shown.count("\n") == 1
    return str(shown.rstrip())


@pytest.mark.parametrize("width", [60, 80, 120, 300])
def test_percentage_time_left_and_two_figures_fit_into_60_columns(width: int) -> None:
    words = line(width).split()
    assert words[0] == "train-gan"
    assert words[2:] == ["25%", "0:01:27", "loss_g", "0.827", "loss_d", "0.587"]


def test_the_figures_give_way_before_the_time_left() -> None:
    assert line(40).split()[2:4] == ["25%", "0:01:27"]


def test_the_bar_is_no_longer_than_40_characters() -> None:
    assert len(line(300)) < 100
