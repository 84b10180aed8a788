"""Finding the noise and condition of an item."""

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def parts():
    from mmcli.core.ui import Ui
    from mmcli.generators.gan.inversion import Inversion
    from mmcli.generators.gan.item_features import ItemFeatures
    from mmcli.nn import networks_io, runtime

    runtime.start(Ui(quiet=True), 0)
    common = {"shape": [16, 16, 1], "condition": 12, "width": 8}
    generator = networks_io.build("image.generator", {**common, "noise": 6}).model
    features = ItemFeatures(networks_io.build("image.discriminator", common).model)
    return generator, features, Inversion(generator, features)


def draw(seed, shape):
    return np.random.default_rng([seed]).standard_normal(shape).astype(np.float32)


def test_features_are_unit_vectors_that_do_not_depend_on_their_company(parts):
    items = np.tanh(draw(0, (70, 16, 16, 1)))
    found = parts[1](items)
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(70), abs=1e-5)
    assert np.array_equal(parts[1](items[65:]), found[65:])


def test_what_a_generator_made_is_found_again_and_equally_each_time(parts):
    generator, _, inversion = parts
    condition = draw(1, (1, 12))
    target = np.asarray(generator({"noise": draw(2, (1, 6)), "condition": condition}, training=False))
    start = draw(3, (4, 6)), np.repeat(condition, 4, 0)
    told = []
    found = [inversion.run(target, *start, 150, lambda n, loss: told.append((n, loss))) for _ in range(2)]
    assert np.array_equal(found[0][0], found[1][0])
    assert [n for n, _ in told] == [*range(1, 151)] * 2

    def nearness(z, c):
        return inversion.nearness(np.asarray(generator({"noise": z, "condition": c}, training=False)), target)

    assert nearness(*found[0]).total.min() < 0.1 * nearness(*start).total.min()
    assert inversion.nearness(target, target).total == pytest.approx([0.0], abs=1e-6)


def test_a_start_goes_its_own_way_whatever_the_others_do(parts):
    generator, _, inversion = parts
    condition = np.repeat(draw(1, (1, 12)), 3, 0)
    target = np.asarray(generator({"noise": draw(2, (1, 6)), "condition": condition[:1]}, training=False))
    noise = draw(3, (3, 6))
    together = inversion.run(target, noise, condition, 20, lambda n, loss: None)
    other = noise.copy()
    other[1:] = draw(4, (2, 6))
    alone = inversion.run(target, other, condition, 20, lambda n, loss: None)
    assert alone[0][0] == pytest.approx(together[0][0], abs=1e-4)
