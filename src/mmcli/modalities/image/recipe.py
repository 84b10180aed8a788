"""Defaults of image GANs: `compact` was measured on CPUs, `r3gan` follows arXiv 2501.05441."""

from mmcli.modalities.recipe import BySize, GanRecipe, LargeFigures

RECIPE = GanRecipe(
    networks={
        "compact": ("image.generator", "image.discriminator"),
        "r3gan": ("image.generator.r3gan", "image.discriminator.r3gan"),
    },
    batch_size=16,
    learning_rate=4e-4,
    gamma=0.1,
    gamma_records=60_000,
    width=32,
    epochs=100,
    min_kimg=60,
    max_kimg=2000,
    many=10_000,
    changes=True,
    by_size=BySize(sides=(8, 512), pixels=32 * 32, batches=((48, 64), (96, 32))),
    large=LargeFigures(
        name="r3gan", learning_rate=2e-4, gamma_at=((32, 0.05), (64, 2.0), (256, 150.0)), widths=(32, 64), widest_side=64, few=1000
    ),
)
