"""``mmcli train-gan``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "train-gan",
        inputs=(
            Input("DATASET", "Folder that preprocess wrote."),
            Input("FUSED", "Folder that fuse wrote."),
        ),
        help="Train a conditional GAN that makes one field from any subset of the others.",
        examples=(
            "mmcli train-gan work/1-dataset work/3-fused --target photo -o work/4-gan-photo",
            "mmcli train-gan work/1-dataset work/3-fused --target sound --given caption --minutes 10 -o work/4-gan-sound",
        ),
    )
    def train_gan(call: Call) -> Outcome:
        from mmcli.stages.train_gan.stage import train_gan as stage

        outcome = stage(call.folder("DATASET"), call.folder("FUSED"), call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "generate", call.out, "--from", call.folder("DATASET"), "-o", call.out.parent / "5-samples"))
