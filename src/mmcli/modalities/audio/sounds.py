"""The sounds of a data set as encoders and generators read them: at full length, or as windows of fixed length.

Only the waves are on disk, at their own lengths. Spectrograms are computed on access: a sound of 0.64 s takes
0.06 ms, and its spectrogram would take 1.6 times the space of its wave.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.ragged import Ragged
from mmcli.core.threads import in_threads
from mmcli.modalities.audio.cleaning import AudioRules, to_float
from mmcli.modalities.sequences import stacked
from mmcli.nn.padding import FRAME_PAD, padded_lengths

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_BLOCK = 64  # sounds; larger arrays are allocated as new pages each time, which costs more than their transform
_MAX_CACHED = 2**30  # bytes of spectrograms that are cached for the next epoch


class Spectral(Protocol):
    """What is needed of a codec of sounds."""

    @property
    def rules(self) -> AudioRules:
        """How sounds are cleaned and fitted to a window."""

    @property
    def hop_length(self) -> int:
        """Samples between frames."""

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(frames, bands)` of a window."""

    @property
    def samples(self) -> int:
        """Samples per window."""

    @property
    def bands(self) -> int:
        """Values per frame."""

    @property
    def most_frames(self) -> int:
        """Maximum number of frames that an encoder reads."""

    def frames_of(self, samples: IntArray) -> IntArray:
        """Number of frames of sounds by their numbers of samples."""

    def rows_of(self, waves: Any) -> Any:
        """Rows of waveforms `[N, samples]`."""

    def spectrogram(self, wave: Any) -> Any:
        """Spectrogram of a whole waveform."""


class WindowRows:
    """Windows of all sounds, `[N, frames, bands] float16`, computed on access; absent sounds are zeros.

    Args:
        codec: Determines the length and position of windows.
        waves: The sounds at their own lengths.
    """

    def __init__(self, codec: Spectral, waves: Ragged) -> None:
        self._codec, self.waves = codec, waves
        self.shape: tuple[int, ...] = (len(waves), *codec.row_shape)
        self.dtype: np.dtype[Any] = np.dtype(np.float16)
        self.ndim = 3

    def __len__(self) -> int:
        return len(self.waves)

    def __getitem__(self, key: Any) -> Array:
        numbers = np.arange(len(self))[key]
        return self._windows(np.atleast_1d(numbers).ravel()).reshape(*np.shape(numbers), *self.shape[1:])

    def __array__(self, dtype: npt.DTypeLike | None = None, copy: bool | None = None) -> Array:
        return self[:].astype(dtype or self.dtype, copy=False)

    def _windows(self, numbers: IntArray) -> Array:
        found = np.zeros((len(numbers), *self.shape[1:]), self.dtype)

        def fill(begin: int) -> None:
            chosen = numbers[begin : begin + _BLOCK]
            rows = self._codec.rows_of(to_float(windows_of(self._codec, self.waves, chosen)))
            rows[self.waves.lengths[chosen] == 0] = 0
            found[begin : begin + _BLOCK] = rows

        for _ in in_threads(fill, range(0, len(numbers), _BLOCK)):
            pass
        return found


def windows_of(codec: Spectral, waves: Ragged, numbers: IntArray) -> npt.NDArray[np.int16]:
    """Windows `[n, samples] int16` of some sounds."""
    found = np.zeros((len(numbers), codec.samples), np.int16)
    for row, number in zip(found, numbers, strict=True):
        row[:] = codec.rules.fitted(waves[number], codec.samples)
    return found


class SoundSequences:
    """Whole sounds as spectrograms, see `training.buckets.Sequences`; padding frames are `nn.padding.FRAME_PAD`.

    Args:
        codec: Computes spectrograms.
        waves: The sounds.
    """

    def __init__(self, codec: Spectral, waves: Ragged) -> None:
        self._codec, self._waves = codec, waves
        self.lengths: IntArray = np.minimum(codec.frames_of(waves.lengths), codec.most_frames)
        self.padded_lengths: IntArray = padded_lengths(self.lengths, codec.most_frames)
        self._ends = np.cumsum(self.lengths)
        shape = (int(self.lengths.sum()), codec.bands)
        fits = 2 * shape[0] * shape[1] <= _MAX_CACHED
        # Pages that are never written are never allocated, so reading a few of many sounds costs little.
        self._cache: Array | None = np.empty(shape, np.float16) if fits else None
        self._cached = np.zeros(len(waves), dtype=bool)

    def __len__(self) -> int:
        return len(self.lengths)

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some sounds `[n, length, bands] float16`."""
        if self._cache is None:
            return stacked(self._spectrograms(numbers), length, FRAME_PAD)
        missing = np.unique(numbers[~self._cached[numbers]])
        for number, frames in zip(missing, self._spectrograms(missing), strict=True):
            self._cache[self._ends[number] - self.lengths[number] : self._ends[number]] = frames
        self._cached[missing] = True
        return stacked([self._cache[self._ends[i] - self.lengths[i] : self._ends[i]] for i in numbers], length, FRAME_PAD)

    def _spectrograms(self, numbers: IntArray) -> list[Array]:
        hop, lengths = self._codec.hop_length, self.lengths
        return [self._codec.spectrogram(to_float(self._waves[number][: lengths[number] * hop])) for number in numbers]
