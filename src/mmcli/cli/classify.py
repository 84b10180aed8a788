"""``mmcli classify``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "classify",
        inputs=(Input("EMBEDDINGS", "Folder that embed wrote."),),
        help="Label records by the nearest label text (zero-shot) or by a linear probe, with a table per class.",
        examples=(
            "mmcli classify work/2-embeddings --field photo --template 'a photo of {}' -o work/classes",
            "mmcli classify work/2-embeddings --field sound --method probe -o work/classes",
        ),
    )
    def classify(call: Call) -> Outcome:
        from mmcli.stages.classify.stage import classify as stage

        return stage(call.folder("EMBEDDINGS"), call.out, call.config, call.ui, force=call.force)
