"""``mmcli demo-data``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "demo-data",
        inputs=(),
        help="Write the keypad data set: handwritten digits, their telephone tones and sentences that name them.",
        examples=("mmcli demo-data -o raw", "mmcli demo-data -o raw --num-records 200 --missing 0"),
    )
    def demo_data(call: Call) -> Outcome:
        from mmcli.stages.demo_data.stage import demo_data as stage

        outcome = stage(call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "preprocess", call.out, "-o", call.out.parent / "1-dataset"))
