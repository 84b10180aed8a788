"""``mmcli init``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmcli.cli.options import help_text, short_help
from mmcli.cli.output import print_json, print_line, quoted
from mmcli.core.ui import Ui

_WHAT = "Write a Makefile, a configuration and a README that take a folder of yours through the pipeline; nothing in it is changed."
_EXAMPLES = ("mmcli init photos", "mmcli init recordings -o project --target caption")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @app.command("init", help=help_text(_WHAT, _EXAMPLES), short_help=short_help(_WHAT))
    def init(
        raw: Annotated[Path, typer.Argument(help="Your folder of texts, images and sounds.", metavar="DIR")],
        out: Annotated[Path | None, typer.Option("-o", "--out", help="Folder to write  [default: DIR-mmcli]", metavar="FOLDER")] = None,
        target: Annotated[
            str, typer.Option("--target", help="Field to generate  [default: an image, else a sound]", metavar="FIELD", show_default=False)
        ] = "",
        json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
        quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only the result and errors.")] = False,
    ) -> None:
        from mmcli.stages.init.stage import init as stage

        project, survey, chosen = stage(raw, out, target)
        ui = Ui(quiet=quiet)
        ui.info(f"{survey.num_records:,} records; fields: {', '.join(f'{name} ({kind})' for name, kind in survey.fields.items())}")
        ui.info(f"next: {quoted('make', '-C', project)}")
        if json:
            print_json({"path": str(project), "target": chosen, "fields": survey.fields, "records": survey.num_records})
        else:
            print_line(str(project))
