"""`embed`: learn one space for all fields of a data set."""

from __future__ import annotations

from mmcli.modalities import encoder_configs
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call) -> str:
    return quoted("mmcli", "fuse", call.folder, "-o", call.folder.parent / "3-fused")


STAGE = Stage(
    name="embed",
    help="Learn one space for all fields: an encoder per field, trained so that fields of one record meet.",
    examples=(
        "mmcli embed work/1-dataset -o work/2-embeddings",
        "mmcli embed work/1-dataset -o work/2-embeddings --dim 128 --epochs 40",
    ),
    run="mmcli.stages.embed.stage:embed",
    options="mmcli.stages.embed.options:EmbedConfig",
    more_options=(encoder_configs,),
    inputs=(Input("DATASET", "Folder that preprocess wrote."),),
    kind="embeddings",
    title="Embeddings",
    writes="artifact",
    old=True,
    next=_next,
)
