"""Scores of generated texts that need no judge."""

from __future__ import annotations

import numpy as np

from mmcli.core.token_ids import END, PAD
from mmcli.metrics import suite
from mmcli.metrics.suite import Score
from mmcli.modalities.base import Array


def scores(samples: Array, control: Array, reference: Array) -> dict[str, Score]:
    """BLEU, self-BLEU and distinct n-grams of ids `[N, T]`: generated, real train and held-out ones."""
    return suite.text_scores(token_lists(samples), token_lists(control), token_lists(reference))


def token_lists(rows: Array) -> list[list[int]]:
    """Ids of rows `[N, T]`, each up to its end or padding."""
    found = []
    for row in np.asarray(rows).tolist():
        stop = next((i for i, number in enumerate(row) if number in (PAD, END)), len(row))
        found.append(row[:stop])
    return found
