"""What is code of our own gives librosa's values, and what does not need librosa does not load it."""

from __future__ import annotations

import subprocess
import sys

import librosa
import numpy as np
import pytest

from mmcli.data.datasets.keypad import make_tone
from mmcli.modalities.audio import stft
from mmcli.modalities.audio.features import Feature, triangles

RATE_HZ, N_FFT, HOP = 8000, 256, 80
LEFT = (N_FFT - HOP) // 2


def tones(count: int = 4, samples: int = 64 * HOP) -> np.ndarray:
    waves = np.zeros((count, samples), np.float32)
    for i in range(count):
        tone = make_tone(str(i), np.random.default_rng([3, i]))[:samples]
        waves[i, : len(tone)] = tone
    return waves


def spectra_of(waves: np.ndarray) -> np.ndarray:
    """Spectra `[N, bins, frames]`."""
    padded = np.pad(waves, ((0, 0), (LEFT, N_FFT - HOP - LEFT)))
    spectra: np.ndarray = librosa.stft(padded, n_fft=N_FFT, hop_length=HOP, center=False)
    return spectra


@pytest.mark.parametrize("n_fft", [256, 100])
@pytest.mark.parametrize("hop", [80, 32])
def test_the_transform_is_librosas(n_fft: int, hop: int) -> None:
    waves, left = tones(samples=40 * hop), (n_fft - hop) // 2
    padded = np.pad(waves, ((0, 0), (left, n_fft - hop - left)))
    expected = librosa.stft(padded, n_fft=n_fft, hop_length=hop, center=False)
    np.testing.assert_allclose(stft.transform(waves, n_fft, hop), expected.swapaxes(1, 2)[..., :-1], atol=1e-5)


def test_the_inverse_is_librosas() -> None:
    spectra = spectra_of(tones())
    spectra[:, -1] = 0.0  # the Nyquist bin is left out
    spectra *= np.linspace(0.5, 1.5, spectra.shape[2])  # of no wave: the nearest one is wanted
    expected = librosa.istft(spectra, n_fft=N_FFT, hop_length=HOP, center=False)[:, LEFT:]
    found = stft.inverse(np.ascontiguousarray(spectra.swapaxes(1, 2)[..., :-1]), N_FFT, HOP)
    inner = slice(N_FFT, -N_FFT)
    np.testing.assert_allclose(found[:, inner], expected[:, : found.shape[1]][:, inner], atol=1e-5)


def test_griffin_lim_comes_as_near_to_the_magnitudes_as_librosas() -> None:
    wanted = np.abs(stft.transform(tones(), N_FFT, HOP))
    full = np.pad(wanted, ((0, 0), (0, 0), (0, 1))).swapaxes(1, 2)
    reference = librosa.griffinlim(full, n_iter=32, hop_length=HOP, n_fft=N_FFT, random_state=0)

    def error(found: np.ndarray, expected: np.ndarray) -> float:
        return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))

    ours = error(np.abs(stft.transform(stft.griffin_lim(wanted, N_FFT, HOP), N_FFT, HOP)), wanted)
    assert ours < 1.1 * error(np.abs(librosa.stft(reference, n_fft=N_FFT, hop_length=HOP)), full)


@pytest.mark.parametrize(("n_bands", "n_fft", "rate_hz"), [(40, 256, 8000), (80, 1024, 22050), (128, 256, 8000)])
def test_mel_filters_are_triangles_and_narrow_ones_hold_their_nearest_bin(n_bands: int, n_fft: int, rate_hz: int) -> None:
    edges = 700.0 * (10.0 ** (np.linspace(0.0, 2595.0 * np.log10(1.0 + rate_hz / 2 / 700.0), n_bands + 2) / 2595.0) - 1.0)
    bins = np.arange(n_fft // 2) * rate_hz / n_fft
    rise, fall = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None], (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    expected = np.maximum(0.0, np.minimum(rise, fall))
    found, wide = triangles(n_bands, n_fft, rate_hz), expected.sum(1) >= 0.5
    np.testing.assert_allclose(found[wide], expected[wide], atol=1e-6)
    nearest = np.abs(bins - edges[1:-1, None]).argmin(1)
    assert (found[~wide, nearest[~wide]] == 1.0).all()
    assert wide.all() == (n_bands < 128)


def test_cepstral_coefficients_are_librosas_and_go_back() -> None:
    logs = Feature("mel", N_FFT, HOP, RATE_HZ, 40).forward(tones())
    few, all_of_them = (Feature("mfcc", N_FFT, HOP, RATE_HZ, 40, count).forward(tones()) for count in (20, 40))
    expected = librosa.feature.mfcc(S=logs.swapaxes(1, 2), n_mfcc=20, dct_type=2, norm="ortho").swapaxes(1, 2)
    assert few.dtype == np.float32
    np.testing.assert_allclose(few, expected, atol=1e-4)
    mel, mfcc = (Feature(kind, N_FFT, HOP, RATE_HZ, 40, 40) for kind in ("mel", "mfcc"))
    np.testing.assert_allclose(mfcc.magnitudes(all_of_them), mel.magnitudes(logs), atol=1e-2)


def test_magnitudes_of_mel_bands_are_as_near_as_those_of_librosas_least_squares() -> None:
    feature, wave = Feature("mel", N_FFT, HOP, RATE_HZ, 40), tones(1)
    logs, filters = feature.forward(wave), triangles(40, N_FFT, RATE_HZ)
    bands = np.exp(logs[0]) - feature.floor
    theirs, ours = librosa.util.nnls(filters, np.ascontiguousarray(bands.T)).T, feature.magnitudes(logs)[0]
    assert np.linalg.norm(ours @ filters.T - bands) < 0.05 * np.linalg.norm(bands)
    true = np.abs(stft.transform(wave, N_FFT, HOP))[0]
    assert np.linalg.norm(ours - true) < 1.05 * np.linalg.norm(theirs - true)


def test_only_what_needs_librosa_loads_it() -> None:
    code = """
import sys
import numpy as np
from mmcli.modalities.audio.cleaning import AudioRules
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.ingest import AudioIngest
for feature, options in (("stft", {}), ("stft", {"high_pass_hz": 100, "loudness_db": -20}), ("mel", {})):
    rules = AudioRules(**options)
    rules.load()
    codec = AudioCodec(8000, 256, 80, 16, (0.0,), (1.0,), feature, rules=rules)
    wave = rules.fitted(rules.clean(np.ones(3000, np.float32), 8000, 8000), codec.samples)
    codec.waveforms(codec.rows_of(wave[None]))
    print("librosa" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "True"]
