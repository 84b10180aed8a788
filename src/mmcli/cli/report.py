"""``mmcli report``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "report",
        inputs=(Input("WORK", "Folder that holds the artifacts of a pipeline.", around_output=True),),
        help="Show a whole pipeline on one HTML page: settings, curves, samples, sounds, scores.",
        examples=("mmcli report work -o work/report", "mmcli report work -o page --title 'My photos' --examples 48"),
    )
    def report(call: Call) -> Outcome:
        from mmcli.stages.report.stage import report as stage

        outcome = stage(call.folder("WORK"), call.out, call.config, call.ui, force=call.force)
        return outcome.then("open " + quoted(call.out / "index.html"))
