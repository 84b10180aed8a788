"""What an image GAN's options become for a data set and a machine."""

from dataclasses import replace

import pytest

from mmcli.generators.base import Counts
from mmcli.generators.gan import resolving
from mmcli.generators.gan.options import GanConfig
from mmcli.modalities import registry

MANY = (60_000, 70_000)


def fitted(shape=(32, 32, 1), counts=MANY, has_gpu=False, **options):
    config = GanConfig(**options)
    recipe = registry.find("image").gan_recipe()
    return replace(config, **resolving.fitted(recipe, config, list(shape), Counts(*counts), has_gpu))


def test_a_cpu_gets_compact_with_lazy_penalties_and_a_gpu_r3gan_with_penalties_at_every_step():
    cpu, gpu = fitted(), fitted(has_gpu=True)
    assert (cpu.preset, cpu.penalty_interval, cpu.gamma, cpu.learning_rate) == ("compact", 4, 0.1, 4e-4)
    assert (gpu.preset, gpu.penalty_interval, gpu.gamma, gpu.learning_rate) == ("r3gan", 1, pytest.approx(0.05), 2e-4)


@pytest.mark.parametrize(("side", "gamma"), [(16, 0.05), (32, 0.05), (64, 2.0), (256, 150.0)])
def test_the_gamma_of_r3gan_is_the_published_one_at_its_sizes(side, gamma):
    assert fitted((side, side, 3), preset="r3gan").gamma == pytest.approx(gamma)


def test_larger_images_are_penalised_more_and_come_in_smaller_batches():
    small, large = fitted(), fitted((128, 128, 3))
    assert large.gamma == pytest.approx(16 * small.gamma)
    assert (small.batch_size, large.batch_size) == (64, 16)


def test_a_long_budget_on_many_records_gets_wider_networks():
    assert (fitted(kimg=100).width, fitted(kimg=5000).width) == (32, 64)
    assert fitted(preset="r3gan", minutes=5).width < fitted(preset="r3gan", kimg=5000).width


def test_few_colour_images_are_changed_and_grey_drawings_are_not():
    assert fitted((32, 32, 3), (1600, 1600)).augment == ("translation", "colour")
    assert fitted((32, 32, 1), (1600, 1600)).augment == ("none",)
    assert fitted((32, 32, 3), MANY).augment == ("none",)


def test_what_the_user_sets_stays():
    chosen = fitted(preset="r3gan", width=24, depth=3, gamma=7.0, batch_size=5, penalty_interval=2, augment=("flip",), steps=9)
    assert (chosen.width, chosen.depth, chosen.gamma, chosen.batch_size, chosen.penalty_interval) == (24, 3, 7.0, 5, 2)
    assert (chosen.augment, chosen.steps, chosen.kimg) == (("flip",), 9, None)
