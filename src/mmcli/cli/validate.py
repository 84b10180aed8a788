"""``mmcli validate``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mmcli.cli.options import help_text, load_table, short_help
from mmcli.cli.output import print_json, print_line, print_table
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.core.values import resolve
from mmcli.stages.configs import config_of

_WHAT = (
    "Read a raw folder without writing anything: decode every item as preprocess would, and list each problem with its file, row and "
    "reason. It ends with code 3 if there is any."
)
_EXAMPLES = ("mmcli validate raw", "mmcli validate photos --format same-stem --json")
_FIX = "mend or remove what is listed; preprocess leaves it out and goes on"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @app.command("validate", help=help_text(_WHAT, _EXAMPLES), short_help=short_help(_WHAT))
    def validate(
        raw: Annotated[Path, typer.Argument(help="Folder of texts, images and sounds.", metavar="RAW")],
        layout: Annotated[str | None, typer.Option("--format", help="Layout of the raw folder.  [default: auto]", metavar="NAME")] = None,
        config: Annotated[str | None, typer.Option("--config", help="TOML file whose preprocess table holds.", metavar="FILE")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
        quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only the result, warnings and errors.")] = False,
    ) -> None:
        options = resolve(config_of("preprocess"), "preprocess", {"format": layout}, os.environ, *load_table(config, "preprocess"))
        from mmcli.stages.validate.stage import validate as stage

        ui = Ui(quiet=quiet)
        verdict = stage(raw, options, ui)
        for warning in verdict.warnings:
            ui.warn(warning)
        if json:
            print_json(verdict.to_json(raw))
        elif verdict.problems:
            print_table(("file", "record", "code", "reason"), [(p.path, p.id, p.code, p.message) for p in verdict.problems])
        else:
            fields = ", ".join(f"{facts['present']:,} {name}" for name, facts in verdict.fields.items())
            print_line(f"no problem in {verdict.records:,} records ({verdict.layout}): {fields}")
        if verdict.problems:
            number = len(verdict.problems)
            raise InputError(f"{number:,} items cannot be used" if number > 1 else "1 item cannot be used", visible(raw), _FIX)
