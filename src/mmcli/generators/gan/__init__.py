"""Adversarial generators of images and short sounds, and of texts."""

from mmcli.generators.gan.family import FAMILY

__all__ = ["FAMILY"]
