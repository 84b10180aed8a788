"""`init`: a project for a folder of the user's own."""

from __future__ import annotations

from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="init",
    help="Write a Makefile, a configuration and a README that take a folder of yours through the pipeline; nothing in it is changed.",
    examples=(
        "mmcli init photos",
        "mmcli init recordings -o project --target caption",
    ),
    run="mmcli.stages.init.stage:answer",
    options="mmcli.stages.init.options:InitConfig",
    inputs=(Input("DIR", "Your folder of texts, images and sounds, or a table of texts (.csv, .tsv, .jsonl)."),),
    writes="folder",
)
