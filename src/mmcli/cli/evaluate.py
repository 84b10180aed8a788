"""``mmcli evaluate``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "evaluate",
        inputs=(
            Input("SAMPLES", "Folder that generate wrote."),
            Input("DATASET", "Folder that preprocess wrote."),
        ),
        help="Score samples against the real test split, beside the same scores of real data.",
        examples=(
            "mmcli evaluate samples work/1-dataset -o scores",
            "mmcli evaluate samples work/1-dataset --require 'condition_accuracy>=0.85' -o scores",
        ),
    )
    def evaluate(call: Call) -> Outcome:
        from mmcli.stages.evaluate.stage import evaluate as stage

        outcome = stage(call.folder("SAMPLES"), call.folder("DATASET"), call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "report", call.out.parent, "-o", call.out.parent / "report"))
