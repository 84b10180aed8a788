"""Sounds: files <-> standardised log spectrograms `[frames, bands]` in [-1, 1].

A data set stores each sound at full length, and encoders read all of it; a row is a window of fixed length,
the output of a generator of fixed shape.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.ragged import Ragged
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.ledger import Ledger
from mmcli.modalities.audio import decode, stft
from mmcli.modalities.audio.cleaning import AudioRules, to_float, to_int16
from mmcli.modalities.audio.features import FLOOR, Feature
from mmcli.modalities.audio.lengths import Lengths
from mmcli.modalities.audio.sounds import SoundSequences, WindowRows
from mmcli.modalities.base import CODEC, Array, Column, ContinuousCodec
from mmcli.modalities.files import read_bytes
from mmcli.modalities.remarks import Remark
from mmcli.modalities.sequences import ListedSequences, Rows
from mmcli.nn.padding import FRAME_PAD
from mmcli.training.buckets import Sequences

if TYPE_CHECKING:
    from PIL import Image

_MAX_VALUES = 2**19  # of a spectrogram that an encoder reads, so that a batch fits into memory
SPREAD = 3.0  # standard deviations that fill [0, 1]
_BATCH = 64
_PEAK = 0.99


class Sound(NamedTuple):
    """A sound as Python programs use it.

    Attributes:
        samples: `[n]` float32 in [-1, 1].
        sample_rate_hz: Samples per second.
    """

    samples: Array
    sample_rate_hz: int


@dataclass(frozen=True)
class AudioCodec(ContinuousCodec):
    """Log spectrograms, standardised per band on the train split.

    Attributes:
        sample_rate_hz: Sampling rate of the waveform.
        n_fft: Window in samples.
        hop_length: Samples between frames; a window has `frames * hop_length` samples.
        frames: Frames per window.
        mean: Mean of each band on the train split.
        sd: Its standard deviation.
        feature: Type of the bands: `stft` (linear, n_fft / 2 of them), `mel`, `bands` or `mfcc`.
        n_bands: Number of mel or split bands.
        n_coefficients: Number of cepstral coefficients.
        floor: Added to magnitudes before the logarithm.
        rules: How a sound is cleaned beforehand.
    """

    modality: ClassVar[str] = "audio"
    lossless: ClassVar[bool] = False  # the phase has to be reconstructed
    stored: ClassVar[str] = ".wave.npy"

    sample_rate_hz: int
    n_fft: int
    hop_length: int
    frames: int
    mean: tuple[float, ...]
    sd: tuple[float, ...]
    feature: str = "stft"
    n_bands: int = 64
    n_coefficients: int = 20
    floor: float = FLOOR
    rules: AudioRules = field(default_factory=AudioRules)

    @functools.cached_property
    def features(self) -> Feature:
        """Waves to bands and back."""
        return Feature(self.feature, self.n_fft, self.hop_length, self.sample_rate_hz, self.n_bands, self.n_coefficients, self.floor)

    @property
    def bands(self) -> int:
        """Values per frame; for `stft` the bands go up from 0 Hz in steps of `sample_rate_hz / n_fft`."""
        return self.features.width

    @property
    def samples(self) -> int:
        """Samples per window."""
        return self.frames * self.hop_length

    @property
    def most_frames(self) -> int:
        """Maximum number of frames that an encoder reads; at least a window."""
        return max(self.frames, _MAX_VALUES // self.bands)

    def frames_of(self, samples: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
        """Number of frames of sounds with this number of samples."""
        return -(-np.asarray(samples, dtype=np.int64) // self.hop_length)

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(frames, bands)`."""
        return (self.frames, self.bands)

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        return {
            "modality": "audio",
            "shape": list(self.row_shape),
            "dtype": "float16",
            "units": f"{self.features.units}, (x - mean) / (3 sd) per {'coefficient' if self.feature == 'mfcc' else 'band'}",
            "feature": self.feature,
            "sample_rate_hz": self.sample_rate_hz,
            "n_fft": self.n_fft,
            "hop_length": self.hop_length,
            "samples": self.samples,
        }

    def to_json(self) -> dict[str, Any]:
        """Complete state."""
        return {"modality": "audio", **asdict(self), "mean": list(self.mean), "sd": list(self.sd)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`; raises `IntegrityError`."""
        from mmcli.artifacts.schema import check
        from mmcli.modalities.audio.state import AudioState

        check(AudioState, state, CODEC, "")
        known = {key: value for key, value in state.items() if key != "modality"}
        return cls(**{**known, "mean": tuple(state["mean"]), "sd": tuple(state["sd"]), "rules": AudioRules(**state["rules"])})

    def read(self, source: Path | str) -> Array:
        """Read a sound file into a row; raises `Reject`."""
        data = read_bytes(Path(source), decode.MAX_BYTES, "AUD_TOO_LARGE")
        row: Array = self.rows_of(self.wave(data)[None])[0]
        return row

    def wave(self, data: bytes) -> Array:
        """Window `[samples] float32` of a sound file's bytes, cleaned, in 16-bit steps; raises `Reject`."""
        return self.rules.fitted(self.whole(data), self.samples)

    def whole(self, data: bytes) -> Array:
        """Cleaned waveform `[any] float32` of a sound file's bytes at its own length, in 16-bit steps; raises `Reject`."""
        wave, rate_hz = decode.decode(data)
        return to_float(to_int16(self.rules.clean(wave, rate_hz, self.sample_rate_hz)))

    def rows_of(self, waves: Array) -> Array:
        """Rows of cleaned waveforms `[N, samples]`."""
        return self.standardised(self.features.forward(waves))

    def spectrogram(self, wave: Array) -> Array:
        """Spectrogram `[frames, bands]` of a whole cleaned waveform `[any]`, with the last frame padded with silence."""
        if not len(wave):
            return np.zeros((0, self.bands), np.float16)
        filled = np.pad(wave, (0, -len(wave) % self.hop_length))
        found: Array = self.rows_of(filled[None])[0]
        return found

    def open_rows(self, path: Path) -> Rows:
        """Windows of all sounds of a data set, computed on access."""
        return WindowRows(self, open_waves(path))

    def sequences_of(self, rows: Rows) -> Sequences:
        """Whole sounds of a data set; padding frames are `nn.padding.FRAME_PAD`."""
        assert isinstance(rows, WindowRows)
        return SoundSequences(self, rows.waves)

    def read_sequence(self, source: Path | str) -> Array:
        """Whole spectrogram `[frames, bands]` of a sound file; raises `Reject`."""
        return self.spectrogram(self.whole(read_bytes(Path(source), decode.MAX_BYTES, "AUD_TOO_LARGE")))

    def remarks(self, value: str, *, row: bool = False) -> list[Remark]:
        """Whether the sound is silent, and what of it is longer than encoders read, or than a window."""
        wave = self.whole(read_bytes(Path(value), decode.MAX_BYTES, "AUD_TOO_LARGE"))
        found = [] if wave.any() else [Remark("silent", "says nothing: it is silent")]
        most, reader = (self.samples, "a window has") if row else (self.most_frames * self.hop_length, "encoders read")
        if len(wave) > most:
            seconds, most_s = len(wave) / self.sample_rate_hz, most / self.sample_rate_hz
            cut = f"{seconds - most_s:.1f} of {seconds:.1f} s are cut off; {reader} {most_s:.1f} s"
            found.append(Remark("cut off at their ends" if row else "longer than encoders read", cut))
        return found

    def account(self, name: str, column: Column, ledger: Ledger, *, rows: bool) -> None:
        """Sounds longer than a window, or than encoders read."""
        samples = column("samples")
        if samples is not None:
            Lengths.of(self, np.array([number for number in samples if number], dtype=np.int64)).account(name, ledger, rows=rows)

    def sequences(self, items: Sequence[Array]) -> Sequences:
        """Collect whole spectrograms."""
        return ListedSequences(items, FRAME_PAD, self.most_frames)

    def standardised(self, features: Array) -> Array:
        """Rows of features `[N, frames, bands]`."""
        mean, sd = self._statistics
        rows: Array = np.clip((features - mean) / (np.float32(SPREAD) * sd), -1.0, 1.0).astype(np.float16)
        return rows

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
        """STFT magnitudes `[N, frames, n_fft / 2]` of rows."""
        mean, sd = self._statistics
        levels = np.asarray(rows, dtype=np.float32) * (np.float32(SPREAD) * sd) + mean
        return self.features.magnitudes(levels.astype(np.float32))

    def waveforms(self, rows: Array) -> Array:
        """Waveforms `[N, samples] float32` of rows, by fast Griffin-Lim; independent of the other rows."""
        parts = [stft.griffin_lim(self.magnitudes(rows[i : i + _BATCH]), self.n_fft, self.hop_length) for i in range(0, len(rows), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.samples), dtype=np.float32)

    def items(self, rows: Array) -> list[Any]:
        """Rows as sounds, see `Sound`."""
        return [Sound(wave, self.sample_rate_hz) for wave in self.waveforms(rows)]

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as a 16-bit WAV file."""
        path = stem.with_name(stem.name + ".wav")
        self.write_wave(self.waveforms(np.asarray(row)[None])[0], path)
        return path

    def write_wave(self, wave: Array, path: Path) -> None:
        """Write a waveform as a 16-bit WAV file; it is attenuated only if it would clip."""
        import soundfile

        peak = float(np.abs(wave).max(initial=0.0))
        soundfile.write(path, wave / peak * _PEAK if peak > 1.0 else wave, self.sample_rate_hz, subtype="PCM_16", format="WAV")

    def reread(self, rows: Array) -> Array:
        """Rows of the sounds that are reconstructed from these rows."""
        return self.rows_of(self.waveforms(rows)) if len(rows) else rows

    def picture(self, row: Array) -> Image.Image:
        """Spectrogram of a row as an image, in a perceptual colour map."""
        from PIL import Image

        levels = (np.asarray(row, dtype=np.float32).T[::-1] + 1.0) * 127.5
        return Image.fromarray(_colours()[np.clip(levels, 0, 255).astype(np.uint8)])


def open_waves(path: Path) -> Ragged:
    """The stored waves of a data set at their own lengths.

    Raises:
        IntegrityError, SafetyError: See `Ragged.open`; also if they are not 16-bit samples.
    """
    waves = Ragged.open(path)
    if waves.values.dtype != np.int16 or waves.values.ndim != 1:
        what = f"sounds must be 16-bit samples, not {waves.values.dtype} of shape {waves.values.shape}"
        raise IntegrityError(what, visible(path), "rerun the stage that made it with --force")
    return waves


_COLOUR_STOPS = "440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725"


@functools.cache
def _colours() -> Array:
    """Colour map `[256, 3]` uint8 from dark violet over green to yellow, with uniformly increasing lightness."""
    stops = np.array([list(bytes.fromhex(word)) for word in _COLOUR_STOPS.split()])
    places = np.linspace(0, 255, len(stops))
    return np.stack([np.interp(np.arange(256), places, stops[:, channel]) for channel in range(3)], axis=1).astype(np.uint8)
