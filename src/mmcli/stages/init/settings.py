"""Settings of a project, from the survey of its folder: the lines of the configuration, and what they mean."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mmcli.modalities.guess import Setting
from mmcli.stages.init import estimate, pipelines
from mmcli.stages.init.survey import Survey

VERY_FEW, FEW = 60, 300
_LEAST_TRAIN = 8  # what train-gan needs
_TEST_RECORDS = 60  # enough for scores that mean something
_HELD_OUT = (0.1, 0.2)
_EPOCHS = (10, 100)
_STEPS, _BATCH = 600, 128
_SAMPLES = (64, 256)
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Settings:
    """Settings of a project.

    Attributes:
        fields: Field -> option of `preprocess` -> setting.
        held_out: Fraction of each of the splits val and test; 0 if the folder has splits of its own.
        epochs: Epochs of `embed` and `fuse`.
        minutes: Training budget of the generator.
        samples: Number of items to generate.
        direct: Whether nothing is embedded.
        records: Expected number of train, val and test records.
    """

    fields: dict[str, dict[str, Setting]]
    held_out: float
    epochs: int
    minutes: float
    samples: int
    direct: bool
    records: tuple[int, int, int]

    @classmethod
    def of(cls, survey: Survey, target: str) -> Settings:
        """Settings for a surveyed folder."""
        rows = survey.rows
        held_out = 0.0 if survey.splits.get("test") else _held_out(rows)
        test = survey.splits.get("test", 0) if survey.splits.get("test") else round(held_out * rows)
        val = survey.splits.get("val", 0) or round((held_out or _HELD_OUT[0]) * (rows - test))
        return cls(
            fields={name: dict(guess.settings) for name, guess in survey.guesses.items()},
            held_out=held_out,
            epochs=_epochs(rows),
            minutes=estimate.training_minutes(max(survey.present[target], survey.guesses[target].records)),
            direct=pipelines.is_direct(survey, target),
            samples=min(_SAMPLES[1], max(_SAMPLES[0], test)),
            records=(rows - val - test, val, test),
        )

    def tables(self, survey: Survey) -> dict[str, str]:
        """Texts of the configuration's template."""
        learning = f"epochs = {self.epochs}\npatience = {max(5, self.epochs // 4)}"
        why = "minutes of training; more are better" + ("" if survey.num_records >= FEW else ", but few records are soon learned by heart")
        return {
            "PREPROCESS": "\n".join(self._preprocess(survey)),
            "LEARNING": "".join(f"[{stage}]\n{learning}\n\n" for stage in ("embed", "fuse")) if not self.direct else "",
            "TRAIN": _line("minutes", Setting(self.minutes, f"{why}; kimg = N instead gives the same result in every run")),
            "GENERATE": _line("num", Setting(self.samples)),
        }

    def _preprocess(self, survey: Survey) -> list[str]:
        """Settings of the first field of each modality, then what differs in other fields of the modality."""
        shared: dict[str, dict[str, Setting]] = {}
        own: list[str] = []
        for name, settings in self.fields.items():
            common = shared.setdefault(survey.fields[name], settings)
            differing = {key: setting for key, setting in settings.items() if setting.value != _value(common, key)}
            if differing:
                own += ["", f"[preprocess.fields.{_key(name)}]", *(_line(key, setting) for key, setting in differing.items())]
        lines = [_line(key, setting) for settings in shared.values() for key, setting in settings.items()]
        if self.held_out > _HELD_OUT[0]:
            lines += [_line(split, Setting(self.held_out, "few records: larger held-out splits")) for split in ("val", "test")]
        return [*(lines or ["# defaults"]), *own]

    def summary(self, survey: Survey) -> str:
        """The settings that matter most, in a line."""
        found = []
        for name, settings in self.fields.items():
            shown = ", ".join(f"{key.replace('_', '-')} {_toml(setting.value)}" for key, setting in settings.items())
            found += [f"{name}: {shown}"] if shown else []
        return "; ".join(found) or "defaults"


def enough(survey: Survey, train: int) -> str:
    """What the number of records is enough for; empty if for everything."""
    if train < _LEAST_TRAIN:
        return f"too few: train-gan needs {_LEAST_TRAIN} train records"
    if survey.rows < VERY_FEW:
        return f"below {VERY_FEW} records: enough to try everything, too few to judge the result"
    if survey.rows < FEW:
        return "few: the scores are a rough guide, and the generator may repeat the records"
    return ""


def _value(settings: Mapping[str, Setting], key: str) -> Any:
    return settings[key].value if key in settings else None


def _held_out(rows: int) -> float:
    """Fraction of a held-out split: a tenth, up to a fifth where that is fewer than 60 records; below 60 in all a tenth."""
    least, most = _HELD_OUT
    return least if rows < VERY_FEW else round(min(most, max(least, _TEST_RECORDS / rows)), 2)


def _epochs(rows: int) -> int:
    """Number of epochs for about `_STEPS` steps, within bounds."""
    least, most = _EPOCHS
    return min(most, max(least, _STEPS // max(1, rows // _BATCH)))


def _line(key: str, setting: Setting) -> str:
    text = f"{key.replace('_', '-')} = {_toml(setting.value)}"
    return f"{text:<24} # {setting.why}" if setting.why else text


def _toml(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)


def _key(name: str) -> str:
    return name if _BARE_KEY.fullmatch(name) else json.dumps(name, ensure_ascii=False)
