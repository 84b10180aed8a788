"""The window of a long sound is where it can be heard."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.modalities.audio.cleaning import AudioRules, to_int16

RATE_HZ = 8000
SAMPLES = 5120


def tone(seconds: float, level: float = 0.4) -> np.ndarray:
    return (level * np.sin(np.arange(int(seconds * RATE_HZ)) * 0.4)).astype(np.float32)


def noise(seconds: float, level: float) -> np.ndarray:
    return (level * np.random.default_rng(0).standard_normal(int(seconds * RATE_HZ))).astype(np.float32)


def level(wave: np.ndarray) -> float:
    return float(np.sqrt(np.square(wave, dtype=np.float64).mean()))


def fitted(wave: np.ndarray, align: str = "centre") -> np.ndarray:
    return AudioRules(align=align).fitted(wave, SAMPLES)


@pytest.mark.parametrize("quiet", [0.0, 1e-4, 0.01])
def test_two_tones_with_quiet_between_them_give_a_tone(quiet):
    assert level(fitted(np.concatenate([tone(1), noise(8, quiet), tone(1)]))) > 0.25


@pytest.mark.parametrize("quiet", [0.0, 1e-4, 0.01])
@pytest.mark.parametrize("align", ["centre", "start"])
def test_a_late_tone_is_found(quiet, align):
    assert level(fitted(np.concatenate([noise(8, quiet), tone(1)]), align)) > 0.25


def test_the_same_in_16_bits():
    wave = to_int16(np.concatenate([tone(1), np.zeros(8 * RATE_HZ, np.float32), tone(1)]))
    assert level(fitted(wave)) > 0.25 * 32767


def test_the_faintest_sound_is_not_silent():
    wave = np.zeros(10 * RATE_HZ, np.int16)
    wave[100] = wave[-100] = 1
    assert fitted(wave).any()


def test_a_window_that_can_be_heard_stays_where_it_was_put():
    wave = np.concatenate([tone(1, 0.1), tone(1, 0.4), tone(1, 0.1)])
    assert np.array_equal(fitted(wave, "start"), wave[:SAMPLES])
    assert np.array_equal(fitted(wave), wave[(len(wave) - SAMPLES) // 2 :][:SAMPLES])


def test_silence_is_silent():
    assert not fitted(np.zeros(10 * RATE_HZ, np.float32)).any()
