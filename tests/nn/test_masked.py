"""Layers over padded sequences, against Keras' own on items without padding."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tf


def test_group_normalisation_is_keras_own_where_nothing_is_padded() -> None:
    import keras

    from mmcli.nn.masked import MaskedGroupNormalization

    x = np.random.default_rng(0).normal(2.0, 3.0, (4, 9, 12)).astype(np.float32)
    ours = np.asarray(MaskedGroupNormalization(4)(x, np.ones((4, 9), np.float32)))
    # Keras normalises over positions and the channels of a group.
    assert ours == pytest.approx(np.asarray(keras.layers.GroupNormalization(4)(x)), abs=1e-3)


def test_padding_changes_nothing() -> None:
    from mmcli.nn.masked import MaskedGroupNormalization

    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 9, 8)).astype(np.float32)
    used = (np.arange(9) < 5)[None, :].repeat(2, 0).astype(np.float32)
    layer = MaskedGroupNormalization(2)
    short = np.asarray(layer(x[:, :5], np.ones((2, 5), np.float32)))
    spoilt = np.where(used[:, :, None] > 0, x, 99.0).astype(np.float32)
    assert np.asarray(layer(spoilt, used))[:, :5] == pytest.approx(short, abs=1e-5)
