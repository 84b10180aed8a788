"""``mmcli embed``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "embed",
        inputs=(Input("DATASET", "Folder that preprocess wrote."),),
        help="Learn one space for all fields: an encoder per field, trained so that fields of one record meet.",
        examples=(
            "mmcli embed work/1-dataset -o work/2-embeddings",
            "mmcli embed work/1-dataset -o work/2-embeddings --dim 128 --epochs 40",
        ),
    )
    def embed(call: Call) -> Outcome:
        from mmcli.stages.embed.stage import embed as stage

        outcome = stage(call.folder("DATASET"), call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "fuse", call.out, "-o", call.out.parent / "3-fused"))
