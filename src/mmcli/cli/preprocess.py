"""``mmcli preprocess``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "preprocess",
        inputs=(Input("RAW", "Folder of texts, images and sounds."),),
        help="Clean a raw folder: texts to ids, images to pixels, sounds to spectrograms; split, and say what was left out and why.",
        examples=("mmcli preprocess raw -o work/1-dataset", "mmcli preprocess photos -o work/1-dataset --image-size 64 --json"),
    )
    def preprocess(call: Call) -> Outcome:
        from mmcli.stages.preprocess.stage import preprocess as stage

        outcome = stage(call.folder("RAW"), call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "embed", call.out, "-o", call.out.parent / "2-embeddings"))
