"""Keypad tones are decoded, and what is no tone is refused."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.data.datasets.keypad.tones import KEYS, MAX_DURATION_S, SAMPLE_RATE_HZ, make_tone, read_tone


@pytest.mark.parametrize("key", KEYS)
def test_every_tone_decodes(key: str) -> None:
    for seed in range(60):
        wave = make_tone(key, np.random.default_rng(seed))
        assert read_tone(wave, SAMPLE_RATE_HZ) == key
        assert len(wave) <= MAX_DURATION_S * SAMPLE_RATE_HZ
        assert np.abs(wave).max() <= 1


def test_a_tone_survives_noise_padding_and_another_rate() -> None:
    rng = np.random.default_rng(0)
    wave = make_tone("7", rng)
    assert read_tone(np.pad(wave, 1000)) == "7"
    assert read_tone(wave + 0.5 * wave.std() * rng.standard_normal(len(wave))) == "7"
    time_s = np.arange(8000) / 16000
    low_hz, high_hz = KEYS["3"]
    assert read_tone(np.sin(2 * np.pi * low_hz * time_s) + np.sin(2 * np.pi * high_hz * time_s), 16000) == "3"


@pytest.mark.parametrize("frequencies_hz", [(697,), (1336,), (697, 770), (440, 1336), (697, 1400), (697, 770, 1336)])
def test_other_tones_are_no_key(frequencies_hz: tuple[int, ...]) -> None:
    time_s = np.arange(3000) / SAMPLE_RATE_HZ
    assert read_tone(sum(np.sin(2 * np.pi * f * time_s) for f in frequencies_hz)) is None


def test_noise_silence_and_scraps_are_no_key() -> None:
    rng = np.random.default_rng(0)
    assert read_tone(np.zeros(4000)) is None
    assert read_tone(np.zeros(0)) is None
    assert read_tone(make_tone("1", rng)[:100]) is None
    assert read_tone(np.full(4000, np.nan)) is None
    assert [read_tone(rng.standard_normal(4000)) for _ in range(50)] == [None] * 50
