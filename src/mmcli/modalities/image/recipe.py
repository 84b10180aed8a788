"""Figures for image GANs: `compact` of the project's measurements."""

from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    trainer="mmcli.training.pairing_gan:PairingGan",
    sampler="mmcli.training.sampling:NoiseSampler",
    batch_size=64,
    learning_rate=4e-4,
    gamma=0.1,
    gamma_records=60_000,
    width=32,
    epochs=100,
    min_kimg=60,
    max_kimg=2000,
)
