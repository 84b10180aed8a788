"""`init`: a project for the user's own raw folder."""

from __future__ import annotations

from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="init",
    help="Write a Makefile, a configuration and a README that run the pipeline on your folder; the folder is not modified.",
    examples=(
        "mmcli init photos",
        "mmcli init recordings -o project --target caption",
    ),
    run="mmcli.stages.init.stage:answer",
    options="mmcli.stages.init.options:InitConfig",
    inputs=(Input("DIR", "Your folder of texts, images and sounds, or a table (.csv, .tsv, .jsonl, .json, .parquet)."),),
    writes="folder",
)
