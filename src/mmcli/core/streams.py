"""Random streams: each is a function of a seed, a purpose and indices, never of hidden generator state.

Every stream has its own purpose, so no two of them draw the same numbers, and a resumed run draws
the same numbers as an uninterrupted one. Tensors inside graphs come from `nn.draws`.
"""

from __future__ import annotations

from enum import IntEnum, unique

import numpy as np


@unique
class Purpose(IntEnum):
    """Purpose of a random stream; its indices are given in brackets."""

    DEMO_ORDER = 0
    """Choice of the digits in the demonstration data set."""
    DEMO_MISSING = 1
    """Whether a record lacks a field, and which [record]."""
    DEMO_SENTENCE = 2
    """The sentence of a record [record]."""
    DEMO_TONE = 3
    """The keypad tone of a record [record]."""

    PAIR_JOIN = 4
    """Choice of the records that `import pair` joins [split and label]."""
    AUGMENTED_COPY = 5
    """Augmentation of the copies that `preprocess` adds [field, copy, record]."""
    START_PHASE = 7301
    """Initial phases of Griffin-Lim; changing this value changes every sound made from a spectrogram."""

    WORD_VECTORS_START = 7
    """Initial GloVe vectors."""
    WORD_VECTORS_ORDER = 8
    """Order of co-occurrence pairs in GloVe training [epoch]."""

    EMBED_ORDER = 10
    """Order of records in encoder training [epoch]."""
    EMBED_HIDE = 11
    """Field dropout in joint encoder training [step]."""
    EMBED_VIEW = 12
    """Augmentation of encoder inputs [step, field, part]."""
    EMBED_BATCHES = 18
    """Order of batches of items of similar length [epoch]."""
    EMBED_PROBE = 13
    """Records on which the fraction of positive pairs is estimated before training."""
    PRETRAIN_ORDER = 14
    """Order of texts in transformer pre-training [epoch]."""
    PRETRAIN_CHOICE = 15
    """Tokens selected for prediction in masked language modelling [step]."""
    PRETRAIN_FATE = 16
    """Whether a selected token is masked, replaced or kept [step]."""
    PRETRAIN_WORD = 17
    """Replacement of a selected token [step]."""

    CONDITION_SUBSET = 21
    """Fields that form the condition of a training item [step]."""
    CONDITION_PAIRS = 22
    """Pairs of records whose conditions are compared to find the mismatch weight. """

    LATENT = 31
    """Noise vector of a generated item; the seed is the item's own."""
    WORD_CHOICE = 32
    """Quantiles at which the tokens of a generated text are sampled; the seed is the text's own."""

    FUSE_ORDER = 33
    """Order of records in fusion training [epoch]."""
    FUSE_VALIDATION = 34
    """The single visible field of each validation record."""
    FUSE_SAMPLE = 35
    """Records on which the fusion network is scored."""
    FUSE_HIDE = 36
    """Field dropout in fusion training [step]."""
    FUSE_SPOIL = 37
    """Visible field to corrupt, and how [step]."""
    FUSE_NOISE = 38
    """Noise on the corrupted field [step]."""
    NOISE_CURVE = 39
    """Noise on one field's tokens in the curve of accuracy against noise [field]."""

    JUDGE_ORDER = 41
    """Order of items in judge training [epoch]."""
    JUDGE_VIEW = 42
    """Augmentation of judge inputs [step]."""
    WATCH_JUDGE_ITEMS = 43
    """Training items of the judge that monitors GAN training."""

    EVALUATE_SAMPLES = 51
    """Generated items that are compared with an equal number of real ones."""
    EVALUATE_TRAIN = 52
    """Train items of the control group, and those searched for copies."""
    EVALUATE_HALVES = 53
    """Halves of the train split if nothing is held out."""
    EVALUATE_RIVALS = 55
    """Conditions that a sample's own one is ranked against."""
    EVALUATE_FLOOR = 56
    """Train items in place of samples, for the score of an answer at random."""
    EVALUATE_BOOTSTRAP = 57
    """Resampled items of confidence intervals [0, or 1 for the second of two sets]."""
    EVALUATE_TWO_SAMPLE = 58
    """Items that a classifier between two sets learns from."""
    EVALUATE_PAIRED = 59
    """Samples that are compared with their real targets."""
    EVALUATE_PAIRED_FLOOR = 60
    """Train items in place of samples, for these scores of an answer at random."""
    EVALUATE_COMPARE = 50
    """Order of the resampled values of samples that are not paired with others."""
    WATCH_ITEMS = 54
    """Train items on which GAN training is monitored if nothing is held out."""

    GAN_ORDER = 61
    """Order of records in GAN training [epoch]."""
    GAN_NOISE = 62
    """Noise vectors of generated items in training [step]."""
    GAN_CONDITION_NOISE = 63
    """Noise on conditions in training [step]."""
    GAN_AUGMENT = 64
    """Differentiable augmentation of real and generated items [step]."""
    GAN_WORD_CHOICE = 65
    """Quantiles at which the tokens of generated texts are sampled in training [step]."""
    GAN_GUMBEL = 66
    """Gumbel noise of the straight-through gradient of tokens [step]."""

    TEXT_ORDER = 67
    """Order of records in training of text generators [epoch]."""
    TEXT_DROPOUT = 68
    """Values that dropout sets to zero [step, part of the network]."""
    TEXT_VIEW = 69
    """Augmentation of given items in training of text generators [step, field]."""
    TEXT_WRITTEN = 70
    """Quantiles at which the tokens of texts are sampled that text generators are rewarded for [step]."""
    TEXT_WRITTEN_DROPOUT = 79
    """Values that dropout sets to zero in these steps [step, part of the network]."""

    SURVEY = 71
    """Sample of a raw folder's items that `init` looks at."""


def generator(seed: int, purpose: Purpose, *indices: int) -> np.random.Generator:
    """Generator for a purpose and its indices.

    Args:
        seed: Seed of the run or the item, not negative.
        purpose: What the numbers are for.
        indices: For example epoch or step, not negative; a purpose always takes the same number of them.
    """
    return np.random.default_rng(_entropy(seed, purpose, indices))


def stateless_word(seed: int, purpose: Purpose, *indices: int) -> int:
    """Hash seed, purpose and indices into 31 bits: one word of the key of a stateless operation in a graph."""
    return int(np.random.SeedSequence(_entropy(seed, purpose, indices)).generate_state(1)[0]) >> 1


def _entropy(seed: int, purpose: Purpose, indices: tuple[int, ...]) -> list[int]:
    """NumPy splits large integers into 32-bit words; the high words of a seed must not be mistaken for a purpose, so they come last."""
    high, low = divmod(int(seed), 2**32)
    return [low, int(purpose), *map(int, indices), *([high] if high else [])]
