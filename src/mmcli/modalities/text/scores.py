"""Scores of generated texts that need no judge."""

from __future__ import annotations

import numpy as np

from mmcli.core.token_ids import END, PAD
from mmcli.metrics import suite
from mmcli.metrics.score import Score
from mmcli.modalities.base import Array


def scores(samples: Array, train: Array, control: Array, reference: Array) -> dict[str, Score]:
    """Scores of ids `[N, T]`: generated, of the train split, as many of it as samples, and held-out ones."""
    vocabulary = 1 + max(int(np.max(side, initial=0)) for side in (samples, train, control, reference))
    texts = token_lists(samples), token_lists(train), token_lists(control), token_lists(reference)
    return suite.text_scores(*texts, vocabulary)


def token_lists(rows: Array) -> list[list[int]]:
    """Ids of rows `[N, T]`, each up to its end or padding."""
    found = []
    for row in np.asarray(rows).tolist():
        stop = next((i for i, number in enumerate(row) if number in (PAD, END)), len(row))
        found.append(row[:stop])
    return found
