"""Augmentation of sounds that preserves their content: stretch and pitch (with librosa), shift, gain, noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mmcli.modalities.audio.cleaning import centred

Wave = npt.NDArray[np.float32]
_WINDOW_S = 0.064  # window of the phase vocoder


@dataclass(frozen=True)
class AudioChanges:
    """Maximum strength of each change; 0 disables it.

    Attributes:
        stretch: Maximum relative change of duration at constant pitch.
        pitch_semitones: Maximum change of pitch at constant duration.
        move_seconds: Maximum shift in time; the gap is filled with silence.
        gain_db: Maximum change of level.
        noise_db: Level of white noise below that of the sound, such as 30.
    """

    stretch: float = 0.08
    pitch_semitones: float = 0.5
    move_seconds: float = 0.05
    gain_db: float = 6.0
    noise_db: float = 40.0

    def apply(self, wave: Wave, rate_hz: int, rng: np.random.Generator) -> Wave:
        """Augmented copy of a wave `[samples] float32` in [-1, 1], of the same length."""
        rate, steps = 1.0 + rng.uniform(-self.stretch, self.stretch), rng.uniform(-self.pitch_semitones, self.pitch_semitones)
        move, gain = rng.uniform(-self.move_seconds, self.move_seconds), rng.uniform(-self.gain_db, self.gain_db)
        noise = rng.standard_normal(len(wave)).astype(np.float32)
        changed = _stretched_and_pitched(wave, rate_hz, rate if self.stretch else 1.0, steps)
        changed = _moved(changed, round(move * rate_hz)) * np.float32(10 ** (gain / 20))
        if self.noise_db:
            rms = float(np.sqrt(np.square(changed, dtype=np.float64).mean()))
            changed = changed + noise * np.float32(rms * 10 ** (-self.noise_db / 20))
        return np.clip(changed, -1.0, 1.0)


def _stretched_and_pitched(wave: Wave, rate_hz: int, rate: float, steps: float) -> Wave:
    """Stretch and shift the pitch: a pitch shift is a stretch compensated by resampling, so one stretch does both."""
    factor = 2.0 ** (steps / 12)
    if rate == 1.0 and factor == 1.0:
        return wave
    import librosa
    import soxr

    n_fft = 2 ** round(math.log2(_WINDOW_S * rate_hz))
    padded = np.pad(wave, (0, max(0, n_fft - len(wave))))
    stretched = librosa.effects.time_stretch(padded, rate=rate / factor, n_fft=n_fft)
    resampled = soxr.resample(stretched, rate_hz * factor, rate_hz) if factor != 1.0 else stretched
    return centred(resampled, len(wave))


def _moved(wave: Wave, samples: int) -> Wave:
    moved = np.zeros_like(wave)
    samples = max(-len(wave), min(samples, len(wave)))
    if samples >= 0:
        moved[samples:] = wave[: len(wave) - samples]
    else:
        moved[:samples] = wave[-samples:]
    return moved
