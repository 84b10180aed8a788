"""`demo-data`: write the keypad data set."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.pipeline.stage import Call, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    return quoted("mmcli", "preprocess", call.folder, "-o", call.folder.parent / "1-dataset")


STAGE = Stage(
    name="demo-data",
    help="Write the keypad data set: handwritten digits, their telephone tones and sentences that name them.",
    examples=(
        "mmcli demo-data -o raw",
        "mmcli demo-data -o raw --num-records 200 --missing 0",
    ),
    run="mmcli.stages.demo_data.stage:demo_data",
    options="mmcli.stages.demo_data.options:DemoDataConfig",
    kind="raw",
    title="Raw folder",
    writes="artifact",
    log=False,
    libraries=("numpy", "scikit-learn", "pillow", "soundfile"),
    next=_next,
)
