"""Figures for text GANs: mostly maximum likelihood, then adversarial steps that must prove themselves."""

from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    trainer="mmcli.training.text_gan:TextGan",
    sampler="mmcli.training.sampling:TextSampler",
    batch_size=64,
    learning_rate=2e-3,
    gamma=0.02,
    gamma_records=1,
    width=128,
    epochs=30,
    min_kimg=30,
    max_kimg=2000,
)
