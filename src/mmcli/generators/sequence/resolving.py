"""Resolve the options of the family `sequence` by the amount of text."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mmcli.core.errors import UsageError
from mmcli.core.token_ids import FIRST_WORD
from mmcli.generators.base import ConfigT, TrainingData
from mmcli.generators.sequence.options import SequenceConfig
from mmcli.generators.sequence.plan import MOST_TOKENS
from mmcli.modalities.base import TokenCodec

_RATE, _WIDTH = 2e-3, 128
_ROWS, _STEPS = (16, 96), 40  # bounds of a batch, and steps of an epoch between them
_UNCONDITIONAL = 0.02
# Tokens that a default budget reads, of the longer of condition and text, its least steps, and bounds of its epochs; about 15
# minutes on two cores. Long conditions of short texts have many tokens, but teach little about the texts.
_TOKENS, _LEAST_STEPS, _EPOCHS = 4_000_000, 3_000, (8, 100)
_CTC, _LITTLE_SOUND = (0.8, 0.3), 360_000  # below and above a number of frames, an hour at 10 ms
_FRAME_AXES = 2
_COPIED, _LOOKED_AT = 0.1, 1_000  # share of repeated tokens from which copying pays, and records that tell
_NO_WORDS = frozenset(range(FIRST_WORD))
_DROPOUT = ((20_000, 0.3), (100_000, 0.2), (math.inf, 0.1))  # up to a number of records


def resolve(config: SequenceConfig) -> SequenceConfig:
    """What does not depend on the data."""
    unconditional = _UNCONDITIONAL if config.unconditional is None else config.unconditional
    return replace(config, learning_rate=config.learning_rate or _RATE, width=config.width or _WIDTH, unconditional=unconditional)


def fit(config: ConfigT, data: TrainingData) -> ConfigT:
    """Batch size, budget and dropout by the number of records and the lengths of their texts."""
    assert isinstance(config, SequenceConfig)
    if config.reinforce and _frames(data):
        raise UsageError("a text that is spelled from a sound cannot be rewarded as a whole", "--reinforce", "leave it out")
    lengths = np.maximum(np.maximum(data.rows.sequences.lengths, data.given.lengths()), 1)
    count, mean = len(lengths), float(lengths.mean())
    budgeted = config.kimg or config.minutes or config.steps
    rows = min(count, config.batch_size or max(1, min(_rows(count), round(MOST_TOKENS / mean))))
    epochs = min(_EPOCHS[1], max(_EPOCHS[0], _TOKENS / (count * mean), _LEAST_STEPS * rows / count))
    dropout = next(rate for most, rate in _DROPOUT if count < most) if config.dropout is None else config.dropout
    return replace(
        config,
        batch_size=rows,
        kimg=config.kimg if budgeted else epochs * count / 1000,
        dropout=dropout,
        ctc=_ctc(data) if config.ctc is None else config.ctc,
        copying=("on" if repeated_share(data) > _COPIED else "off") if config.copying == "auto" else config.copying,
    )


def repeated_share(data: TrainingData) -> float:
    """Share of the tokens of train texts that stand in a given text of the same record, less that of other records' given texts."""
    texts = [name for name, source in data.given.sources.items() if isinstance(source.codec, TokenCodec)]
    count = min(_LOOKED_AT, len(data.rows))
    if not texts or count <= 1:
        return 0.0
    numbers = np.linspace(0, len(data.rows) - 1, count).astype(np.int64)
    batch, lengths = data.given.only(texts).full(numbers), data.rows.sequences.lengths[numbers]
    given = [set(np.concatenate([batch.rows[name][i] for name in texts]).tolist()) - _NO_WORDS for i in range(count)]
    written = [row[row >= FIRST_WORD] for row in data.rows.sequences.padded(numbers, max(1, int(lengths.max(initial=1))))]
    hits = [sum(float(np.isin(row, list(given[(i + shift) % count])).sum()) for i, row in enumerate(written)) for shift in (0, count // 2)]
    return (hits[0] - hits[1]) / max(1, sum(map(len, written)))


def _ctc(data: TrainingData) -> float:
    """CTC finds out what is said when from little sound; the decoder needs more."""
    frames = _frames(data)
    return 0.0 if not frames else _CTC[0] if frames < _LITTLE_SOUND else _CTC[1]


def _frames(data: TrainingData) -> float:
    """Number of frames of all given sounds."""
    sounds = [name for name, source in data.given.sources.items() if len(source.codec.network_shape) == _FRAME_AXES]
    return sum(float(data.given.lengths_of(name).sum()) for name in sounds)


def _rows(count: int) -> int:
    """Few records have smaller batches, so that an epoch has enough steps."""
    least, most = _ROWS
    return min(most, max(least, count // _STEPS))
