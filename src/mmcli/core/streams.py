"""Streams of random numbers: each is a function of a seed, a purpose and indices, never the state of a hidden generator.

Every stream has a purpose of its own, so two of them never draw the same numbers by chance, and a
resumed run draws what an uninterrupted one does. Tensors inside graphs come from `nn.draws`.
"""

from __future__ import annotations

from enum import IntEnum, unique

import numpy as np


@unique
class Purpose(IntEnum):
    """What a stream of random numbers is for; its indices are named in brackets."""

    DEMO_ORDER = 0
    """Which digits the demonstration data set holds."""
    DEMO_MISSING = 1
    """Whether a record of it lacks a field, and which [record]."""
    DEMO_SENTENCE = 2
    """The sentence of a record [record]."""
    DEMO_TONE = 3
    """The keypad tone of a record [record]."""

    PAIR_JOIN = 4
    """Which records of two folders `import pair` joins [split and label]."""
    AUGMENTED_COPY = 5
    """Changes of the augmented copies that `preprocess` adds [field, copy, record]."""
    START_PHASE = 7301
    """Phases that Griffin-Lim starts from; another number makes every sound of the same spectrogram another one."""

    WORD_VECTORS_START = 7
    """Start values of GloVe vectors."""
    WORD_VECTORS_ORDER = 8
    """Order of the co-occurring pairs that GloVe learns from [epoch]."""

    EMBED_ORDER = 10
    """Order of the records that encoders learn from [epoch]."""
    EMBED_HIDE = 11
    """Fields hidden from the joint training of encoders [step]."""
    EMBED_VIEW = 12
    """Light changes of the encoders' inputs [step, field, part]."""
    EMBED_BATCHES = 18
    """Order of the batches, where each holds items of like length [epoch]."""
    EMBED_PROBE = 13
    """Records whose share of positive pairs is counted before training."""
    PRETRAIN_ORDER = 14
    """Order of the texts that a transformer is pre-trained on [epoch]."""
    PRETRAIN_CHOICE = 15
    """Words that it has to guess [step]."""
    PRETRAIN_FATE = 16
    """Whether such a word becomes the mask, becomes another word or stays [step]."""
    PRETRAIN_WORD = 17
    """Which other word it becomes [step]."""

    CONDITION_SUBSET = 21
    """Fields that the condition of a training item is made of [step]."""
    CONDITION_PAIRS = 22
    """Pairs of records whose conditions are compared."""

    LATENT = 31
    """Noise vector of a generated item; the seed is the item's own."""
    WORD_CHOICE = 32
    """Quantiles at which the words of a generated text are sampled; the seed is the text's own."""

    FUSE_ORDER = 33
    """Order of the records that a fusion network learns from [epoch]."""
    FUSE_VALIDATION = 34
    """The one field that each validation record shows."""
    FUSE_SAMPLE = 35
    """Records that its scores are computed on."""
    FUSE_HIDE = 36
    """Fields hidden from it in training [step]."""
    FUSE_SPOIL = 37
    """Which visible field is spoiled, and how [step]."""
    FUSE_NOISE = 38
    """Noise on the spoiled field [step]."""
    NOISE_CURVE = 39
    """Noise on one field's tokens in the curve of accuracy over noise [field]."""

    JUDGE_ORDER = 41
    """Order of the items that a judge learns from [epoch]."""
    JUDGE_VIEW = 42
    """Light changes of these items [step]."""
    WATCH_JUDGE_ITEMS = 43
    """Items that the judge which watches a training is trained on."""

    EVALUATE_SAMPLES = 51
    """Generated items that are compared with as many real ones."""
    EVALUATE_TRAIN = 52
    """Train items that are the control group, and those in which copies are looked for."""
    EVALUATE_HALVES = 53
    """Halves of the train split where nothing is held out."""
    WATCH_ITEMS = 54
    """Train items that a training is watched on where nothing is held out."""

    GAN_ORDER = 61
    """Order of the records that a GAN learns from [epoch]."""
    GAN_NOISE = 62
    """Noise vectors of the fakes in training [step]."""
    GAN_CONDITION_NOISE = 63
    """Noise on their conditions [step]."""
    GAN_AUGMENT = 64
    """Differentiable changes of real items and fakes [step]."""
    GAN_WORD_CHOICE = 65
    """Quantiles at which the words of fakes are sampled in training [step]."""
    GAN_GUMBEL = 66
    """Gumbel noise of the words' straight-through gradient [step]."""


def generator(seed: int, purpose: Purpose, *indices: int) -> np.random.Generator:
    """The stream of a purpose at its indices.

    Args:
        seed: Of the run or the item, not negative.
        purpose: What the numbers are for.
        indices: Such as the epoch or the step, not negative; always as many for one purpose.
    """
    return np.random.default_rng(_entropy(seed, purpose, indices))


def stateless_word(seed: int, purpose: Purpose, *indices: int) -> int:
    """Seed, purpose and indices mixed into 31 bits: one word of the key of a stateless operation in a graph."""
    return int(np.random.SeedSequence(_entropy(seed, purpose, indices)).generate_state(1)[0]) >> 1


def _entropy(seed: int, purpose: Purpose, indices: tuple[int, ...]) -> list[int]:
    """NumPy cuts large integers into words of 32 bits; the high ones of a seed must not pass for a purpose, so they come last."""
    high, low = divmod(int(seed), 2**32)
    return [low, int(purpose), *map(int, indices), *([high] if high else [])]
