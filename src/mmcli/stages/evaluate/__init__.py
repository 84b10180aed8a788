"""`evaluate`: score samples against real data."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    return quoted("mmcli", "report", call.folder.parent, "-o", call.folder.parent / "report")


STAGE = Stage(
    name="evaluate",
    help="Score samples against the real test split, next to the same scores of real data.",
    examples=(
        "mmcli evaluate samples work/1-dataset -o scores",
        "mmcli evaluate samples work/1-dataset --compare other-samples --require 'condition_accuracy>=0.85' -o scores",
    ),
    run="mmcli.stages.evaluate.stage:evaluate",
    options="mmcli.stages.evaluate.options:EvaluateConfig",
    inputs=(
        Input("SAMPLES", "Folder that generate wrote.", "samples"),
        Input("DATASET", "Folder that preprocess wrote.", "dataset"),
    ),
    kind="scores",
    title="Scores",
    writes="artifact",
    libraries=LIBRARIES,
    next=_next,
)
