"""All stages, one line each, in pipeline order, which is also that of `mmcli --help` and the report."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from mmcli.pipeline.driver import run
from mmcli.pipeline.outcome import Outcome
from mmcli.pipeline.stage import Stage, find

PLACES = {
    "demo-data": "mmcli.stages.demo_data:STAGE",
    "import": "mmcli.stages.import_data:STAGE",
    "validate": "mmcli.stages.validate:STAGE",
    "preprocess": "mmcli.stages.preprocess:STAGE",
    "embed": "mmcli.stages.embed:STAGE",
    "similarity": "mmcli.stages.similarity:STAGE",
    "search": "mmcli.stages.search:STAGE",
    "classify": "mmcli.stages.classify:STAGE",
    "fuse": "mmcli.stages.fuse:STAGE",
    "train-gan": "mmcli.stages.train_gan:STAGE",
    "generate": "mmcli.stages.generate:STAGE",
    "evaluate": "mmcli.stages.evaluate:STAGE",
    "report": "mmcli.stages.report:STAGE",
    "info": "mmcli.stages.info:STAGE",
    "doctor": "mmcli.stages.doctor:STAGE",
    "init": "mmcli.stages.init:STAGE",
    "config-schema": "mmcli.stages.config_schema:STAGE",
}


def stage_of(name: str) -> Stage:
    """Look up a stage by the name of its command."""
    found: Stage = find(PLACES[name])
    return found


def all_stages() -> tuple[Stage, ...]:
    """All stages, in order."""
    return tuple(stage_of(name) for name in PLACES)


@functools.cache
def functions() -> dict[str, Stage]:
    """All stages by function name."""
    return {stage.function: stage for stage in all_stages()}


def config_of(name: str) -> type[Any]:
    """Class of a stage's configuration."""
    return stage_of(name).config


def runner(name: str) -> Callable[..., Outcome]:
    """A stage that writes an artifact, as a function of its inputs, `out`, `config` and `ui`, and by keyword `force`."""

    def call(*given: Any, force: bool = False) -> Outcome:
        *inputs, out, config, ui = given
        return run(stage_of(name), inputs, out, config, ui, force=force)

    return call
