"""`fuse`: learn one condition per record from its available fields."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    return quoted("mmcli", "train-gan", "DATASET", call.folder, "--target", "FIELD", "-o", call.folder.parent / "4-gan-FIELD")


STAGE = Stage(
    name="fuse",
    help="Fuse the available fields of each record into one condition by attention.",
    examples=(
        "mmcli fuse work/2-embeddings -o work/3-fused",
        "mmcli fuse work/2-embeddings -o work/3-fused --latents 8 --heads 8",
    ),
    run="mmcli.stages.fuse.stage:fuse",
    options="mmcli.conditioning.options:FuseConfig",
    inputs=(Input("EMBEDDINGS", "Folder that embed wrote.", "embeddings"),),
    kind="fused",
    title="Conditions",
    writes="artifact",
    libraries=LIBRARIES,
    next=_next,
)
