"""`search`: find the records closest to a query."""

from __future__ import annotations

from mmcli.modalities.items import item_options
from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="search",
    help="Find records in any field by a text, an image or a sound.",
    examples=(
        "mmcli search work/2-embeddings --text 'please dial seven now' --target photo --top 5 --sheet sevens.png",
        "mmcli search work/2-embeddings --query-field caption --target sound --split test --eval",
    ),
    run="mmcli.stages.search.stage:answer",
    options="mmcli.stages.search.options:SearchConfig",
    more_options=(item_options("Queries", "Query by {a_noun}, repeatable."),),
    inputs=(Input("EMBEDDINGS", "Folder that embed wrote."),),
)
