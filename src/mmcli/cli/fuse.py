"""``mmcli fuse``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "fuse",
        inputs=(Input("EMBEDDINGS", "Folder that embed wrote."),),
        help="Fuse the fields of a record by attention into one condition, whichever fields it has.",
        examples=("mmcli fuse work/2-embeddings -o work/3-fused", "mmcli fuse work/2-embeddings -o work/3-fused --latents 8 --heads 8"),
    )
    def fuse(call: Call) -> Outcome:
        from mmcli.stages.fuse.stage import fuse as stage

        outcome = stage(call.folder("EMBEDDINGS"), call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "train-gan", "DATASET", call.out, "--target", "FIELD", "-o", call.out.parent / "4-gan-FIELD"))
