"""`evaluate`: score samples beside real data, through a judge that saw real data only."""

from mmcli.stages.evaluate.stage import evaluate

__all__ = ["evaluate"]
