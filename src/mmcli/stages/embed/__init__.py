"""`embed`: learn a shared embedding space of all fields of a data set."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.modalities import encoder_configs
from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    if len(fields) == 1:  # nothing to fuse
        return quoted("mmcli", "similarity", call.folder, "-o", call.folder.parent / "similarity")
    return quoted("mmcli", "fuse", call.folder, "-o", call.folder.parent / "3-fused")


STAGE = Stage(
    name="embed",
    help=(
        "Learn a shared embedding space: one encoder per field, trained contrastively so that fields of the same record are close. "
        "With a single field, pairs of augmented views of each item are used instead."
    ),
    examples=(
        "mmcli embed work/1-dataset -o work/2-embeddings",
        "mmcli embed work/1-dataset -o work/2-embeddings --dim 128 --epochs 40",
    ),
    run="mmcli.stages.embed.stage:embed",
    options="mmcli.stages.embed.options:EmbedConfig",
    more_options=(encoder_configs,),
    inputs=(Input("DATASET", "Folder that preprocess wrote.", "dataset"),),
    kind="embeddings",
    title="Embeddings",
    writes="artifact",
    libraries=LIBRARIES,
    next=_next,
)
