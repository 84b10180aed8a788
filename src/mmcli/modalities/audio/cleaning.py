"""Convert a decoded wave to the stored wave: rate, filters, noise, silence, level, length."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float32]
AnyWave = TypeVar("AnyWave", npt.NDArray[np.float32], npt.NDArray[np.int16])
_FILTER_ORDER = 4
_TRIM_HOP_S = 0.01
_GATE_FFT, _GATE_HOP = 512, 128
_GATE_QUANTILE = 0.1  # quantile of the frames' level that is taken as the noise level
_GATE_FACTOR = 3.0
_GATE_FLOOR = 0.05
_PEAK = 0.99
_QUIET = 0.01  # of the energy of the loudest window: 20 dB


@dataclass(frozen=True)
class AudioRules:
    """How a sound is cleaned; the fields are options of `preprocess`, 0 and False skip a step.

    Attributes:
        high_pass_hz: Cutoff of the high-pass filter (Butterworth of order 4, forwards and backwards).
        low_pass_hz: Cutoff of the low-pass filter; with both, a band remains.
        denoise: Attenuate bands that do not exceed their stationary noise (spectral gate).
        trim_db: Trim both ends that are this far below the peak level.
        loudness_db: Target level (root mean square in dBFS, negative).
        align: Longer sounds are cropped around the centre of their energy, or at their start; at their loudest where that is quiet.
    """

    high_pass_hz: float = 0.0
    low_pass_hz: float = 0.0
    denoise: bool = False
    trim_db: float = 0.0
    loudness_db: float = 0.0
    align: str = "centre"

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return asdict(self)

    def load(self) -> None:
        """Import and compile in advance what the first call of `clean` needs."""
        if self.denoise or self.trim_db:
            self.clean(np.zeros(2 * _GATE_FFT, np.float32), 1, 1)

    def clean(self, wave: Wave, rate_hz: int, target_hz: int) -> Wave:
        """Apply every step except the length."""
        if rate_hz != target_hz:
            import soxr

            wave = soxr.resample(wave, rate_hz, target_hz)
        wave = wave - np.add.reduce(wave) / np.float32(len(wave)) if len(wave) else wave  # mean() takes three times as long
        if self.high_pass_hz or self.low_pass_hz:
            wave = band_pass(wave, target_hz, self.high_pass_hz, self.low_pass_hz)
        if self.denoise:
            wave = spectral_gate(wave)
        if self.trim_db:
            wave = trimmed(wave, target_hz, self.trim_db)
        return at_level(wave, self.loudness_db) if self.loudness_db else wave

    def fitted(self, wave: AnyWave, samples: int) -> AnyWave:
        """Crop or pad to a length; a window that is far quieter than the loudest one is replaced by that."""
        cut = centred(wave, samples) if self.align == "centre" else from_start(wave, samples)
        if len(wave) <= samples:
            return cut
        loudest = loudest_window(wave, samples)
        return loudest if _energy(cut) < _QUIET * _energy(loudest) else cut


def band_pass(wave: Wave, rate_hz: int, low_hz: float, high_hz: float) -> Wave:
    """Zero-phase Butterworth filter; a cutoff of 0 or above half the sampling rate is ignored."""
    from scipy import signal

    half = rate_hz / 2
    edges = {"highpass": low_hz if 0 < low_hz < half else 0.0, "lowpass": high_hz if 0 < high_hz < half else 0.0}
    for kind, edge in edges.items():
        if edge and len(wave) > 3 * (_FILTER_ORDER + 1):
            sections = signal.butter(_FILTER_ORDER, edge / half, kind, output="sos")
            wave = signal.sosfiltfilt(sections, wave, padlen=min(len(wave) - 1, 3 * (_FILTER_ORDER + 1))).astype(np.float32)
    return wave


def spectral_gate(wave: Wave) -> Wave:
    """Attenuate each band where it does not exceed its own noise, estimated from the quietest tenth of the frames.

    The power is first averaged over neighbours in time and frequency: single bins of noise vary so much that
    half of them would pass.
    """
    import librosa
    from scipy.ndimage import uniform_filter

    if len(wave) < _GATE_FFT:
        return wave
    spectrum = librosa.stft(wave, n_fft=_GATE_FFT, hop_length=_GATE_HOP)  # [bands, frames]
    level = np.sqrt(uniform_filter(np.square(np.abs(spectrum)), size=3, mode="nearest"))
    noise = _GATE_FACTOR * np.quantile(level, _GATE_QUANTILE, axis=1, keepdims=True) + np.float32(1e-8)
    gain = np.maximum(librosa.util.softmask(level, np.broadcast_to(noise, level.shape), power=4), _GATE_FLOOR)
    return np.asarray(librosa.istft(spectrum * gain, n_fft=_GATE_FFT, hop_length=_GATE_HOP, length=len(wave)), dtype=np.float32)


def trimmed(wave: Wave, rate_hz: int, below_db: float) -> Wave:
    """Trim both ends that are `below_db` quieter than the loudest 20 ms."""
    import librosa

    if not len(wave):
        return wave
    hop = max(1, round(rate_hz * _TRIM_HOP_S))
    kept: Wave = librosa.effects.trim(wave, top_db=below_db, frame_length=2 * hop, hop_length=hop)[0]
    return kept


def at_level(wave: Wave, level_db: float) -> Wave:
    """Scale to a root mean square in dBFS, limited so that peaks do not clip."""
    rms = float(np.sqrt(np.square(wave, dtype=np.float64).mean())) if len(wave) else 0.0
    if rms == 0.0:
        return wave
    gain = min(10 ** (level_db / 20) / rms, _PEAK / float(np.abs(wave).max()))
    return wave * np.float32(gain)


def centred(wave: AnyWave, samples: int) -> AnyWave:
    """`samples` of a wave around the centre of its energy; shorter waves are padded on both sides."""
    if len(wave) <= samples:
        return _cut(wave, -((samples - len(wave)) // 2), samples)
    energy = np.square(wave, dtype=np.float64)
    total = energy.sum()
    centre = float(energy @ np.arange(len(wave))) / total if total > 0 else len(wave) / 2
    return _cut(wave, int(np.clip(round(centre - samples / 2), 0, len(wave) - samples)), samples)


def loudest_window(wave: AnyWave, samples: int) -> AnyWave:
    """The `samples` of a longer wave with the most energy."""
    total = np.concatenate(([0.0], np.cumsum(np.square(wave, dtype=np.float64))))
    return _cut(wave, int((total[samples:] - total[:-samples]).argmax()), samples)


def _energy(wave: AnyWave) -> float:
    return float(np.square(wave, dtype=np.float64).sum())


def from_start(wave: AnyWave, samples: int) -> AnyWave:
    """The first `samples` of a wave; shorter ones are padded at the end."""
    return _cut(wave, 0, samples)


def _cut(wave: AnyWave, start: int, samples: int) -> AnyWave:
    """`samples` of a wave from `start` on, which may be negative; zeros outside the wave."""
    found = np.zeros(samples, dtype=wave.dtype)
    piece = wave[max(start, 0) : start + samples]
    found[max(-start, 0) : max(-start, 0) + len(piece)] = piece
    return cast("AnyWave", found)


def windows(wave: Wave, samples: int, overlap: float) -> list[Wave]:
    """Windows of `samples` that overlap by a fraction; the last is padded, or dropped if less than half full."""
    step = max(1, round(samples * (1.0 - overlap)))
    starts = range(0, max(1, len(wave) - samples // 2), step)
    return [from_start(wave[start:], samples) for start in starts]


def to_int16(wave: Wave) -> npt.NDArray[np.int16]:
    """Convert waves in [-1, 1] to 16-bit samples, with clipping."""
    return np.asarray(np.rint(np.clip(wave, -1.0, 1.0) * 32767), dtype=np.int16)


def to_float(waves: npt.NDArray[np.generic]) -> Wave:
    """Convert 16-bit samples to float32 in [-1, 1]."""
    return np.asarray(waves, dtype=np.float32) / np.float32(32767)
