"""Runs of MLflow, where its own settings say (MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME)."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.training.loggers.run_log import RunLog, as_markdown
from mmcli.training.observer import Samples

_STATUS = {"finished": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}
_MOST_VALUE = 500  # characters of a parameter; MLflow refuses more than 6,000


def require() -> None:
    """Check that MLflow is installed, without the seconds that importing it takes.

    Raises:
        EnvironmentUnfitError: It is not installed.
    """
    if importlib.util.find_spec("mlflow") is None:
        raise EnvironmentUnfitError("mlflow is not installed", "--log-to mlflow", "pip install 'mlflow>=3.1', or omit --log-to")


class MlflowLog(RunLog):
    """Metrics, images, sounds, texts and parameters of a run."""

    tool = "mlflow"

    def open(self, known: str | None) -> str:
        import mlflow

        self._mlflow = mlflow
        run = self._mlflow.start_run(run_id=known) if known else self._mlflow.start_run(run_name=self._name)
        return str(run.info.run_id)

    def settings(self, settings: Mapping[str, Any]) -> None:
        self._mlflow.log_params({key: str(value)[:_MOST_VALUE] for key, value in settings.items()})

    def scalars(self, figures: Mapping[str, float], step: int) -> None:
        self._mlflow.log_metrics(dict(figures), step=step)

    def samples(self, samples: Samples, step: int) -> None:
        for key, sheet in (("generated", samples.sheet), ("the_records_themselves", samples.real)):
            if sheet is not None:
                self._mlflow.log_image(sheet, key=key, step=step)
        if texts := as_markdown(samples):
            self._mlflow.log_text(texts, f"samples/{step:08d}.md")
        with tempfile.TemporaryDirectory() as folder:
            for number, item in enumerate(samples.items):
                self._log_sound(item.wave, item.rate_hz, Path(folder) / f"{step:08d}-{number}.wav")
                self._log_sound(item.real_wave, item.rate_hz, Path(folder) / f"record-{number}.wav")

    def _log_sound(self, wave: Any, rate_hz: int, path: Path) -> None:
        import soundfile

        if wave is not None:
            soundfile.write(path, wave, rate_hz, subtype="PCM_16")
            self._mlflow.log_artifact(str(path), "samples")

    def end(self, outcome: str) -> None:
        self._mlflow.end_run(_STATUS[outcome])
