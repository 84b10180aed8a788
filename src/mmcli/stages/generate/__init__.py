"""`generate`: new items of a GAN's target field, from any subset of the given fields or from none."""

from mmcli.stages.generate.stage import generate

__all__ = ["generate"]
