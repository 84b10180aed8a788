"""``mmcli similarity``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "similarity",
        inputs=(Input("SOURCE", "Folder that embed wrote; for texts alone also a BERT folder or a file of word vectors."),),
        help="Compare items with each other: matrices of cosines and distances as .npy, CSV and heat map.",
        examples=(
            "mmcli similarity work/2-embeddings --rows caption --columns photo -o work/similarity",
            "mmcli similarity glove.6B.50d.txt --text 'a red car' --text 'a blue bus' --pooling sif -o work/similarity",
        ),
    )
    def similarity(call: Call) -> Outcome:
        from mmcli.stages.similarity.stage import similarity as stage

        return stage(call.folder("SOURCE"), call.out, call.config, call.ui, force=call.force)
