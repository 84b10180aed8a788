"""`preprocess`: convert a raw folder to a data set."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.modalities import field_configs
from mmcli.pipeline.stage import Call, Input, Stage, quoted


def _next(call: Call, fields: Sequence[str]) -> str:
    if len(fields) == 1:  # nothing to embed and fuse
        name = fields[0]
        return quoted("mmcli", "train-gan", call.folder, "--target", name, "-o", call.folder.parent / f"4-gan-{name}")
    return quoted("mmcli", "embed", call.folder, "-o", call.folder.parent / "2-embeddings")


STAGE = Stage(
    name="preprocess",
    help="Convert a raw folder to a data set: texts to ids, images to pixels, sounds to spectrograms; split it and list rejected items.",
    examples=(
        "mmcli preprocess raw -o work/1-dataset",
        "mmcli preprocess photos -o work/1-dataset --image-size 64 --json",
    ),
    run="mmcli.stages.preprocess.stage:preprocess",
    options="mmcli.stages.preprocess.options:PreprocessConfig",
    more_options=(field_configs,),
    inputs=(Input("RAW", "Folder of texts, images and sounds, or a table (.csv, .tsv, .jsonl, .json, .parquet)."),),
    kind="dataset",
    title="Data set",
    writes="artifact",
    libraries=("numpy", "scipy", "pillow", "soundfile", "soxr", "nltk", "stopwordsiso", "pyarrow"),
    next=_next,
)
