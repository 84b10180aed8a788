"""Figures for audio GANs. Updates are scarce, so batches are small."""

from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    trainer="mmcli.training.pairing_gan:PairingGan",
    sampler="mmcli.training.sampling:NoiseSampler",
    batch_size=16,
    learning_rate=4e-4,
    gamma=0.5,
    width=64,
    epochs=60,
    min_kimg=40,
    max_kimg=1000,
)
