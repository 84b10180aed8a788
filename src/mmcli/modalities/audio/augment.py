"""Random changes of sounds that keep what is heard: stretch, pitch, shift, gain, noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mmcli.modalities.audio.cleaning import centred

Wave = npt.NDArray[np.float32]


@dataclass(frozen=True)
class AudioChanges:
    """How far each change may go; 0 leaves it out.

    Attributes:
        stretch: Largest relative change of duration, pitch kept.
        pitch_semitones: Largest change of pitch, duration kept.
        move_seconds: Largest shift in time; what comes in is silent.
        gain_db: Largest change of level.
        noise_db: Level of white noise below the sound's own, such as 30.
    """

    stretch: float = 0.08
    pitch_semitones: float = 0.5
    move_seconds: float = 0.05
    gain_db: float = 6.0
    noise_db: float = 40.0

    def apply(self, wave: Wave, rate_hz: int, rng: np.random.Generator) -> Wave:
        """A changed copy of a wave `[samples] float32` in [-1, 1], as long as it was."""
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
    """Pitch is a stretch by as much as a change of sampling rate takes back."""
    factor = 2.0 ** (steps / 12)
    if rate == 1.0 and factor == 1.0:
        return wave
    import soxr

    stretched = stretch(wave, rate / factor)
    resampled = soxr.resample(stretched, round(rate_hz * factor), rate_hz) if factor != 1.0 else stretched
    return centred(resampled, len(wave))


def stretch(wave: Wave, rate: float, n_fft: int = 512) -> Wave:
    """Change the duration by 1 / rate and keep the pitch, by overlapping windows that fit best (WSOLA)."""
    hop, reach = n_fft // 4, n_fft // 8
    count = max(1, int(len(wave) / rate) // hop)
    source = np.pad(wave, (n_fft + reach, 2 * n_fft + reach))
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    result, weight = np.zeros((count + 4) * hop + n_fft, np.float32), np.zeros((count + 4) * hop + n_fft, np.float32)
    at = n_fft + reach - n_fft // 2
    for number in range(count + 1):
        wanted = int(number * hop * rate) + n_fft + reach - n_fft // 2
        if number:
            # The window that goes on best from where the last one ended, near the wanted place.
            goal = source[at + hop : at + hop + n_fft]
            area = source[wanted - reach : wanted + reach + n_fft]
            match = np.correlate(area, goal[: len(area) - 2 * reach], mode="valid")
            wanted += int(match.argmax()) - reach
        at = min(wanted, len(source) - n_fft - hop)
        piece = slice(number * hop, number * hop + n_fft)
        result[piece] += source[at : at + n_fft] * window
        weight[piece] += window
    whole = result / np.maximum(weight, np.float32(1e-3))
    return whole[n_fft // 2 : n_fft // 2 + int(len(wave) / rate)].astype(np.float32)


def _moved(wave: Wave, samples: int) -> Wave:
    moved = np.zeros_like(wave)
    samples = max(-len(wave), min(samples, len(wave)))
    if samples >= 0:
        moved[samples:] = wave[: len(wave) - samples]
    else:
        moved[:samples] = wave[-samples:]
    return moved
