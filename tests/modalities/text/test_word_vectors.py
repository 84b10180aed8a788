"""Learning and pooling word vectors."""

import numpy as np
import pytest

from mmcli.core.errors import InputError
from mmcli.modalities.text.words import pooling, skipgram
from mmcli.modalities.text.words.cooccurrence import count
from mmcli.modalities.text.words.corpus import RowCorpus
from mmcli.modalities.text.words.skipgram import SkipgramOptions
from mmcli.modalities.text.words.vectors import WordVectors

WORDS = ("press", "one", "two", "please", "now")


@pytest.fixture
def corpus():
    rng = np.random.default_rng(0)
    rows = np.zeros((60, 8), dtype=np.int32)
    for row in rows:
        size = rng.integers(2, 7)
        row[:size] = rng.integers(4, 9, size)
        row[size] = 3
    return RowCorpus(rows, WORDS)


@pytest.mark.parametrize("method", ["word2vec", "fasttext"])
def test_learning_twice_gives_the_same_vectors(corpus, method):
    options = SkipgramOptions(vector_size=8, epochs=2, seed=3)
    first, second = (skipgram.learn(method, corpus, options) for _ in range(2))
    assert first.words == second.words
    assert np.array_equal(first.matrix, second.matrix)
    assert sum(first.counts) == sum(len(words) for words in corpus)


def test_texts_without_words_cannot_be_learned():
    with pytest.raises(InputError):
        skipgram.learn("word2vec", RowCorpus(np.zeros((3, 4), np.int32), WORDS), SkipgramOptions())


def test_cooccurrence_equals_its_definition(corpus, tmp_path):
    expected = np.zeros((5, 5))
    for sentence in corpus.word_ids():
        for i, a in enumerate(sentence):
            for j, b in enumerate(sentence):
                if i != j and abs(i - j) <= 3:
                    expected[a, b] += 1 / abs(i - j)
    found = count(corpus.word_ids(), 5, 3, tmp_path)
    dense = np.zeros(25)
    dense[found.keys] = found.counts
    np.testing.assert_allclose(dense.reshape(5, 5), expected, rtol=1e-6)


def test_cooccurrence_out_of_core_equals_in_memory(corpus, tmp_path, monkeypatch):
    inside = count(corpus.word_ids(), 5, 3, tmp_path / "a")
    monkeypatch.setattr("mmcli.modalities.text.words.cooccurrence._BLOCK_WORDS", 16)
    monkeypatch.setattr("mmcli.modalities.text.words.cooccurrence._MERGE_PAIRS", 8)
    outside = count(corpus.word_ids(), 5, 3, tmp_path / "b", run_pairs=4)
    assert np.array_equal(inside.keys, outside.keys)
    np.testing.assert_allclose(inside.counts, outside.counts, rtol=1e-6)
    assert not list((tmp_path / "b").glob("run-*"))


def test_mean_of_known_words_only():
    table = WordVectors(("a", "b"), np.array([[2.0, 0.0], [0.0, 4.0]], np.float32))
    np.testing.assert_array_equal(pooling.mean_vectors([["a", "B", "?"], ["?"]], table), [[1.0, 2.0], [0.0, 0.0]])


def test_sif_removes_the_common_component_and_trusts_rare_words():
    rng = np.random.default_rng(0)
    table = WordVectors(("the", "cat", "dog"), (rng.normal(size=(3, 6)) + 3).astype(np.float32), (1000, 1, 1))
    sentences = [["the", "cat"], ["the", "dog"], ["cat", "dog"]]
    vectors = pooling.sif_vectors(sentences, table)
    weights = pooling.sif_weights(table.probabilities())
    direction = pooling.common_component(pooling._weighted(sentences, table, weights))
    np.testing.assert_allclose(vectors @ direction, 0, atol=1e-6)
    assert weights[0] < 0.01 < weights[1]


def test_vocabulary_rows_fall_back_to_lower_case():
    table = WordVectors(("a", "b"), np.eye(2, dtype=np.float32))
    rows, found = table.rows_for(["B", "z", "a"])
    assert found == 2
    np.testing.assert_array_equal(rows, [[0, 1], [0, 0], [1, 0]])
