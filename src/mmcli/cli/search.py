"""``mmcli search``."""

from __future__ import annotations

from typing import Any

import typer

from mmcli.cli.options import Call, Input, query_command
from mmcli.cli.output import print_json, print_line, print_table


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @query_command(
        app,
        "search",
        inputs=(Input("EMBEDDINGS", "Folder that embed wrote."),),
        help="Find records by a text, a picture or a sound, in any field.",
        examples=(
            "mmcli search work/2-embeddings --text 'please dial seven now' --target photo --top 5 --sheet sevens.png",
            "mmcli search work/2-embeddings --query-field caption --target sound --split test --eval",
        ),
    )
    def search(call: Call, *, as_json: bool) -> None:
        from mmcli.stages.search.stage import search as stage

        result = stage(call.folder("EMBEDDINGS"), call.config, call.ui)
        if as_json:
            found = [{"query": query, "hits": hits} for query, hits in zip(result.queries, result.hits, strict=True)]
            print_json({"target": result.target, **({"eval": result.figures} if result.figures else {"results": found})})
        elif result.figures:
            print_table((), [(name, _cell(value)) for name, value in result.figures.items()])
        else:
            for query, hits in zip(result.queries, result.hits, strict=True):
                print_line(f"{result.target} for: {query}")
                print_table(("rank", "score", "id", "label", "item"), [_row(hit) for hit in hits])


def _row(hit: dict[str, Any]) -> tuple[str, ...]:
    return (str(hit["rank"]), f"{hit['score']:.4f}", str(hit["id"]), str(hit["label"] or ""), str(hit["item"]))


def _cell(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
