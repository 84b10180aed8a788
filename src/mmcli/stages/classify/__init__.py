"""`classify`: predict the class of records from their embeddings."""

from __future__ import annotations

from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="classify",
    help="Label records by the nearest label text (zero-shot) or by a linear probe, with a table per class.",
    examples=(
        "mmcli classify work/2-embeddings --field photo --template 'a photo of {}' -o work/classes",
        "mmcli classify work/2-embeddings --field sound --method probe -o work/classes",
    ),
    run="mmcli.stages.classify.stage:classify",
    options="mmcli.stages.classify.options:ClassifyConfig",
    inputs=(Input("EMBEDDINGS", "Folder that embed wrote.", "embeddings"),),
    kind="classification",
    title="Classes",
    writes="artifact",
    libraries=LIBRARIES,
)
