"""The transformer: what it may see, how it writes, its losses."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytestmark = pytest.mark.tf
V = 8


@pytest.fixture(scope="module", params=[False, True], ids=["writes", "copies"])
def model(request):
    """A small network with every form of field, and weights that differ; one that writes all tokens, and one that copies some."""
    import tensorflow as tf

    from mmcli.generators.sequence.network import network

    tf.random.set_seed(0)
    fields, forms, shapes = ["en", "kind", "sound", "photo"], ["ids", "classes", "frames", "picture"], ["9", "3", "20x4", "16x16x1"]
    sizes = {"vocabulary": V, "dim": 16, "heads": 2, "width": 32, "encoder_layers": 1, "decoder_layers": 1, "dropout": 0.1}
    found = network(**sizes, fields=fields, forms=forms, shapes=shapes, copying=request.param)
    if request.param:
        pointer = found.get_layer("transducer").pointer
        pointer.gate.assign(0.3 * tf.random.normal((16, 1)))
        pointer.gate_bias.assign([-0.5])
    return found


@pytest.fixture(scope="module")
def inputs():
    """Three records; the second lacks its sound, the third has nothing."""
    import tensorflow as tf

    rng = np.random.default_rng(1)
    sound = rng.uniform(-1, 1, (3, 12, 4)).astype(np.float32)
    sound[0, 9:] = -2.0
    return {
        "*present": tf.constant([[1.0, 1, 1, 1], [1, 1, 0, 1], [0, 0, 0, 0]]),
        "en": tf.constant([[4, 5, 3, 0, 0], [6, 3, 0, 0, 0], [7, 7, 7, 7, 3]]),
        "kind": tf.constant(np.eye(3, dtype=np.float32)),
        "sound": tf.constant(sound),
        "photo": tf.constant(rng.uniform(-1, 1, (3, 16, 16, 1)).astype(np.float32)),
    }


def states(model, inputs, ids):
    return read(model, inputs, ids).numpy().reshape(len(ids), -1, 16)


def read(model, inputs, ids):
    import tensorflow as tf

    return model({**{name: tf.convert_to_tensor(x) for name, x in inputs.items()}, "*ids": tf.constant(ids)})


def test_a_position_sees_only_what_is_before_it(model, inputs) -> None:
    ids = np.array([[2, 5, 6, 7]] * 3, np.int32)
    other = ids.copy()
    other[:, 3] = 4
    a, b = states(model, inputs, ids), states(model, inputs, other)
    np.testing.assert_allclose(a[:, :3], b[:, :3], atol=1e-5)
    assert np.abs(a[:, 3] - b[:, 3]).max() > 0.1


@pytest.mark.parametrize("name", ["en", "kind", "sound", "photo"])
def test_a_field_matters_where_it_is_present_and_nowhere_else(model, inputs, name) -> None:
    ids = np.array([[2, 5]] * 3, np.int32)
    changed = {**inputs, name: inputs[name][::-1]}
    moved = np.abs(states(model, inputs, ids) - states(model, changed, ids)).max((1, 2))
    assert moved[0] > 1e-3
    assert moved[2] < 1e-6


@pytest.mark.parametrize(("name", "fill"), [("en", 0), ("sound", -2.0)])
def test_padding_changes_nothing(model, inputs, name, fill) -> None:
    ids = np.array([[2, 5]] * 3, np.int32)
    widths = [(0, 0), (0, 6), *[(0, 0)] * (len(inputs[name].shape) - 2)]
    longer = {**inputs, name: np.pad(inputs[name], widths, constant_values=fill)}
    np.testing.assert_allclose(states(model, inputs, ids)[:2], states(model, longer, ids)[:2], atol=1e-5)


def logits_of(model, inputs, ids):
    """Logits `[B, T, V]` by reading whole texts, without the ids that are never written."""
    import tensorflow as tf

    layer = model.get_layer("transducer")
    shifted = np.concatenate([np.full((len(ids), 1), 2), ids[:, :-1]], 1).astype(np.int32)
    rows = read(model, inputs, shifted)
    found = layer.logits(rows).numpy().reshape(len(ids), -1, V)
    found[..., :3] = -1e9
    found[:, 0, 3] = -1e9
    if layer.pointer:
        pointed = layer.reading(layer.encode({name: tf.convert_to_tensor(x) for name, x in inputs.items()})).pointed
        found = layer.pointer.logits(tf.reshape(rows, (len(ids), -1, 16)), pointed, tf.constant(found.reshape(-1, V)))
        return found.numpy().reshape(len(ids), -1, V)
    return found


def log_softmax(x):
    return x - np.log(np.exp(x - x.max(-1, keepdims=True)).sum(-1, keepdims=True)) - x.max(-1, keepdims=True)


def test_the_most_probable_token_step_by_step_is_that_of_the_whole_text(model, inputs) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import decoding

    ids, total = (x.numpy() for x in decoding.sampled(model.get_layer("transducer"), inputs, tf.zeros([3, 6]), 0.0, 0, 1.0))
    logits = logits_of(model, inputs, ids)
    for row in range(3):
        length = int((ids[row] != 0).sum())
        assert logits[row, :length].argmax(-1).tolist() == ids[row, :length].tolist()
        chosen = log_softmax(logits[row])[np.arange(length), ids[row, :length]]
        assert total[row] == pytest.approx(chosen.sum(), abs=1e-3)


@pytest.mark.parametrize("beams", [1, 3])
def test_no_run_of_tokens_occurs_twice_where_that_is_asked(model, inputs, beams) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import decoding

    layer, most = model.get_layer("transducer"), 30
    before = layer.bias.numpy()
    layer.bias.assign(before - 20.0 * np.eye(V)[3])  # texts do not end by themselves
    write = {
        1: lambda size: decoding.sampled(layer, inputs, tf.zeros([3, most]), 0.0, 0, 1.0, size),
        3: lambda size: decoding.searched(layer, inputs, tf.constant(most), beams, 1.0, size),
    }[beams]
    for size in (2, 3):
        for row in write(size)[0].numpy():
            ids = row[row > 3].tolist()
            runs = [tuple(ids[i : i + size]) for i in range(len(ids) - size + 1)]
            assert len(set(runs)) == len(runs)
    loops = [row[row > 3].tolist() for row in write(0)[0].numpy()]
    layer.bias.assign(before)
    assert any(len({tuple(ids[i : i + 3]) for i in range(len(ids) - 2)}) < len(ids) - 2 for ids in loops)


def test_random_texts_follow_the_quantiles(model, inputs) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import decoding

    uniform = np.random.default_rng(3).random((3, 5)).astype(np.float32)
    ids = decoding.sampled(model.get_layer("transducer"), inputs, tf.constant(uniform), 0.7, 0, 1.0)[0].numpy()
    shares = np.exp(log_softmax(logits_of(model, inputs, ids) / 0.7)).cumsum(-1)
    for row, length in enumerate((ids != 0).sum(1)):
        expected = [(shares[row, t] <= uniform[row, t]).sum() for t in range(length)]
        assert ids[row, :length].tolist() == expected


def test_top_k_and_top_p_leave_the_most_probable() -> None:
    import tensorflow as tf

    from mmcli.generators.sequence.decoding import _drawn

    logits = tf.math.log([[0.5, 0.25, 0.15, 0.1]])
    draws = {
        q: [int(_drawn(logits, tf.constant([q]), k, p)[0]) for k, p in ((0, 1.0), (2, 1.0), (0, 0.6), (1, 1.0))] for q in (0.1, 0.7, 0.99)
    }
    assert draws == {0.1: [0, 0, 0, 0], 0.7: [1, 1, 1, 0], 0.99: [3, 1, 1, 0]}


def test_a_wide_beam_finds_the_best_of_all_texts(model, inputs) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence import decoding

    layer, most = model.get_layer("transducer"), 3
    found, total = (x.numpy() for x in decoding.searched(layer, inputs, tf.constant(most), 30, 0.0))
    endings = [[*words, 3] for n in range(1, most) for words in itertools.product(range(4, V), repeat=n)]
    texts = [*endings, *map(list, itertools.product(range(4, V), repeat=most))]
    assert len(texts) == 4 + 16 + 64
    for row in range(3):
        one = {name: tf.repeat(x[row : row + 1], len(texts), 0) for name, x in inputs.items()}
        ids = np.array([text + [0] * (most - len(text)) for text in texts], np.int32)
        shares = log_softmax(logits_of(model, one, ids))
        scores = [sum(shares[i, t, token] for t, token in enumerate(text)) for i, text in enumerate(texts)]
        best = int(np.argmax(scores))
        assert [token for token in found[row].tolist() if token] == texts[best]
        assert total[row] == pytest.approx(scores[best], abs=1e-3)


def test_label_smoothing_is_the_mean_over_the_vocabulary(model, inputs) -> None:
    from mmcli.generators.sequence.losses import smoothed
    from mmcli.generators.sequence.network import Reading

    layer, ids = model.get_layer("transducer"), np.array([4, 0, 7, 3])
    rows = np.random.default_rng(5).normal(size=(4, 16)).astype(np.float32)
    loss, nll = (float(x) for x in smoothed(layer, rows, Reading([], None), ids, 0.1))
    shares = log_softmax(layer.logits(rows).numpy())[[0, 2, 3]]
    own = shares[np.arange(3), ids[[0, 2, 3]]]
    assert nll == pytest.approx(-own.mean(), abs=1e-4)
    assert loss == pytest.approx(-(0.9 * own + 0.1 * shares.mean(-1)).mean(), abs=1e-4)
    known = np.array([0, 0, 0, 1, 1, 1, 0, 1], np.float32)
    layer.known.assign(known)
    loss = float(smoothed(layer, rows, Reading([], None), ids, 0.1)[0])
    layer.known.assign(np.ones(V))
    assert loss == pytest.approx(-(0.9 * own + 0.1 * shares[:, known > 0].mean(-1)).mean(), abs=1e-4)


def test_tokens_are_copied_from_the_texts_of_their_own_record(model, inputs) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence.losses import smoothed, token_losses

    layer = model.get_layer("transducer")
    if not layer.pointer:
        pytest.skip("it writes all tokens")
    ids = tf.constant([[4, 5, 7], [6, 4, 3], [7, 3, 0]])
    reading = layer.reading(layer.encode(inputs))
    rows = layer.states(ids, reading)
    shares, _, some = layer.pointer(tf.reshape(rows, (3, 3, 16)), reading.pointed)
    copied = [set(np.unique(reading.pointed.ids.numpy()[row][shares.numpy()[row].max(0) > 1e-6])) for row in range(2)]
    assert copied == [{4, 5}, {6}]  # neither the end of a text nor a token of another form
    assert some.numpy().tolist() == [True, True, False]  # a record without a text copies nothing
    losses = token_losses(layer, rows, reading, ids).numpy()
    written = layer.logits(rows)
    likely = log_softmax(layer.pointer.logits(tf.reshape(rows, (3, 3, 16)), reading.pointed, written).numpy()).reshape(3, 3, V)
    np.testing.assert_allclose(np.exp(likely).sum(-1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(losses, -np.take_along_axis(likely, ids.numpy()[..., None], 2)[..., 0], atol=1e-4)
    _, nll = smoothed(layer, rows, reading, ids, 0.1)
    assert float(nll) == pytest.approx(losses[ids.numpy() > 0].mean(), abs=1e-5)


@pytest.mark.parametrize("sure", [-200.0, 200.0])
def test_a_gate_that_is_sure_has_finite_losses_and_gradients(model, inputs, sure) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence.losses import smoothed

    layer = model.get_layer("transducer")
    if not layer.pointer:
        pytest.skip("it writes all tokens")
    before = layer.pointer.gate_bias.numpy()
    layer.pointer.gate_bias.assign([sure])
    ids = tf.constant([[4, 5, 7], [6, 4, 3], [7, 3, 0]])  # some stand in the given text, others do not
    weights = [w.value for w in model.trainable_variables]
    with tf.GradientTape() as tape:
        reading = layer.reading(layer.encode(inputs))
        loss, _ = smoothed(layer, layer.states(ids, reading), reading, ids, 0.1)
    found = [tf.convert_to_tensor(g) for g in tape.gradient(loss, weights) if g is not None]
    layer.pointer.gate_bias.assign(before)
    assert np.isfinite(float(loss))
    assert all(np.isfinite(g.numpy()).all() for g in found)


def test_the_loss_of_sounds_is_that_of_all_paths_and_ignores_records_without_a_sound(model, inputs) -> None:
    import tensorflow as tf

    from mmcli.generators.sequence.decoding import heard
    from mmcli.generators.sequence.losses import connectionist

    layer = model.get_layer("transducer")
    states, mask = layer.encode(inputs)[2]["sound"]
    labels = tf.constant([[5, 6, 0], [5, 6, 0], [5, 6, 0]])
    total, count = (float(x) for x in connectionist(layer, states, mask, labels))
    chances = heard(layer, inputs).numpy()[0][: int(mask.numpy()[0].sum())]
    paths = (path for path in itertools.product((0, 5, 6), repeat=len(chances)) if [k for k, _ in itertools.groupby(path) if k] == [5, 6])
    right = sum(float(np.exp(sum(chances[i, letter] for i, letter in enumerate(path)))) for path in paths)
    assert (total, count) == (pytest.approx(-np.log(right), rel=1e-4), 2.0)
    nobody = layer.encode({**inputs, "*present": tf.zeros([3, 4])})[2]["sound"]
    assert [float(x) for x in connectionist(layer, *nobody, labels)] == [0.0, 0.0]


def test_a_text_does_not_depend_on_its_batch(model) -> None:
    from mmcli.conditioning.field_batch import FieldBatch
    from mmcli.generators.base import Decoding
    from mmcli.generators.sequence.sampler import SequenceSampler
    from mmcli.modalities.text.codec import TextCodec

    rng = np.random.default_rng(2)
    ids = np.zeros((20, 30), np.int32)
    for row, length in zip(ids, rng.integers(1, 30, 20), strict=True):
        row[:length] = rng.integers(3, V, length)
    batch = FieldBatch({"en": ids}, {"en": rng.random(20) < 0.8}, 20)
    sampler = SequenceSampler(model, TextCodec(("a", "b", "c", "d"), 6), Decoding())
    together = sampler.sample(batch, np.arange(20))
    alone = np.concatenate([sampler.sample(batch[np.array([i])], np.array([i])) for i in range(20)])
    np.testing.assert_array_equal(together, alone)
    assert len(np.unique(together, axis=0)) > 5
