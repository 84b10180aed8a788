"""`generate`: generate items of a generator's target field."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.modalities.items import item_options
from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    if call.config.like:
        return ""
    return quoted("mmcli", "evaluate", call.folder, call.inputs["DATASET"] or "DATASET", "-o", f"{call.folder}-scores")


STAGE = Stage(
    name="generate",
    help="Generate texts, images or sounds, conditioned on any subset of the given fields or unconditional.",
    examples=(
        "mmcli generate work/4-gan-photo --text 'a red car' --num 16 -o samples",
        "mmcli generate work/4-gan-photo --from work/1-dataset --split test -o samples",
    ),
    run="mmcli.stages.generate.stage:generate",
    options="mmcli.stages.generate.options:GenerateConfig",
    more_options=(item_options("Conditions", "Condition: {a_noun} for the first given {name} field; repeat it for the next one."),),
    inputs=(
        Input("GAN", "Folder that train-gan wrote.", "gan"),
        Input("DATASET", "Data set whose records are the conditions.", "dataset", flag="--from"),
    ),
    kind="samples",
    title="Samples",
    writes="artifact",
    libraries=LIBRARIES,
    next=_next,
)
