"""``mmcli info``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mmcli.cli.options import help_text, short_help
from mmcli.cli.output import print_json, print_line, print_table

_WHAT = "Show what a folder holds: an artifact's kind, settings, counts and files, or the texts, images and sounds of a raw folder."
_EXAMPLES = ("mmcli info work/1-dataset", "mmcli info work/1-dataset --preview --sheets sheets")


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @app.command("info", help=help_text(_WHAT, _EXAMPLES), short_help=short_help(_WHAT))
    def info(
        path: Annotated[Path, typer.Argument(help="An artifact, a raw folder, or a folder of artifacts.", metavar="PATH")],
        verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare it with its SHA-256.")] = False,
        preview: Annotated[bool, typer.Option("--preview", help="Of a dataset: lengths, words, balance, duplicates, rejects.")] = False,
        sheets: Annotated[str, typer.Option("--sheets", help="Of a dataset: write its contact sheets here.", metavar="FOLDER")] = "",
        json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    ) -> None:
        from mmcli.stages.info.stage import as_rows, describe, size_words

        if preview or sheets:
            _preview(path, sheets, as_json=json)
            return
        facts = describe(path, verify=verify)
        if json:
            print_json(facts)
        elif facts["form"] == "artifacts":
            rows = [(row["name"], row["kind"], row["id"][:12], row["problem"] or size_words(row["bytes"])) for row in facts["artifacts"]]
            print_table(("name", "kind", "id", "size"), rows)
        else:
            print_line(facts["path"])
            print_table((), as_rows(facts))


def _preview(path: Path, sheets: str, *, as_json: bool) -> None:
    from mmcli.stages.info.stage import dataset_preview

    facts, lines = dataset_preview(path, Path(sheets) if sheets else None)
    if as_json:
        print_json(facts)
        return
    for line in lines:
        print_line(line)
