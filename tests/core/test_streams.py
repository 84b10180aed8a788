"""Streams of random numbers are functions of seed, purpose and indices."""

from __future__ import annotations

from mmcli.core.streams import Purpose, generator, stateless_word


def test_a_stream_depends_on_seed_purpose_and_each_index() -> None:
    def first(seed: int, purpose: Purpose, *indices: int) -> float:
        return float(generator(seed, purpose, *indices).random())

    assert first(1, Purpose.GAN_ORDER, 2) == first(1, Purpose.GAN_ORDER, 2)
    others = [first(2, Purpose.GAN_ORDER, 2), first(1, Purpose.EMBED_ORDER, 2), first(1, Purpose.GAN_ORDER, 3)]
    assert len({first(1, Purpose.GAN_ORDER, 2), *others}) == 4


def test_words_of_stateless_keys_fit_31_bits_and_tell_large_seeds_apart() -> None:
    words = [stateless_word(seed, purpose) for seed in (0, 2**31, 2**32, 2**63 - 1) for purpose in Purpose]
    assert len(set(words)) == len(words)
    assert all(0 <= word < 2**31 for word in words)
