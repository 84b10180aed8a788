"""``mmcli generate``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "generate",
        inputs=(
            Input("GAN", "Folder that train-gan wrote."),
            Input("DATASET", "Data set whose records serve as conditions.", flag="--from"),
        ),
        help="Make new texts, images or sounds from any subset of the given fields, or from none.",
        examples=(
            "mmcli generate work/4-gan-photo --text 'a red car' --num 16 -o samples",
            "mmcli generate work/4-gan-photo --from work/1-dataset --split test -o samples",
        ),
    )
    def generate(call: Call) -> Outcome:
        from mmcli.stages.generate.stage import generate as stage

        outcome = stage(call.folder("GAN"), call.inputs["DATASET"], call.out, call.config, call.ui, force=call.force)
        if call.config.like:
            return outcome
        dataset = call.inputs["DATASET"] or "DATASET"
        return outcome.then(quoted("mmcli", "evaluate", call.out, dataset, "-o", f"{call.out}-scores"))
