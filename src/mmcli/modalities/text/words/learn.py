"""Common entry point for learning word vectors from a data set's rows."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.modalities.text.words import skipgram
from mmcli.modalities.text.words.corpus import RowCorpus
from mmcli.modalities.text.words.skipgram import SkipgramOptions
from mmcli.modalities.text.words.vectors import Array, WordVectors

METHODS = (*skipgram.METHODS, "glove")


def learn(method: str, rows: Array, vocabulary: Sequence[str], *, width: int, seed: int, work: Path, ui: Ui) -> WordVectors:
    """Learn word vectors from the train rows of a text field.

    Args:
        method: One of `METHODS`.
        rows: `[N, T]` int32 ids of the text codec.
        vocabulary: Words of ids 4, 5, ...
        width: Width of the vectors.
        seed: Seed of initial values, sampling and order.
        work: Folder for co-occurrence counts; GloVe only.
        ui: Receives progress.

    Raises:
        InputError: The rows contain no words.
    """
    corpus = RowCorpus(rows, vocabulary)
    if method in skipgram.METHODS:
        ui.info(f"learning {method} vectors of width {width} from {len(rows):,} texts")
        options = SkipgramOptions(vector_size=width, seed=seed)
        begin = time.perf_counter()
        table = skipgram.learn(method, corpus, options)
        rate = sum(table.counts) * options.epochs / max(time.perf_counter() - begin, 1e-9)
        ui.info(f"learned {len(table.words):,} words at {rate:,.0f} words/s")
        return table
    return _glove(corpus, width, seed, work, ui)


def _glove(corpus: RowCorpus, width: int, seed: int, work: Path, ui: Ui) -> WordVectors:
    from mmcli.modalities.text.words.cooccurrence import count
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    occurrences: Counter[int] = Counter()
    for sentence in corpus.word_ids():
        occurrences.update(sentence.tolist())
    if not occurrences:
        raise InputError("the texts contain no words", "the train split's texts", "add texts, or use another --text-method")
    ui.info(f"counting co-occurrences of {len(corpus.vocabulary):,} words")
    pairs = count(corpus.word_ids(), len(corpus.vocabulary), window=10, folder=work)
    options = GloveOptions(width=width, seed=seed, batch_size=min(4096, max(64, len(pairs.keys) // 64)))
    model = Glove(pairs, options)
    with ui.progress("glove", options.epochs, "epochs") as bar:
        model.fit(lambda epoch, loss: bar.advance_to(epoch, f"loss {loss:.4f}"))
    counts = tuple(occurrences[i] for i in range(len(corpus.vocabulary)))
    return WordVectors(tuple(corpus.vocabulary), model.vectors(), counts)
