"""`embed`: learn one space for all fields of a data set."""

from __future__ import annotations

from mmcli.modalities import encoder_configs
from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Call, Input, Stage, fields_of, quoted


def _next(call: Call) -> str:
    if len(fields_of(call.folder)) == 1:  # nothing to fuse
        return quoted("mmcli", "similarity", call.folder, "-o", call.folder.parent / "similarity")
    return quoted("mmcli", "fuse", call.folder, "-o", call.folder.parent / "3-fused")


STAGE = Stage(
    name="embed",
    help=(
        "Learn one space for all fields: an encoder per field, trained so that fields of one record meet. A field that is alone learns "
        "from pairs of changed views of its items."
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
