"""word2vec and fastText, learned by gensim.

With one worker thread the result is a function of the sentences, the options and the seed; with
more it is not, because gensim's threads update the same matrices without a lock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mmcli.core.errors import InputError
from mmcli.modalities.text.words.vectors import WordVectors

METHODS = ("word2vec", "fasttext")
_MAX_BUCKETS = 2_000_000
_BUCKETS_PER_WORD = 32


@dataclass(frozen=True)
class SkipgramOptions:
    """Options shared by gensim's two models, under gensim's names.

    Attributes:
        vector_size: Width of the vectors.
        window: Maximum distance between a word and its context word.
        min_count: Minimum count; rarer words are ignored.
        sg: 1 for skip-gram, 0 for continuous bag of words.
        negative: Number of noise words per pair.
        epochs: Number of epochs.
        workers: Number of threads; only 1 is reproducible.
        seed: Seed of the vectors and the sampling.
    """

    vector_size: int = 100
    window: int = 5
    min_count: int = 1
    sg: int = 1
    negative: int = 5
    epochs: int = 5
    workers: int = 1
    seed: int = 0


def learn(method: str, sentences: Iterable[list[str]], options: SkipgramOptions) -> WordVectors:
    """Learn word vectors.

    Args:
        method: `word2vec` or `fasttext`.
        sentences: Lists of words; iterated once to count and once per epoch, never held in memory.
        options: See `SkipgramOptions`.

    Raises:
        InputError: No word occurs often enough.
    """
    model = model_of(method, options)
    model.build_vocab(corpus_iterable=sentences)
    if not len(model.wv):
        raise InputError(
            "no word of the texts reaches the minimum count", "the train split's texts", "add texts, or use another --text-method"
        )
    if method == "fasttext":
        model = _with_buckets(options, len(model.wv))
        model.build_vocab(corpus_iterable=sentences)
    model.train(corpus_iterable=sentences, total_examples=model.corpus_count, epochs=options.epochs)
    counts = tuple(int(model.wv.get_vecattr(word, "count")) for word in model.wv.index_to_key)
    return WordVectors(tuple(model.wv.index_to_key), np.array(model.wv.vectors, dtype=np.float32), counts)


def model_of(method: str, options: SkipgramOptions) -> Any:
    """The gensim model, without a vocabulary yet."""
    from gensim.models import FastText, Word2Vec

    model = Word2Vec if method == "word2vec" else FastText
    extra = {"bucket": 1} if method == "fasttext" else {}
    return model(**{**asdict(options), "seed": options.seed % 2**31, **extra})


def _with_buckets(options: SkipgramOptions, num_words: int) -> Any:
    """Number of n-gram buckets: the published two million take 800 MB, and small vocabularies need far fewer."""
    from gensim.models import FastText

    buckets = min(_MAX_BUCKETS, max(1024, _BUCKETS_PER_WORD * num_words))
    return FastText(**{**asdict(options), "seed": options.seed % 2**31, "bucket": buckets})
