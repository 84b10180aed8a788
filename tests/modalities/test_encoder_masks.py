"""Every encoder returns a sequence with its mask, and padding changes nothing that comes of an item."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mmcli.nn.padding import FRAME_PAD

pytestmark = pytest.mark.tf
COMMON = {"dim": 8, "tokens": 3}
TEXT = {"shape": [12], "vocabulary": 20, **COMMON}
BERT = {"words": 21, "hidden": 16, "layers": 1, "heads": 2, "inner": 32, "positions": 32, "types": 1, "activation": "gelu", "epsilon": 1e-6}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "gru": ("text.encoder", {**TEXT, "width": 8}),
    "lstm": ("text.encoder", {**TEXT, "width": 8, "cell": "lstm", "pooling": "mean"}),
    "cls": ("text.encoder", {**TEXT, "width": 8, "pooling": "cls"}),
    "words": ("text.words", {**TEXT, "width": 6}),
    "sif": ("text.words", {**TEXT, "width": 6, "pooling": "sif"}),
    "bert": ("text.bert", {**TEXT, **BERT}),
    "audio": ("audio.encoder", {"shape": [64, 6], **COMMON, "width": 8}),
    "audio lstm": ("audio.encoder", {"shape": [64, 6], **COMMON, "width": 8, "cell": "lstm"}),
}


def items(builder: str, count: int, length: int, padded: int) -> np.ndarray:
    rng = np.random.default_rng([length, 5])
    if builder.startswith("audio"):
        rows = np.full((count, padded, 6), FRAME_PAD, np.float32)
        rows[:, :length] = rng.uniform(-1, 1, (count, length, 6))
        return rows
    rows = np.zeros((count, padded), np.int32)
    rows[:, :length] = rng.integers(1, 20, (count, length))
    return rows


def outputs(model: Any, rows: np.ndarray) -> dict[str, np.ndarray]:
    return {key: np.asarray(value) for key, value in model(rows, training=False).items()}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("length", [5, 8, 17])
def test_padding_changes_nothing(case: str, length: int) -> None:
    from mmcli.nn import networks_io

    builder, config = CASES[case]
    model = networks_io.build(builder, config).model
    short = outputs(model, items(builder, 3, length, length))
    positions = short["sequence"].shape[1]
    for padded in (length + 1, length + 2, length + 13):
        long = outputs(model, items(builder, 3, length, padded))
        for key in ("vector", "tokens", "features"):
            np.testing.assert_allclose(long[key], short[key], atol=2e-6, err_msg=key)
        np.testing.assert_allclose(long["sequence"][:, :positions], short["sequence"], atol=2e-6)
        assert long["mask"].dtype == bool
        assert long["mask"].sum(1).tolist() == [positions] * 3
        assert long["mask"][:, :positions].all()


@pytest.mark.parametrize("case", CASES)
def test_neighbours_of_other_lengths_and_absent_items_change_nothing(case: str) -> None:
    from mmcli.nn import networks_io

    builder, config = CASES[case]
    model = networks_io.build(builder, config).model
    alone = outputs(model, items(builder, 1, 9, 9))
    mixed = np.concatenate([items(builder, 1, 9, 21), items(builder, 2, 21, 21), items(builder, 1, 0, 21)])
    together = outputs(model, mixed)
    np.testing.assert_allclose(together["vector"][:1], alone["vector"], atol=2e-6)
    assert np.isfinite(together["vector"]).all()
    assert not together["mask"][3].any()


def test_an_audio_encoder_has_a_position_for_every_four_frames() -> None:
    from mmcli.nn import networks_io

    model = networks_io.build(*CASES["audio"]).model
    for length, positions in ((1, 1), (4, 1), (5, 2), (64, 16), (65, 17)):
        found = outputs(model, items("audio", 1, length, length))
        assert found["sequence"].shape == (1, positions, 16)
        assert found["mask"].shape == (1, positions)


def test_an_image_encoder_returns_its_grid() -> None:
    from mmcli.nn import networks_io

    model = networks_io.build("image.encoder", {"shape": [16, 24, 1], **COMMON, "width": 8}).model
    found = outputs(model, np.random.default_rng(0).uniform(-1, 1, (2, 16, 24, 1)).astype(np.float32))
    assert found["sequence"].shape == (2, 4 * 6, 16)
    assert found["mask"].shape == (2, 24)
    assert found["mask"].all()
    np.testing.assert_allclose(np.linalg.norm(found["vector"], axis=1), 1.0, atol=1e-5)


def test_pooled_attention_reads_no_padding_at_all() -> None:
    from mmcli.nn.layers import AttentionPool

    pool = AttentionPool(2)
    sequence = np.random.default_rng(0).normal(size=(2, 5, 4)).astype(np.float32)
    mask = np.array([[1, 1, 0, 0, 0], [0, 0, 0, 0, 0]], np.float32)
    read = np.asarray(pool([sequence, mask]))
    weights = np.asarray(pool.weights_on([sequence, mask]))
    np.testing.assert_allclose(weights[0].sum(-1), 1.0, atol=1e-6)
    assert (weights[0, :, 2:] == 0).all()
    assert (weights[1] == 0).all()
    assert (read[1] == 0).all()
    changed = np.where(mask[..., None] > 0, sequence, 1e6).astype(np.float32)
    np.testing.assert_array_equal(np.asarray(pool([changed, mask])), read)


def test_masked_layers_are_the_plain_ones_where_nothing_is_padding() -> None:
    import keras

    from mmcli.nn.masked import MaskedConv1D, MaskedGroupNormalization

    x = np.random.default_rng(0).normal(size=(2, 12, 6)).astype(np.float32)
    all_used = np.ones((2, 12), np.float32)
    ours, plain = MaskedConv1D(8, 5, use_bias=False), keras.layers.Conv1D(8, 5, strides=2, padding="same", use_bias=False)
    ours(x, all_used), plain(x)
    plain.set_weights(ours.get_weights())
    np.testing.assert_allclose(ours(x, all_used), plain(x), atol=1e-5)
    norm, keras_norm = MaskedGroupNormalization(3), keras.layers.GroupNormalization(groups=3)
    np.testing.assert_allclose(norm(x, all_used), keras_norm(x), atol=1e-5)
