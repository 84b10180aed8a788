"""Sounds: files <-> standardised log-magnitude spectrograms `[frames, bands]` in [-1, 1]."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import soundfile
from PIL import Image

from mmcli.modalities.audio import decode, stft
from mmcli.modalities.base import Array
from mmcli.modalities.files import read_bytes
from mmcli.modalities.sheets import picture_sheet

FLOOR = 1e-3  # added to magnitudes before the logarithm
SPREAD = 3.0  # standard deviations that fill [0, 1]
_BATCH = 64


@dataclass(frozen=True)
class AudioCodec:
    """Log-magnitude spectrograms, standardised per band on the train split.

    Attributes:
        sample_rate_hz: Of the waveform.
        n_fft: Window in samples; there are n_fft / 2 bands.
        hop_length: Samples between frames; a sound has `frames * hop_length` samples.
        frames: Frames per sound.
        mean: Mean of log(magnitude + 1e-3) per band on the train split.
        sd: Its standard deviation.
    """

    modality: ClassVar[str] = "audio"
    suffixes: ClassVar[frozenset[str]] = frozenset({".wav", ".flac", ".ogg", ".mp3"})

    sample_rate_hz: int
    n_fft: int
    hop_length: int
    frames: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]

    @property
    def bands(self) -> int:
        """Frequency bands, from 0 Hz in steps of `sample_rate_hz / n_fft`."""
        return self.n_fft // 2

    @property
    def samples(self) -> int:
        """Samples per sound."""
        return self.frames * self.hop_length

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(frames, bands)`."""
        return (self.frames, self.bands)

    @property
    def network_shape(self) -> tuple[int, ...]:
        """`(frames, bands)`."""
        return self.row_shape

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        return {
            "modality": "audio",
            "shape": list(self.row_shape),
            "dtype": "float16",
            "units": "log magnitude, (x - mean) / (3 sd) per band",
            "sample_rate_hz": self.sample_rate_hz,
            "n_fft": self.n_fft,
            "hop_length": self.hop_length,
            "samples": self.samples,
        }

    def to_json(self) -> dict[str, Any]:
        """Whole state."""
        return {"modality": "audio", **asdict(self), "mean": list(self.mean), "sd": list(self.sd)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        known = {key: value for key, value in state.items() if key != "modality"}
        return cls(**{**known, "mean": tuple(state["mean"]), "sd": tuple(state["sd"])})

    def read(self, source: Path | str) -> Array:
        """Read a sound file into a row; raises `Reject`."""
        data = read_bytes(Path(source), decode.MAX_BYTES, "AUD_TOO_LARGE")
        row: Array = self.rows_of(self.wave(data)[None])[0]
        return row

    def wave(self, data: bytes) -> Array:
        """Cleaned waveform `[samples] float32` of a sound file's bytes, in 16-bit steps; raises `Reject`."""
        wave, rate_hz = decode.decode(data)
        return to_float(to_int16(clean(wave, rate_hz, self.sample_rate_hz, self.samples)))

    def rows_of(self, waves: Array) -> Array:
        """Rows of cleaned waveforms `[N, samples]`."""
        rows: Array = self._standardised(log_magnitude(waves, self.n_fft, self.hop_length)).astype(np.float16)
        return rows

    def _standardised(self, logs: Array) -> Array:
        mean, sd = self._statistics
        scaled: Array = np.clip((logs - mean) / (np.float32(SPREAD) * sd), -1.0, 1.0)
        return scaled

    @functools.cached_property
    def _statistics(self) -> tuple[Array, Array]:
        return np.array(self.mean, dtype=np.float32), np.array(self.sd, dtype=np.float32)

    def to_network(self, rows: Array) -> Array:
        """`[N, frames, bands]` float32 in [-1, 1]."""
        return np.asarray(rows, dtype=np.float32)

    def from_network(self, outputs: Array) -> Array:
        """Floats in [-1, 1] to rows."""
        return np.clip(np.asarray(outputs, dtype=np.float32), -1.0, 1.0).astype(np.float16)

    def magnitudes(self, rows: Array) -> Array:
        """STFT magnitudes `[N, frames, bands]` of rows."""
        mean, sd = self._statistics
        logs = np.asarray(rows, dtype=np.float32) * (np.float32(SPREAD) * sd) + mean
        return np.maximum(np.exp(logs) - np.float32(FLOOR), 0.0)

    def waveforms(self, rows: Array) -> Array:
        """Waveforms `[N, samples] float32` of rows, by fast Griffin-Lim; a row's does not depend on others."""
        parts = [stft.griffin_lim(self.magnitudes(rows[i : i + _BATCH]), self.n_fft, self.hop_length) for i in range(0, len(rows), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.samples), dtype=np.float32)

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as a 16-bit WAV file."""
        path = stem.with_name(stem.name + ".wav")
        self.write_wave(self.waveforms(np.asarray(row)[None])[0], path)
        return path

    def write_wave(self, wave: Array, path: Path) -> None:
        """Write a waveform as a 16-bit WAV file; only what would clip is made quieter."""
        peak = float(np.abs(wave).max(initial=0.0))
        packed = BytesIO()  # soundfile does not say why a disk refuses a file
        soundfile.write(packed, wave / peak * 0.99 if peak > 1.0 else wave, self.sample_rate_hz, subtype="PCM_16", format="WAV")
        path.write_bytes(packed.getvalue())

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Spectrograms as a picture `[H, W, 3]` uint8: time to the right, frequency upwards."""
        return picture_sheet([self.picture(row) for row in rows], captions, columns)

    def picture(self, row: Array) -> Image.Image:
        """Spectrogram of a row in perceptual colours."""
        levels = (np.asarray(row, dtype=np.float32).T[::-1] + 1.0) * 127.5
        return Image.fromarray(_colours()[np.clip(levels, 0, 255).astype(np.uint8)])


def clean(wave: Array, rate_hz: int, target_hz: int, samples: int) -> Array:
    """Resample, take the offset out, and crop around the energy or pad to `samples`."""
    if rate_hz != target_hz:
        import soxr

        wave = soxr.resample(wave, rate_hz, target_hz)
    wave = wave - wave.mean(dtype=np.float64).astype(np.float32)
    return centred(wave, samples)


def centred(wave: Array, samples: int) -> Array:
    """`samples` of a wave around the centre of its energy; shorter waves are padded on both sides."""
    if len(wave) <= samples:
        before = (samples - len(wave)) // 2
        return np.pad(wave, (before, samples - len(wave) - before)).astype(np.float32)
    energy = np.square(wave, dtype=np.float64)
    total = energy.sum()
    centre = float(energy @ np.arange(len(wave))) / total if total > 0 else len(wave) / 2
    start = int(np.clip(round(centre - samples / 2), 0, len(wave) - samples))
    return np.asarray(wave[start : start + samples], dtype=np.float32)


def to_int16(wave: Array) -> Array:
    """Waves in [-1, 1] as 16-bit samples; what lies outside is clipped."""
    return np.asarray(np.rint(np.clip(wave, -1.0, 1.0) * 32767), dtype=np.int16)


def to_float(waves: Array) -> Array:
    """16-bit samples to float32 in [-1, 1]."""
    return np.asarray(waves, dtype=np.float32) / np.float32(32767)


def log_magnitude(waves: Array, n_fft: int, hop_length: int) -> Array:
    """`log(|STFT| + 1e-3)` of waves `[N, samples]`: `[N, frames, bands] float32`."""
    spectrum = stft.transform(np.asarray(waves, dtype=np.float32), n_fft, hop_length)
    return np.asarray(np.log(np.abs(spectrum) + np.float32(FLOOR)))


@functools.cache
def _colours() -> Array:
    """Table `[256, 3]` uint8 of dark violet over green to yellow, rising evenly in lightness."""
    stops = np.array(
        [
            [68, 1, 84],
            [72, 40, 120],
            [62, 74, 137],
            [49, 104, 142],
            [38, 130, 142],
            [31, 158, 137],
            [53, 183, 121],
            [109, 205, 89],
            [180, 222, 44],
            [253, 231, 37],
        ]
    )
    places = np.linspace(0, 255, len(stops))
    return np.stack([np.interp(np.arange(256), places, stops[:, channel]) for channel in range(3)], axis=1).astype(np.uint8)
