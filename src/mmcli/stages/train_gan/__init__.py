"""`train-gan`: a conditional GAN that makes one field from any subset of the others."""

from mmcli.stages.train_gan.stage import train_gan

__all__ = ["train_gan"]
