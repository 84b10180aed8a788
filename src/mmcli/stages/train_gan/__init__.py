"""`train-gan`: train a generator of one field."""

from __future__ import annotations

from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call) -> str:
    return quoted("mmcli", "generate", call.folder, "--from", call.inputs["DATASET"], "-o", call.folder.parent / "5-samples")


STAGE = Stage(
    name="train-gan",
    help="Train a conditional GAN that makes one field from any subset of the others.",
    examples=(
        "mmcli train-gan work/1-dataset work/3-fused --target photo -o work/4-gan-photo",
        "mmcli train-gan work/1-dataset work/3-fused --target sound --given caption --minutes 10 -o work/4-gan-sound",
    ),
    run="mmcli.stages.train_gan.stage:train_gan",
    options="mmcli.stages.train_gan.options:TrainGanConfig",
    inputs=(
        Input("DATASET", "Folder that preprocess wrote."),
        Input("FUSED", "Folder that fuse wrote."),
    ),
    kind="gan",
    title="Generator",
    writes="artifact",
    old=True,
    next=_next,
)
