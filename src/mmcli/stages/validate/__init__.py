"""`validate`: find the files of a raw folder that cannot be used."""

from __future__ import annotations

from mmcli.modalities import field_configs
from mmcli.pipeline.stage import Input, Stage

STAGE = Stage(
    name="validate",
    help=(
        "Check a raw folder without writing anything: decode every item as preprocess would, list each problem with its file, row "
        "and reason, and count complete records, pairs of fields, labels and splits. Exits with code 3 if there is any problem, or if "
        "there are several fields but hardly a record with two of them."
    ),
    examples=(
        "mmcli validate raw",
        "mmcli validate photos --format same-stem --json",
    ),
    run="mmcli.stages.validate.stage:answer",
    options="mmcli.stages.preprocess.options:PreprocessConfig",
    more_options=(field_configs,),
    inputs=(Input("RAW", "Folder of texts, images and sounds, or a table (.csv, .tsv, .jsonl, .json, .parquet)."),),
    flags=("format", "columns", "leave_out", "encoding", "set"),
    table="preprocess",
)
