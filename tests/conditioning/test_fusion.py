"""Every fusion method against plain NumPy, with masks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tf
FIELDS, TOKENS, DIM, LATENTS, HEADS = 3, 2, 8, 2, 2
METHODS = ("attention", "cross-attention", "gated", "concat", "mean", "bilinear", "poe")
MASKS = np.array([[n >> f & 1 for f in range(FIELDS)] for n in range(2**FIELDS)], np.float32)


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    import keras

    from mmcli.conditioning.fusion import fusion

    keras.utils.set_random_seed(0)
    sizes = {"fields": FIELDS, "tokens": TOKENS, "dim": DIM, "latents": LATENTS, "heads": HEADS, "layers": 2}
    built = {method: fusion(**sizes, method=method) for method in METHODS}
    for model in built.values():
        for i, weight in enumerate(model.weights):  # biases and norms start at 0 and 1: move them
            weight.assign(np.asarray(weight) + 0.1 * np.random.default_rng([i]).standard_normal(weight.shape))
    return built


def some_tokens() -> Any:
    return np.random.default_rng([1]).standard_normal((len(MASKS), FIELDS, TOKENS, DIM)).astype(np.float32)


def run(model: Any, tokens: Any, mask: Any) -> dict[str, Any]:
    return {key: np.asarray(value) for key, value in model({"tokens": tokens, "mask": mask}, training=False).items()}


# --- the reference ---


def rms(x: Any) -> Any:
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)


def dense(layer: Any, x: Any) -> Any:
    return x @ np.asarray(layer.kernel, np.float64) + np.asarray(layer.bias, np.float64)


def silu(x: Any) -> Any:
    return x / (1 + np.exp(-x))


def norm(layer: Any, x: Any) -> Any:
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-6) * np.asarray(layer.gamma) + np.asarray(layer.beta)


def softmax(logits: Any, keys: Any) -> Any:
    """Row by row over the keys alone."""
    weights = np.zeros_like(logits)
    for row in np.ndindex(logits.shape[:-1]):
        chosen = np.flatnonzero(keys[row])
        if len(chosen):
            e = np.exp(logits[row][chosen] - logits[row][chosen].max())
            weights[row][chosen] = e / e.sum()
    return weights


def attention(query: Any, key: Any, value: Any, keys: Any) -> Any:
    """softmax(Q K^T / sqrt(d_k)) V, one head after the other; `keys [Q, S]`."""
    size = query.shape[-1] // HEADS
    heads = [slice(h * size, (h + 1) * size) for h in range(HEADS)]
    return np.concatenate([softmax(query[:, h] @ key[:, h].T / np.sqrt(size), keys) @ value[:, h] for h in heads], 1)


def reference_tokens(model: Any, tokens: Any, mask: Any, *, across: bool) -> tuple[Any, Any]:
    x = (rms(tokens) + np.asarray(model.get_layer("field_tokens").embedding)).reshape(FIELDS * TOKENS, DIM)
    keys = np.repeat(mask > 0, TOKENS)
    pairs = np.repeat(keys[None], FIELDS * TOKENS, 0)
    if across:
        number = np.repeat(np.arange(FIELDS), TOKENS)
        pairs = pairs & (number[:, None] != number[None])
    for i in range(2):
        layer = model.get_layer(f"self_attention_{i}")
        q, k, v = np.split(dense(layer.projection, norm(layer.norm, x)), 3, -1)
        x = x + dense(layer.output_projection, attention(q, k, v, pairs))
        x = x + dense(layer.narrow, silu(dense(layer.widen, norm(layer.norm_2, x))))
    pool = model.get_layer("query_pool")
    k, v = np.split(dense(pool.projection, norm(pool.norm, x)), 2, -1)
    queries = np.asarray(pool.queries, np.float64)[0]
    latents = queries + dense(pool.output_projection, attention(queries, k, v, np.repeat(keys[None], LATENTS, 0)))
    return x[keys].mean(0), latents


def reference_pooled(model: Any, method: str, tokens: Any, mask: Any) -> Any:
    layer, v, have = model.get_layer(method), rms(tokens.mean(1)), np.flatnonzero(mask)
    if method == "concat":
        return dense(layer.out, silu(dense(layer.hidden, np.concatenate([v.ravel(), mask]))))
    kernel, bias = np.asarray(layer.kernel, np.float64), np.asarray(layer.bias, np.float64)
    if method == "bilinear":
        factors = np.ones_like(np.asarray(layer.weight, np.float64))
        for f in have:
            factors = factors * (np.einsum("d,rde->re", v[f], kernel[f]) + bias[f])
        return (factors * np.asarray(layer.weight)).sum(0)
    hidden = np.stack([v[f] @ kernel[f] + bias[f] for f in range(FIELDS)])
    if method == "mean":
        return hidden[have].mean(0)
    if method == "gated":
        logits = np.stack([v.ravel() @ np.asarray(layer.gate_kernel)[f] + np.asarray(layer.gate_bias)[f] for f in range(FIELDS)])
        gates = softmax(logits.T, np.repeat(mask[None] > 0, DIM, 0)).T
        return (gates * np.tanh(hidden)).sum(0)
    variance = np.stack([v[f] @ np.asarray(layer.variance_kernel)[f] + np.asarray(layer.variance_bias)[f] for f in range(FIELDS)])
    precision = np.exp(-np.clip(variance, -6, 6))
    return (hidden * precision)[have].sum(0) / (1 + precision[have].sum(0))


def reference(model: Any, method: str, tokens: Any, mask: Any) -> tuple[Any, Any]:
    tokens = np.where(mask[:, None, None] > 0, tokens, 0).astype(np.float64)
    if method in ("attention", "cross-attention"):
        fused, latents = reference_tokens(model, tokens, mask, across=method == "cross-attention")
    else:
        fused = reference_pooled(model, method, tokens, mask)
        latents = dense(model.get_layer("latents"), fused).reshape(LATENTS, DIM)
    latents = rms(latents)
    return rms(fused + dense(model.get_layer("readout").projection, latents.ravel())), latents


@pytest.mark.parametrize("method", METHODS)
def test_method_matches_numpy_for_every_subset(models: dict[str, Any], method: str) -> None:
    tokens = some_tokens()
    out = run(models[method], tokens, MASKS)
    for i in range(1, len(MASKS)):
        condition, latents = reference(models[method], method, tokens[i], MASKS[i])
        np.testing.assert_allclose(out["condition"][i], condition, rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(out["latents"][i], latents, rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("garbage", [np.nan, np.inf, 1e30, -3.0])
@pytest.mark.parametrize("method", METHODS)
def test_masked_content_changes_no_bit(models: dict[str, Any], method: str, garbage: float) -> None:
    tokens = some_tokens()
    other = np.where(MASKS[:, :, None, None] > 0, tokens, np.float32(garbage))
    before, after = run(models[method], tokens, MASKS), run(models[method], other, MASKS)
    assert all(before[key].tobytes() == after[key].tobytes() for key in before)


@pytest.mark.parametrize("method", METHODS)
def test_no_field_gives_zeros_and_others_unit_rms(models: dict[str, Any], method: str) -> None:
    out = run(models[method], some_tokens(), MASKS)
    assert not out["condition"][0].any()
    assert not out["latents"][0].any()
    np.testing.assert_allclose((out["condition"][1:] ** 2).mean(-1), 1.0, rtol=1e-2)


def test_attention_weights_are_a_distribution_over_present_tokens(models: dict[str, Any]) -> None:
    from mmcli.conditioning.fusion import attention_model

    weights = np.asarray(attention_model(models["attention"])({"tokens": some_tokens(), "mask": MASKS}))
    keys = np.repeat(MASKS > 0, TOKENS, 1)
    assert weights.shape == (len(MASKS), HEADS, LATENTS, FIELDS * TOKENS)
    np.testing.assert_allclose(weights[1:].sum(-1), 1.0, rtol=1e-5)
    assert not weights[np.broadcast_to(~keys[:, None, None, :], weights.shape)].any()
    assert attention_model(models["mean"]) is None


@pytest.mark.parametrize("bad", [{"heads": 3}, {"fields": 0}, {"fields": 65}, {"dim": 100_000}, {"method": "magic"}])
def test_sizes_that_do_not_fit_are_refused(bad: dict[str, Any]) -> None:
    from mmcli.core.errors import IntegrityError
    from mmcli.nn.networks_io import build

    sizes = {"fields": 2, "tokens": 2, "dim": 8, "latents": 2, "heads": 2, "layers": 1, "method": "attention"}
    with pytest.raises(IntegrityError):
        build("fusion", sizes | bad)
