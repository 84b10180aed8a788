"""`similarity`: compare items and fields in the shared space."""

from __future__ import annotations

from mmcli.modalities.items import item_options
from mmcli.nn.runtime import LIBRARIES
from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="similarity",
    help="Compare items pairwise: matrices of cosine similarities and distances as .npy, CSV and heat map.",
    examples=(
        "mmcli similarity work/2-embeddings --rows caption --columns photo -o work/similarity",
        "mmcli similarity glove.6B.50d.txt --text 'a red car' --text 'a blue bus' --pooling sif -o work/similarity",
    ),
    run="mmcli.stages.similarity.stage:similarity",
    options="mmcli.stages.similarity.options:SimilarityConfig",
    more_options=(item_options("Items", "Add {a_noun} as a row, repeatable; replaces records as rows."),),
    inputs=(Input("SOURCE", "Folder that embed wrote; for texts only, also a BERT folder or a file of word vectors."),),
    kind="similarity",
    title="Similarity",
    writes="artifact",
    libraries=LIBRARIES,
)
