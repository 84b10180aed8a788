"""Base of the loggers: which figures are logged when, and how a resumed run finds its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.training.clock import SPEED
from mmcli.training.observer import Moment, Observer, Samples

_OFTEN = 500  # losses are logged at most this many times between ticks of a whole run
_KNOWN = "log.json"  # in the checkpoint's folder, which is deleted once the run is finished


class RunLog(Observer):
    """Logs losses regularly, and everything else at ticks, with the number of steps as the step.

    Args:
        name: Name of the run.
        checkpoint: Folder of the run's checkpoints; remembers the log for a resumed run.
        settings: Options of the run.
        samples: The samples of the last tick, if there are samples.
    """

    tool = ""

    def __init__(self, name: str, checkpoint: Path, settings: Mapping[str, Any], samples: Callable[[], Samples] | None) -> None:
        self._name, self._known, self._samples = name, checkpoint / _KNOWN, samples
        self._settings = {key: ", ".join(map(str, value)) if isinstance(value, list) else value for key, value in settings.items()}
        self._logged = 0.0

    def begin(self, progress: Moment) -> None:
        """Go on with the log of the run that is resumed, or start a new one."""
        known = self._read() if progress.step else None
        identity = self.open(known)
        self._known.parent.mkdir(parents=True, exist_ok=True)
        jsonio.write(self._known, {self.tool: identity})
        self._logged = progress.fraction
        if known is None:
            self.settings(self._settings)

    def advance(self, moment: Moment) -> None:
        if moment.fraction - self._logged >= 1 / _OFTEN:
            self._logged = moment.fraction
            self.scalars(tagged(moment.figures), moment.step)

    def tick(self, moment: Moment) -> None:
        self._logged = moment.fraction
        self.scalars(tagged(moment.figures), moment.step)
        if self._samples is not None:
            self.samples(self._samples(), moment.step)

    def _read(self) -> str | None:
        try:
            body = jsonio.read(self._known)
        except (jsonio.JsonError, OSError):
            return None
        found = body.get(self.tool) if isinstance(body, dict) else None
        return found if isinstance(found, str) else None

    def open(self, known: str | None) -> str:
        """Open the log, that of an earlier run if it is `known`; returns what identifies it."""
        raise NotImplementedError

    def settings(self, settings: Mapping[str, Any]) -> None:
        """Log the options as hyper-parameters."""
        raise NotImplementedError

    def scalars(self, figures: Mapping[str, float], step: int) -> None:
        """Log figures by their tags."""
        raise NotImplementedError

    def samples(self, samples: Samples, step: int) -> None:
        """Log samples."""
        raise NotImplementedError


def tagged(figures: Mapping[str, Any]) -> dict[str, float]:
    """Figures under tags that the tools group by what comes before the slash."""
    known = {name: float(value) for name, value in figures.items() if isinstance(value, int | float) and not isinstance(value, bool)}
    return {f"{_group(name)}/{name}": value for name, value in known.items()}


def _group(name: str) -> str:
    if name.startswith("loss") or name == "nll":
        return "losses"
    return "speed" if name in SPEED else "gradients" if name.startswith("grad") else "scores"


def as_markdown(samples: Samples) -> str:
    """Generated texts in a table beside their condition and the record itself; empty without texts."""
    rows = [(item.condition, item.text, item.real) for item in samples.items if item.text]
    lines = ["| given | generated | the record itself |", "|---|---|---|"]
    lines += ["| " + " | ".join(_cell(text) for text in row) + " |" for row in rows]
    return "\n".join(lines) if rows else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
