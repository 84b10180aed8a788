"""Telephone keypad tones (DTMF, ITU-T Q.23): a synthesiser and a decoder."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 8000
MAX_DURATION_S = 0.5
LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
_PAD = ("123A", "456B", "789C", "*0#D")
KEYS = {key: (LOW_HZ[row], HIGH_HZ[column]) for row, keys in enumerate(_PAD) for column, key in enumerate(keys)}

_FRAME_S = 0.04  # with a Hann window it resolves neighbouring frequencies, 73 Hz apart
_RAMP_S = 0.005
_MIN_LEAD = 4.0  # 6 dB over the next frequency of the same group
_MAX_TWIST = 10.0  # 10 dB between the two groups
_MIN_FRACTION = 0.4  # of the signal's power in the two frequencies
_SILENCE = 1e-8  # mean square of a signal at -80 dB of full scale

Wave = npt.NDArray[np.float32]


def make_tone(key: str, rng: np.random.Generator) -> Wave:
    """Synthesise the tone of a key, `[samples]` in [-1, 1] at 8 kHz, at most 0.5 s.

    Level (-20 to -6 dB of full scale), twist (2 dB either way), length (0.25 to 0.45 s), start
    (up to 40 ms), phases and white noise (20 to 40 dB below the tone) are drawn from `rng`.
    """
    low_hz, high_hz = KEYS[key]
    amplitude = 10 ** (rng.uniform(-20, -6) / 20)
    twist = 10 ** (rng.uniform(-2, 2) / 40)
    num_tone = round(rng.uniform(0.25, 0.45) * SAMPLE_RATE_HZ)
    num_before = round(rng.uniform(0, 0.04) * SAMPLE_RATE_HZ)
    time_s = np.arange(num_tone) / SAMPLE_RATE_HZ
    phases = rng.uniform(0, 2 * np.pi, 2)
    tone = np.sin(2 * np.pi * low_hz * time_s + phases[0]) * twist + np.sin(2 * np.pi * high_hz * time_s + phases[1]) / twist
    ramp = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / _RAMP_S)
    wave = np.zeros(num_before + num_tone)
    wave[num_before:] = 0.5 * amplitude * ramp * tone
    noise_rms = 0.5 * amplitude * 10 ** (-rng.uniform(20, 40) / 20)
    wave += noise_rms * rng.standard_normal(len(wave))
    return np.clip(wave, -1, 1).astype(np.float32)


def read_tone(wave: npt.ArrayLike, sample_rate_hz: int = SAMPLE_RATE_HZ) -> str | None:
    """Decode the key of a tone, or `None` if the sound is not a keypad tone.

    The power at the eight frequencies (what Goertzel's recursion computes) is summed over frames
    of 40 ms. A key is read when one frequency of each group leads its group by 6 dB, the two are
    within 10 dB of each other, and together hold 40 % of the signal's power.

    Args:
        wave: `[samples]`, any scale.
        sample_rate_hz: At least 3.4 kHz.
    """
    signal = np.asarray(wave, dtype=np.float64).ravel()
    num_frame = round(_FRAME_S * sample_rate_hz)
    if len(signal) < num_frame or not np.isfinite(signal).all() or np.mean(signal**2) < _SILENCE:
        return None
    window = np.hanning(num_frame + 1)[:-1]
    frames = np.lib.stride_tricks.sliding_window_view(signal, num_frame)[:: num_frame // 2] * window  # [frames, samples]
    angles = 2j * np.pi * np.arange(num_frame)[:, None] * np.array(LOW_HZ + HIGH_HZ) / sample_rate_hz
    power = 2 * (np.abs(frames @ np.exp(-angles)) ** 2).sum(axis=0) / window.sum() ** 2  # mean squares, summed over frames
    total = (frames**2).sum() / (window**2).sum()
    low, high = power[:4], power[4:]
    row, column = int(low.argmax()), int(high.argmax())
    leads = all(group.max() >= _MIN_LEAD * np.partition(group, -2)[-2] for group in (low, high))
    balanced = max(low[row], high[column]) <= _MAX_TWIST * min(low[row], high[column])
    pure = low[row] + high[column] >= _MIN_FRACTION * total
    return _PAD[row][column] if leads and balanced and pure else None
