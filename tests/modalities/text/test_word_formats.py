"""Files of word vectors: every published format, and what must be refused."""

import gzip
import pickle

import numpy as np
import pytest

from mmcli.core.errors import InputError, IntegrityError, SafetyError
from mmcli.modalities.text.words import formats
from mmcli.modalities.text.words.vectors import WordVectors


@pytest.fixture
def table():
    matrix = np.random.default_rng(0).normal(size=(4, 5)).astype(np.float32)
    return WordVectors(("the", "naïve", "日本", "x"), matrix)


def same(a, b):
    return a.words == b.words and np.array_equal(a.matrix, b.matrix)


@pytest.mark.parametrize("binary", [False, True])
def test_word2vec_round_trip_is_exact(table, tmp_path, binary):
    formats.write_word2vec(tmp_path / "v", table, binary=binary)
    assert same(formats.read(tmp_path / "v"), table)


def test_glove_round_trip_is_exact_and_keeps_words_with_blanks(table, tmp_path):
    spaced = WordVectors(("the", ". . .", "at name@domain.com", "x"), table.matrix)
    formats.write_glove(tmp_path / "v.txt", spaced)
    assert same(formats.read(tmp_path / "v.txt"), spaced)


@pytest.mark.parametrize("binary", [False, True])
def test_gensim_reads_what_we_write_and_we_read_what_gensim_writes(table, tmp_path, binary):
    from gensim.models import KeyedVectors

    formats.write_word2vec(tmp_path / "ours", table, binary=binary)
    theirs = KeyedVectors.load_word2vec_format(tmp_path / "ours", binary=binary)
    assert tuple(theirs.index_to_key) == table.words
    theirs.save_word2vec_format(tmp_path / "theirs", binary=binary)
    assert same(formats.read(tmp_path / "theirs"), table)


def test_gzip_is_read(table, tmp_path):
    formats.write_glove(tmp_path / "v.txt", table)
    (tmp_path / "v.gz").write_bytes(gzip.compress((tmp_path / "v.txt").read_bytes()))
    assert same(formats.read(tmp_path / "v.gz"), table)


def test_limit_keeps_the_first_words(table, tmp_path):
    formats.write_word2vec(tmp_path / "v", table)
    assert formats.read(tmp_path / "v", limit=2).words == table.words[:2]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a 0.1 0.2\nb 0.1\n", "line 2"),
        ("a 0.1 0.2\nb 0.1 0.2 0.3\n", "line 2"),
        ("a 0.1 0.2\nb 0.1 x\n", "line 2"),
        ("a 0.1 nan\n", "line 1"),
        ("3 2\na 0.1 0.2\nb 0.1 0.2\n", ""),
        ("3 99999\na 0.1\n", "line 1"),
    ],
)
def test_a_vector_that_does_not_fit_is_named(tmp_path, text, place):
    (tmp_path / "v.txt").write_text(text)
    with pytest.raises(IntegrityError) as caught:
        formats.read(tmp_path / "v.txt")
    assert place in caught.value.where


def test_cut_binary_is_damaged(table, tmp_path):
    formats.write_word2vec(tmp_path / "v", table, binary=True)
    data = (tmp_path / "v").read_bytes()
    for size in (len(data) - 3, len(data) // 2):
        (tmp_path / "v").write_bytes(data[:size])
        with pytest.raises(IntegrityError):
            formats.read(tmp_path / "v")


def test_pickles_are_refused_unread(tmp_path):
    class Canary:
        def __reduce__(self):
            return (open, (str(tmp_path / "canary"), "w"))

    for protocol in (0, 2, 4):
        (tmp_path / "v.kv").write_bytes(pickle.dumps({"gensim": Canary()}, protocol=protocol))
        with pytest.raises((SafetyError, IntegrityError, InputError)):
            formats.read(tmp_path / "v.kv")
    assert not (tmp_path / "canary").exists()


def test_gensim_save_is_refused_with_the_way_out(table, tmp_path):
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(vector_size=5)
    vectors.add_vectors(list(table.words), table.matrix)
    vectors.save(str(tmp_path / "v.kv"))
    with pytest.raises(SafetyError, match="pickle") as caught:
        formats.read(tmp_path / "v.kv")
    assert "save_word2vec_format" in caught.value.fix


def test_empty_and_missing_files(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    for name in ("empty", "missing"):
        with pytest.raises(InputError):
            formats.read(tmp_path / name)
