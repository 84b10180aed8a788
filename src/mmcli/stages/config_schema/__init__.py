"""`config-schema`: JSON schema of the configuration file."""

from __future__ import annotations

from mmcli.pipeline.stage import Stage

STAGE = Stage(
    name="config-schema",
    help="Print a JSON schema of the configuration file, for completion and validation in editors.",
    examples=("mmcli config-schema", "mmcli config-schema > mmcli.schema.json"),
    run="mmcli.stages.config_schema.stage:answer",
    options="mmcli.core.options:Options",
)
