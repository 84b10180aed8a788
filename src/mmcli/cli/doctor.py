"""``mmcli doctor``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mmcli.cli.options import help_text, short_help
from mmcli.cli.output import print_json, print_table
from mmcli.core.errors import EnvironmentUnfitError

_WHAT = (
    "Check whether this machine is fit: packages, devices, memory and disk, and how to mend what is not. "
    "It ends with code 4 if something needed is missing."
)
_EXAMPLES = ("mmcli doctor", "mmcli doctor --fast --json")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @app.command("doctor", help=help_text(_WHAT, _EXAMPLES), short_help=short_help(_WHAT))
    def doctor(
        fast: Annotated[bool, typer.Option("--fast", help="Do not load TensorFlow.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    ) -> None:
        from mmcli.stages.doctor.stage import examine

        checks = examine(Path.cwd(), fast=fast)
        failed = [check for check in checks if check.status == "fail"]
        if json:
            print_json({"fit": not failed, "checks": [asdict(check) for check in checks]})
        else:
            print_table(("check", "status", "found", "fix"), [(c.name, c.status, c.found, c.fix) for c in checks])
        if failed:
            raise EnvironmentUnfitError(f"{failed[0].name}: {failed[0].found}", "this environment", failed[0].fix)
