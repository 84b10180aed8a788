"""What watching a training costs: when the first samples are on the live page, and the share of time that it takes.

    python benchmarks/watch.py work/1-dataset work/3-fused [STEPS]

Trains a generator of images for some steps, and times every call of the page apart from ticks, which a run has without a page too.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmcli.core.ui import Ui
from mmcli.reporting.live import LivePage
from mmcli.stages.registry import config_of, runner


class Timed(LivePage):
    """A page that times itself."""

    last: Timed

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        Timed.last, self.seconds, self.looks, self.first = self, 0.0, list[float](), 0.0

    def advance(self, moment: Any) -> None:
        begin = time.perf_counter()
        self.first = self.first or begin
        before = self._samples
        super().advance(moment)
        self.seconds += time.perf_counter() - begin
        if self._samples is not before:
            self.looks.append(time.perf_counter() - self.first)


def main(dataset: str, fused: str, steps: str = "600") -> None:
    """Train, and print the table."""
    from mmcli.stages import watching

    watching.LivePage = Timed  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        config = config_of("train-gan")(target="photo", steps=int(steps), ticks=2, eval_items=0)
        runner("train-gan")(Path(dataset), Path(fused), Path(folder) / "gan", config, Ui())
    page, whole = Timed.last, time.perf_counter() - Timed.last.first
    print(f"{'steps':>6} {'seconds':>8} {'looks':>6} {'first look':>11} {'page and looks':>15} {'share':>7}")
    print(f"{steps:>6} {whole:8.1f} {len(page.looks):6} {page.looks[0]:9.1f} s {page.seconds:13.2f} s {100 * page.seconds / whole:6.2f} %")


if __name__ == "__main__":
    main(*sys.argv[1:])
