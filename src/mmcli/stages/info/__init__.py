"""`info`: show the content of a folder."""

from __future__ import annotations

from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="info",
    help="Show the content of a folder: an artifact's kind, settings, counts and files, or the texts, images and sounds of a raw folder.",
    examples=(
        "mmcli info work/1-dataset",
        "mmcli info work/1-dataset --preview --sheets sheets",
    ),
    run="mmcli.stages.info.stage:answer",
    options="mmcli.stages.info.options:InfoConfig",
    inputs=(Input("PATH", "An artifact, a raw folder, or a folder of artifacts."),),
)
