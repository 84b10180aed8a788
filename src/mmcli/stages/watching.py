"""What watches a training stage: the live page, and the logger that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui
from mmcli.pipeline.driver import Job
from mmcli.reporting.live import LivePage
from mmcli.training.observer import Moment, Observer, Observers, Samples
from mmcli.training.options import LogConfig

T = TypeVar("T")
FOLDER = "logs"  # beside the artifact: event files are no part of it


def check(config: LogConfig) -> None:
    """Check that the logger can be used, before anything is read.

    Raises:
        EnvironmentUnfitError: Its package is not installed.
    """
    if config.log_to == "mlflow":
        from mmcli.training.loggers.mlflow import require

        require()


def observers_of(
    job: Job[Any],
    checkpoint: Path,
    *,
    look: Callable[[float], Samples] | None = None,
    latest: Callable[[], Samples] | None = None,
) -> Observers:
    """The observers of a stage's training; says where it can be watched.

    Args:
        job: The stage; its build folder exists.
        checkpoint: Folder of the checkpoints.
        look: Makes samples between ticks, if there are samples.
        latest: The samples of the last tick.
    """
    name = job.out.absolute().name
    page = LivePage(job.folder, job.build.preview, name, job.settings, look, latest)
    job.ui.info(f"watch the training in a browser: {visible(page.path)}")
    logger = _logger(job, name, checkpoint, latest)
    return Observers([page, Tolerant(logger, job.config.log_to, job.ui)] if logger else [page])


class Tolerant(Observer):
    """A logger whose failure does not end a training: it is told once, and nothing more is logged.

    Args:
        logger: The logger.
        tool: The value of `--log-to`.
        ui: Warns.
    """

    def __init__(self, logger: Observer, tool: str, ui: Ui) -> None:
        self._logger, self._tool, self._ui, self._works = logger, tool, ui, True

    def begin(self, progress: Moment) -> None:
        """Begin.

        Raises:
            EnvironmentUnfitError: The log cannot be opened.
        """
        try:
            self._logger.begin(progress)
        except Exception as error:
            what, fix = f"{self._tool} cannot open a log: {visible(error)}", "check where it logs to, or omit --log-to"
            raise EnvironmentUnfitError(what, f"--log-to {self._tool}", fix) from error

    def advance(self, moment: Moment) -> None:
        self._try(self._logger.advance, moment)

    def tick(self, moment: Moment) -> None:
        self._try(self._logger.tick, moment)

    def end(self, outcome: str) -> None:
        self._try(self._logger.end, outcome)

    def _try(self, call: Callable[[T], None], argument: T) -> None:
        if not self._works:
            return
        try:
            call(argument)
        except Exception as error:  # noqa: BLE001 - whatever a tool raises, the training is worth more than its log
            self._works = False
            self._ui.warn(f"{self._tool} failed, and nothing more is logged: {visible(error)}")


def _logger(job: Job[Any], name: str, checkpoint: Path, latest: Callable[[], Samples] | None) -> Observer | None:
    if job.config.log_to == "tensorboard":
        from mmcli.training.loggers.tensorboard import TensorBoardLog

        root = job.out.absolute().parent / FOLDER
        job.ui.info(f"logging for TensorBoard: tensorboard --logdir {visible(root)}")
        return TensorBoardLog(root, name, checkpoint, job.settings, latest)
    if job.config.log_to == "mlflow":
        from mmcli.training.loggers.mlflow import MlflowLog

        return MlflowLog(name, checkpoint, job.settings, latest)
    return None
