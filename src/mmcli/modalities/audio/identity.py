"""Perceptual hashes of sounds: whether each band is louder than the one below it, in each eighth of the sound.

After Haitsma and Kalker, A Highly Robust Audio Fingerprinting System, 2002, whose bits are signs of differences of
the energies of neighbouring bands. Computed for all sounds of a chunk at once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mmcli.modalities.audio.fourier import rfft
from mmcli.modalities.identity import Identity, digest, packed

ALIKE = 0.98  # correlation of the spectrograms; those of two tones of one key with close hashes reach 0.976, of two words 0.942
_PARTS, _BANDS = 8, 9
_FRAME = 128
_LOWEST_BIN = 2
_BLOCK = 32  # sounds; larger arrays leave the processor's cache

Wave = npt.NDArray[np.int16]


def identities(waves: Sequence[Wave]) -> list[Identity]:
    """Identities of waveforms."""
    hashes = [found for start in range(0, len(waves), _BLOCK) for found in _hashes(waves[start : start + _BLOCK])]
    # Without a louder band anywhere, it may be silent.
    return [
        Identity(digest(wave.data), found) if found or wave.any() else Identity(None) for wave, found in zip(waves, hashes, strict=True)
    ]


def _hashes(waves: Sequence[Wave]) -> list[int]:
    spectra = rfft(np.concatenate([_frames(wave) for wave in waves]).astype(np.float32) * _window())
    energies = (np.square(spectra.real) + np.square(spectra.imag)) @ _bands()  # [8 n, bands]
    return packed((energies[:, 1:] > energies[:, :-1]).reshape(len(waves), -1))


def _frames(wave: Wave) -> Wave:
    """The frames `[8, 128]` in the middle of each eighth of a sound."""
    length = max(len(wave) // _PARTS, _FRAME)
    padded = wave if len(wave) >= _PARTS * length else np.pad(wave, (0, _PARTS * length - len(wave)))
    start = (length - _FRAME) // 2
    return padded[: _PARTS * length].reshape(_PARTS, length)[:, start : start + _FRAME]


@functools.cache
def _window() -> npt.NDArray[np.float32]:
    return np.hanning(_FRAME).astype(np.float32)


@functools.cache
def _bands() -> npt.NDArray[np.float32]:
    """Which bins are in which band `[65, 9]`, in equal steps of pitch."""
    edges = np.round(np.geomspace(_LOWEST_BIN, _FRAME // 2, _BANDS + 1)).astype(int)
    bins = np.arange(_FRAME // 2 + 1)[:, None]
    return ((bins >= edges[:-1]) & (bins < edges[1:])).astype(np.float32)
