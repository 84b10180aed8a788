"""`report`: one page about all artifacts in a work folder."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    return "open " + quoted(call.folder / "index.html")


STAGE = Stage(
    name="report",
    help="Render a pipeline as one HTML page: settings, curves, samples, sounds and scores.",
    examples=(
        "mmcli report work -o work/report",
        "mmcli report work -o page --title 'My photos' --examples 48",
    ),
    run="mmcli.stages.report.stage:report",
    options="mmcli.reporting.options:ReportConfig",
    inputs=(Input("WORK", "Folder that contains the artifacts of a pipeline.", around_output=True),),
    kind="report",
    title="Report",
    writes="artifact",
    log=False,
    libraries=("jinja2",),
    next=_next,
)
