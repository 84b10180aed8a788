"""Copies of sounds are changed as the options say, and no further."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.modalities.audio.augment import AudioChanges, _stretched_and_pitched

RATE_HZ = 8000
NOTHING = {"stretch": 0.0, "pitch_semitones": 0.0, "move_seconds": 0.0, "gain_db": 0.0, "noise_db": 0.0}


def burst(hz: float = 500.0, samples: int = 2 * RATE_HZ) -> np.ndarray:
    """A tone in the middle two fifths."""
    times_s = np.arange(samples) / RATE_HZ
    inside = np.abs(times_s - times_s.mean()) < 0.2 * samples / RATE_HZ
    return (0.1 * np.sin(2 * np.pi * hz * times_s) * inside).astype(np.float32)


def pitch_hz(wave: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(wave)).argmax() * RATE_HZ / len(wave))


def duration_s(wave: np.ndarray) -> float:
    loud = np.flatnonzero(np.abs(wave) > 0.05)
    return float(loud[-1] - loud[0]) / RATE_HZ


@pytest.mark.parametrize(("rate", "semitones"), [(1.1, 0.0), (0.9, 0.0), (1.0, 0.5), (1.0, -12.0), (1.2, 3.0)])
def test_stretch_changes_the_duration_alone_and_pitch_the_pitch_alone(rate: float, semitones: float) -> None:
    wave = burst()
    changed = _stretched_and_pitched(wave, RATE_HZ, rate, semitones)
    assert (len(changed), changed.dtype) == (len(wave), np.float32)
    assert pitch_hz(changed) == pytest.approx(500.0 * 2 ** (semitones / 12), rel=0.01)
    assert duration_s(changed) == pytest.approx(duration_s(wave) / rate, abs=0.03)
    assert np.abs(changed).max() < 0.15


@pytest.mark.parametrize("samples", [1, 31, 128, 300, 512])
def test_sounds_shorter_than_a_window_are_changed_too(samples: int) -> None:
    changed = AudioChanges(move_seconds=0.0).apply(burst(1500.0, samples), RATE_HZ, np.random.default_rng(0))
    assert len(changed) == samples
    assert np.isfinite(changed).all()
    assert samples == 1 or np.abs(changed).max() > 0.02


def test_without_any_change_a_sound_stays_as_it_is() -> None:
    np.testing.assert_array_equal(AudioChanges(**NOTHING).apply(burst(), RATE_HZ, np.random.default_rng(0)), burst())


def test_the_same_random_numbers_make_the_same_copy() -> None:
    one, again, other = (AudioChanges().apply(burst(), RATE_HZ, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.01


def test_level_shift_and_noise_stay_within_what_is_allowed() -> None:
    for seed in range(5):
        louder = AudioChanges(**{**NOTHING, "gain_db": 6.0}).apply(burst(), RATE_HZ, np.random.default_rng(seed))
        assert 10 ** (-6 / 20) <= np.abs(louder).max() / np.abs(burst()).max() <= 10 ** (6 / 20)
        moved = AudioChanges(**{**NOTHING, "move_seconds": 0.05}).apply(burst(), RATE_HZ, np.random.default_rng(seed))
        shift = np.correlate(moved, burst(), "full").argmax() - len(moved) + 1
        assert abs(shift) <= 0.05 * RATE_HZ
        noisy = AudioChanges(**{**NOTHING, "noise_db": 30.0}).apply(burst(), RATE_HZ, np.random.default_rng(seed))
        level = np.sqrt(np.square(noisy - burst()).mean() / np.square(burst()).mean())
        assert 20 * np.log10(level) == pytest.approx(-30, abs=0.5)
