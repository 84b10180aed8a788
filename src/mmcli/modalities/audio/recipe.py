"""Figures for audio GANs. Updates are scarce, so batches are small."""

from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    trainer="mmcli.training.pairing_gan:PairingGan",
    sampler="mmcli.training.sampling:NoiseSampler",
    batch_size=16,
    learning_rate=4e-4,
    gamma=2.0,
    gamma_records=1_400,
    width=32,
    epochs=40,
    min_kimg=20,
    max_kimg=1000,
)
