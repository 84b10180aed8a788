"""From waves to bands and back, against plain formulas and by what the sounds say."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.data.datasets.keypad import make_tone, read_tone
from mmcli.modalities.audio import stft
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.features import FEATURES, Feature, rectangles, triangles

RATE_HZ, N_FFT, HOP = 8000, 256, 128


def tones(count: int = 10, samples: int = 32 * HOP) -> np.ndarray:
    waves = np.zeros((count, samples), np.float32)
    for i in range(count):
        tone = make_tone(str(i % 10), np.random.default_rng([3, i]))[:samples]
        waves[i, : len(tone)] = tone
    return waves


def codec_of(feature: str, waves: np.ndarray) -> AudioCodec:
    plain = Feature(feature, N_FFT, HOP, RATE_HZ).forward(waves)
    mean, sd = plain.mean((0, 1)), plain.std((0, 1)) + 1e-3
    return AudioCodec(RATE_HZ, N_FFT, HOP, waves.shape[1] // HOP, tuple(map(float, mean)), tuple(map(float, sd)), feature)


def test_a_frame_is_the_transform_of_its_windowed_samples() -> None:
    wave = np.random.default_rng(0).standard_normal(40 * HOP).astype(np.float32)
    left = (N_FFT - HOP) // 2
    for frame in (1, 17):
        piece = wave[frame * HOP - left : frame * HOP - left + N_FFT]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
        expected = np.fft.rfft(piece * window)[:-1]
        np.testing.assert_allclose(stft.transform(wave[None], N_FFT, HOP)[0, frame], expected, atol=1e-4)


def test_a_spectrum_with_phases_gives_the_wave_back() -> None:
    waves = tones(3)
    rebuilt = stft.inverse(stft.transform(waves, N_FFT, HOP), N_FFT, HOP)
    inner = slice(N_FFT, -N_FFT)  # at the ends fewer windows overlap
    np.testing.assert_allclose(rebuilt[:, inner], waves[:, inner], atol=2e-3)


@pytest.mark.parametrize("feature", FEATURES)
def test_tones_can_be_read_after_encoding_and_decoding(feature: str) -> None:
    waves = tones(20)
    codec = codec_of(feature, waves)
    rows = codec.rows_of(waves)
    assert rows.shape == (20, *codec.row_shape)
    said = [read_tone(wave, RATE_HZ) for wave in codec.waveforms(rows)]
    agreement = np.mean([key == str(i % 10) for i, key in enumerate(said)])
    assert agreement >= (1.0 if feature == "stft" else 0.5)  # bands above 1 kHz are wider than the tones lie apart


def test_the_floor_is_part_of_the_state_and_is_taken_off_again() -> None:
    waves = tones(4)
    low = Feature("stft", N_FFT, HOP, RATE_HZ, floor=1e-4)
    np.testing.assert_allclose(low.magnitudes(low.forward(waves)), np.abs(stft.transform(waves, N_FFT, HOP)), atol=1e-3)
    codec = codec_of("stft", waves)
    assert AudioCodec.from_json(codec.to_json()) == codec
    assert codec.to_json()["floor"] == codec.features.floor


def test_filters_cover_every_band() -> None:
    for weights in (triangles(40, N_FFT, RATE_HZ), rectangles(40, N_FFT, RATE_HZ)):
        assert (weights.sum(axis=1) > 0).all()
        assert weights.min() >= 0
    np.testing.assert_allclose(rectangles(40, N_FFT, RATE_HZ).sum(axis=1), 1.0, atol=1e-5)


def test_a_sound_does_not_depend_on_its_neighbours() -> None:
    waves = tones(70)
    codec = codec_of("stft", waves)
    rows = codec.rows_of(waves)
    np.testing.assert_array_equal(codec.waveforms(rows)[65], codec.waveforms(rows[65:66])[0])
