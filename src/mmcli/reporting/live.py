"""`live.html`: a page about a training run that a browser reloads while it runs, without a server, network or scripts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PIL import Image

import mmcli
from mmcli.artifacts import durable, jsonlines
from mmcli.artifacts.preview import Preview
from mmcli.core.display import visible
from mmcli.reporting.media import Item, image_uri, sound_uri
from mmcli.reporting.rendering import render_template
from mmcli.reporting.training_view import curves_of, place_of, table_of
from mmcli.training.observer import Moment, Observer, Samples, Shown

NAME = "live.html"
_FIRST_S = 3.0  # when the first samples are made, after the first step
_PAGE_S = 10.0  # between two pages
_SHARE = 0.01  # of the run's time that may be spent on samples and pages between ticks
_MOST_POINTS = 800
_MOST_SIDE, _MOST_TEXT = 900, 300


class LivePage(Observer):
    """Writes the page: soon after the first step, at every tick, and between ticks as often as costs little.

    Args:
        folder: The build folder.
        preview: Shows the page in the output folder.
        title: Heading.
        settings: Options of the run.
        look: Makes samples between ticks, if there are samples.
        latest: The samples of the last tick.
        clock: Seconds; increases steadily.
    """

    def __init__(
        self,
        folder: Path,
        preview: Preview,
        title: str,
        settings: Mapping[str, Any],
        look: Callable[[float], Samples] | None = None,
        latest: Callable[[], Samples] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._preview, self._title, self._settings = folder, preview, title, settings
        self._look, self._latest, self._clock = look, latest, clock
        self._points: list[tuple[float, Mapping[str, Any]]] = []
        self._ticks: list[dict[str, Any]] = []
        self._samples, self._drawn = Samples(0.0), dict[str, Any]()
        self._now = self._first = Moment(0, 0.0, 0.0, 0.0)
        self._begun = self._written = 0.0
        self._spent = self._look_cost = 0.0

    @property
    def path(self) -> Path:
        """Where the page can be seen."""
        return self._preview.folder / NAME

    def begin(self, progress: Moment) -> None:
        self._ticks, self._points = jsonlines.read_objects(self._folder / "metrics.jsonl"), []
        self._now = self._first = progress
        self._begun = self._clock()
        self._write("running")

    def advance(self, moment: Moment) -> None:
        self._now = moment
        self._remember(moment)
        elapsed = self._clock() - self._begun
        if self._look is not None and self._may_look(elapsed):
            begin = self._clock()
            self._samples = self._look(moment.x)
            self._look_cost = self._clock() - begin
            self._spent += self._look_cost
            self._write("running")
        elif elapsed - self._written >= _PAGE_S and self._spent <= _SHARE * elapsed:
            self._write("running")

    def _may_look(self, elapsed: float) -> bool:
        if not self._look_cost:
            return elapsed >= _FIRST_S and not self._samples.x
        return elapsed - self._written >= _PAGE_S and self._spent + self._look_cost <= _SHARE * elapsed

    def tick(self, moment: Moment) -> None:
        self._now = moment
        self._ticks.append({"x": moment.x, **moment.figures})
        if self._latest is not None:
            self._samples = self._latest()
        self._write("running")

    def end(self, outcome: str) -> None:
        self._write(outcome)

    def _remember(self, moment: Moment) -> None:
        """Keep the figures; every other one is dropped once there are many, and later ones after a rollback."""
        if self._points and moment.x <= self._points[-1][0]:
            self._points = [point for point in self._points if point[0] < moment.x]
            self._ticks = [tick for tick in self._ticks if (place_of(tick) or 0.0) < moment.x]
        self._points.append((moment.x, moment.figures))
        if len(self._points) > _MOST_POINTS:
            self._points = self._points[::2]

    def _write(self, outcome: str) -> None:
        begin = self._clock()
        html = render_template("live.html", self._context(outcome))
        durable.write(self._folder / NAME, html.encode())
        self._preview.show(NAME)
        self._written = self._clock() - self._begun
        self._spent += self._clock() - begin

    def _context(self, outcome: str) -> dict[str, Any]:
        now, elapsed = self._now, self._clock() - self._begun
        done = now.fraction - self._first.fraction
        return {
            "title": self._title,
            "version": mmcli.__version__,
            "outcome": outcome,
            "refresh_s": 0 if outcome == "finished" else 10 if elapsed < 120 else 30,
            "now": now,
            "unit": "epochs" if now.x_name == "epochs" else "thousand items",
            "left_s": elapsed * (1.0 - now.fraction) / done if done > 0 else None,
            "at": time.strftime("%Y-%m-%d %H:%M:%S"),
            "samples": self._samples_context(),
            "curves": curves_of(self._points, self._ticks, now.x_name),
            "table": table_of(self._ticks, now.x_name),
            "settings": self._settings,
        }

    def _samples_context(self) -> dict[str, Any]:
        """The newest samples, encoded once."""
        if self._drawn.get("of") is not self._samples:
            made = self._samples
            sheets = [("generated", made.sheet), ("the records with the same conditions", made.real)]
            self._drawn = {
                "of": made,
                "x": made.x,
                "sheets": [(what, image_uri(Image.fromarray(sheet), _MOST_SIDE)) for what, sheet in sheets if sheet is not None],
                "items": [_item(item) for item in made.items],
            }
        return self._drawn


def _item(item: Shown) -> dict[str, Any]:
    made, real = ((item.text, item.wave), (item.real, item.real_wave))
    return {"condition": visible(item.condition, _MOST_TEXT), "made": _part(*made, item.rate_hz), "real": _part(*real, item.rate_hz)}


def _part(text: str, wave: Any, rate_hz: int) -> Item:
    return Item(text=visible(text, _MOST_TEXT), sound="" if wave is None else sound_uri(wave, rate_hz))
