"""Defaults of text GANs: mostly maximum likelihood, then adversarial steps that are kept only if they help.

Measured on 1,377 keypad sentences: 3.6 % match no template after 31 epochs, 1.2 % after 62, and no
fewer after 145, when the held-out likelihood has started to decrease.
"""

from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    networks={
        "convolutional": ("text.generator", "text.discriminator"),
        "dense": ("text.generator", "text.discriminator.dense"),
    },
    batch_size=64,
    learning_rate=2e-3,
    gamma=0.02,
    gamma_records=1,
    width=128,
    epochs=60,
    min_kimg=30,
    max_kimg=2000,
)
