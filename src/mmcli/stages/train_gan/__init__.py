"""`train-gan`: train a generator of one field."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.generators.registry import family_configs
from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    return quoted("mmcli", "generate", call.folder, "--from", call.inputs["DATASET"], "-o", call.folder.parent / "5-samples")


STAGE = Stage(
    name="train-gan",
    help="Train a generator of one field, conditioned on any subset of the other fields, on labels, or unconditional.",
    examples=(
        "mmcli train-gan work/1-dataset work/3-fused --target photo -o work/4-gan-photo",
        "mmcli train-gan work/1-dataset --target caption --critic dense -o work/4-gan-caption",
    ),
    run="mmcli.stages.train_gan.stage:train_gan",
    options="mmcli.stages.train_gan.options:TrainGanConfig",
    more_options=(family_configs,),
    inputs=(
        Input("DATASET", "Folder that preprocess wrote.", "dataset"),
        Input("FUSED", "Folder that fuse wrote; without it, the condition is the label or none.", "fused", optional=True),
    ),
    kind="gan",
    title="Generator",
    writes="artifact",
    libraries=LIBRARIES,
    next=_next,
)
