"""`config-schema`: JSON schema of the configuration file."""

from __future__ import annotations

from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.options import Options, StageConfig
from mmcli.core.schema import option_schema, table_schema
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer
from mmcli.stages.registry import all_stages


def answer(config: Options, ui: Ui) -> Answer:
    """Answer with the schema."""
    del config, ui
    schema = config_schema()
    return Answer(schema, jsonio.dumps(schema, ascii_only=True).splitlines())


def config_schema() -> dict[str, Any]:
    """JSON schema of a configuration file: a table per stage with its own options, and `seed` for all."""
    tables = {stage.name: table_schema(stage.config) for stage in all_stages() if not stage.table}
    properties = {"seed": option_schema(StageConfig, "seed"), **{name: table for name, table in tables.items() if table["properties"]}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of mmcli",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }
