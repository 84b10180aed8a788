"""The page of a training that runs: what is on it, when it is written, and what it costs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import jsonio, store
from mmcli.core.errors import InterruptedRunError
from mmcli.reporting.live import NAME, LivePage
from mmcli.training.observer import Moment, Observer, Observers, Samples, Shown, observed


class Run:
    """A run of 100 steps on a clock of its own."""

    def __init__(self, folder: Path, *, look_s: float = 0.2, samples: bool = True) -> None:
        self.now, self.looks, self.look_s = 0.0, list[float](), look_s
        self.building, self.out = folder / ".gan.building", folder / "gan"
        self.building.mkdir()
        preview = store.Preview(self.building, self.out, "gan")
        look = self.look if samples else None
        self.page = LivePage(self.building, preview, "4-gan", {"width": 8}, look, self.tick_samples, clock=lambda: self.now)

    def look(self, x: float) -> Samples:
        self.now += self.look_s
        self.looks.append(self.now)
        return Samples(x, np.full((8, 8, 3), 90, np.uint8), [], np.full((8, 8, 3), 200, np.uint8))

    def tick_samples(self) -> Samples:
        wave = np.sin(np.arange(80) / 3).astype(np.float32)
        return Samples(2.0, None, [Shown("press <four>", "a four", wave, 8000, "the four", wave)])

    def moment(self, step: int, figures: Mapping[str, Any] | None = None) -> Moment:
        return Moment(step, step / 10, step / 100, float(step), figures or {"loss_g": 1.0 / step, "loss_d": 0.5})

    def steps(self, count: int, seconds: float) -> None:
        for step in range(1, count + 1):
            self.now += seconds
            self.page.advance(self.moment(step))

    def html(self, folder: Path | None = None) -> str:
        return ((folder or self.out) / NAME).read_text()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    found = Run(tmp_path)
    found.page.begin(Moment(0, 0.0, 0.0, 0.0))
    return found


def test_the_page_is_there_before_the_first_step_and_reloads_itself(run: Run) -> None:
    assert run.page.path == run.out / NAME
    assert '<meta http-equiv="refresh" content="10">' in run.html()
    assert "Starting" in run.html()
    assert '<dt>width</dt><dd class="mono">8</dd>' in run.html()


def test_nothing_on_the_page_comes_from_elsewhere(run: Run) -> None:
    run.steps(20, 1.0)
    run.page.tick(run.moment(20, {"kid": 0.5}))
    addresses = re.findall(r'(?:src|href)="([^"]{0,10})', run.html())
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert "<script" not in run.html()
    assert "default-src 'none'" in run.html()


def test_the_first_samples_are_made_seconds_after_the_first_step(run: Run) -> None:
    run.steps(10, 1.0)
    assert run.looks == [pytest.approx(3.2)]
    assert run.html().count("<img src=") == 2
    assert "Samples after 0.3 thousand items" in run.html()


@pytest.mark.parametrize("look_s", [0.1, 1.0, 20.0])
def test_samples_between_ticks_cost_a_hundredth_of_the_time(tmp_path: Path, look_s: float) -> None:
    run = Run(tmp_path, look_s=look_s)
    run.page.begin(Moment(0, 0.0, 0.0, 0.0))
    run.steps(4000, 0.5)
    assert run.looks[0] < 4 + look_s
    assert sum(look_s for _ in run.looks[1:]) <= 0.01 * run.now
    assert (len(run.looks) > 1) is (look_s < 10)


def test_it_says_how_much_is_left(run: Run) -> None:
    run.steps(25, 12.0)
    assert re.search(r"about <b>15 min \d+ s</b> left", run.html())
    assert "<b>25 %</b> done: 2.5 thousand items, step 25" in run.html()


def test_a_tick_shows_sounds_and_texts_beside_their_condition_and_the_record(run: Run) -> None:
    run.page.tick(run.moment(20, {"kid": 0.25, "loss_g": 1.5}))
    html = run.html()
    assert "press &lt;four&gt;" in html
    assert html.count('src="data:audio/wav') == 2
    assert [word in html for word in ("a four", "the four")] == [True, True]
    assert '<th scope="row" class="n">2</th><td class="n">0.25</td><td class="n">1.5</td>' in html


def test_losses_and_scores_are_drawn(run: Run) -> None:
    run.steps(30, 1.0)
    for step in (10, 20):
        run.page.tick(run.moment(step, {"kid": 0.5 * step, "loss_g": 1.0}))
    html = run.html()
    assert "Losses: loss d from 0.5 to 0.5, loss g from 1 to 0.0333, over thousands of items seen" in html
    assert "Kernel distance to real items (lower is better): kid from 5 to 10" in html


def test_the_finished_page_does_not_reload(run: Run) -> None:
    with observed(run.page):
        run.steps(5, 1.0)
    assert "refresh" not in run.html()
    assert "Finished." in run.html()


def test_an_interrupted_run_says_so_and_goes_on_where_it_was(run: Run) -> None:
    with pytest.raises(InterruptedRunError), observed(run.page):
        raise InterruptedRunError(2, "x")
    assert "Interrupted; run the same command again to resume" in run.html()
    (run.building / "metrics.jsonl").write_text(jsonio.dumps({"step": 50, "kimg": 5.0, "kid": 0.125}, indent=None) + "\n")
    run.page.begin(run.moment(50))
    assert '<th scope="row" class="n">5</th><td class="n">0.125</td>' in run.html()
    run.now += 20.0
    run.page.advance(run.moment(60))
    assert "about <b>1 min 2" in run.html()  # 40 % are left, and 10 % took 20 s


def test_curves_go_on_after_a_resume(run: Run) -> None:
    lines = [{"step": 10 * n, "kimg": float(n), "kid": 0.5 / n, "loss_g": 2.0 / n} for n in (1, 2)]
    (run.building / "metrics.jsonl").write_text("".join(jsonio.dumps(line, indent=None) + "\n" for line in lines))
    run.page.begin(run.moment(20))
    run.now += 20.0
    run.page.advance(run.moment(30, {"loss_g": 0.25}))
    run.page.tick(run.moment(30, {"loss_g": 0.25, "kid": 0.125}))
    assert "(lower is better): kid from 0.5 to 0.125" in run.html()
    assert "Losses: loss g from 2 to 0.25" in run.html()


def test_what_was_rolled_back_is_dropped(run: Run) -> None:
    for step, loss in ((10, 1.0), (20, 0.5), (30, 70.0)):
        run.page.advance(run.moment(step, {"loss_g": loss}))
        run.page.tick(run.moment(step, {"loss_g": loss, "kid": loss}))
    run.page.advance(run.moment(20, {"loss_g": 0.4}))  # resumed after step 10
    run.page.tick(run.moment(20, {"loss_g": 0.4, "kid": 0.25}))
    assert "Losses: loss g from 1 to 0.4" in run.html()
    assert "kid from 1 to 0.25" in run.html()
    assert "70" not in run.html().partition("<table")[2].partition("</table>")[0]


def test_a_failed_run_says_so(run: Run) -> None:
    with pytest.raises(ZeroDivisionError), observed(run.page):
        raise ZeroDivisionError
    assert "Failed; the command printed why" in run.html()


def test_a_long_run_keeps_few_points(run: Run) -> None:
    run.steps(5000, 0.001)
    run.page.tick(run.moment(5000))
    assert len(run.html()) < 60_000


def test_all_observers_hear_everything() -> None:
    heard: list[str] = []

    class Ear(Observer):
        def begin(self, progress: Moment) -> None:
            heard.append(f"begin {progress.step}")

        def advance(self, moment: Moment) -> None:
            heard.append(f"advance {moment.step}")

        def tick(self, moment: Moment) -> None:
            heard.append(f"tick {moment.step}")

        def end(self, outcome: str) -> None:
            heard.append(outcome)

    both = Observers([Ear(), Observer(), Ear()])
    with observed(both):
        both.begin(Moment(0, 0.0, 0.0, 0.0))
        both.advance(Moment(1, 0.0, 0.0, 0.0))
        both.tick(Moment(2, 0.0, 0.0, 0.0))
    assert heard == ["begin 0", "begin 0", "advance 1", "advance 1", "tick 2", "tick 2", "finished", "finished"]
