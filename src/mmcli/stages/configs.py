"""The configuration of every stage: its own options, and those of the modalities and families that it serves."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

from mmcli.core.options import StageConfig, compose
from mmcli.modalities import encoder_configs, field_configs

_OWN = {
    "demo-data": "mmcli.stages.demo_data.options:DemoDataConfig",
    "import": "mmcli.data.datasets.options:ImportConfig",
    "preprocess": "mmcli.stages.preprocess.options:PreprocessConfig",
    "embed": "mmcli.stages.embed.options:EmbedConfig",
    "similarity": "mmcli.stages.similarity.options:SimilarityConfig",
    "search": "mmcli.stages.search.options:SearchConfig",
    "classify": "mmcli.stages.classify.options:ClassifyConfig",
    "fuse": "mmcli.conditioning.options:FuseConfig",
    "train-gan": "mmcli.stages.train_gan.options:TrainGanConfig",
    "generate": "mmcli.stages.generate.options:GenerateConfig",
    "evaluate": "mmcli.stages.evaluate.options:EvaluateConfig",
    "report": "mmcli.reporting.options:ReportConfig",
}
_OTHERS: dict[str, Callable[[], Sequence[type[StageConfig]]]] = {"preprocess": field_configs, "embed": encoder_configs}


def config_of(stage: str) -> type[Any]:
    """Class of a stage's configuration."""
    module, name = _OWN[stage].split(":")
    own: type[StageConfig] = getattr(importlib.import_module(module), name)
    return compose(name, own, *_OTHERS[stage]()) if stage in _OTHERS else own
