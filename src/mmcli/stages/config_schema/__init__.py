"""`config-schema`: what a configuration file may hold."""

from __future__ import annotations

from mmcli.pipeline.stage import Stage

STAGE = Stage(
    name="config-schema",
    help="Print a JSON schema of the configuration file, with which editors complete and check it.",
    examples=("mmcli config-schema", "mmcli config-schema > mmcli.schema.json"),
    run="mmcli.stages.config_schema.stage:answer",
    options="mmcli.core.options:Options",
)
