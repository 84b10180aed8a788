"""From a decoded wave to the wave that is kept: each step does what its option says."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.core.errors import UsageError
from mmcli.modalities.audio.cleaning import AudioRules
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.features import FEATURES
from mmcli.stages.registry import config_of

RATE_HZ = 8000
times_s = np.arange(2 * RATE_HZ) / RATE_HZ


def tone(hz: float, *, begin_s: float = 0.0, end_s: float = 2.0) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * hz * times_s) * ((times_s >= begin_s) & (times_s < end_s))).astype(np.float32)


def level_db(wave: np.ndarray, begin_s: float = 0.1, end_s: float = 1.9) -> float:
    part = wave[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)].astype(np.float64)
    return float(20 * np.log10(np.sqrt(np.square(part).mean()) + 1e-12))


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        (AudioRules(high_pass_hz=1000), (False, True, True)),
        (AudioRules(low_pass_hz=1000), (True, False, False)),
        (AudioRules(high_pass_hz=900, low_pass_hz=2500), (False, True, False)),
    ],
)
def test_filters_take_out_what_they_say_and_shift_nothing(rules: AudioRules, kept: tuple[bool, ...]) -> None:
    for hz, stays in zip((250, 1500, 3800), kept, strict=True):
        wave = tone(hz)
        cleaned = rules.clean(wave, RATE_HZ, RATE_HZ)
        if stays:
            assert np.abs(cleaned - wave)[800:-800].max() < 0.01
        else:
            assert level_db(cleaned) < level_db(wave) - 30


def test_the_gate_quietens_steady_noise_and_leaves_a_tone() -> None:
    signal = tone(500, begin_s=0.6, end_s=1.4)
    noisy = signal + (0.01 * np.random.default_rng(0).standard_normal(len(signal))).astype(np.float32)
    cleaned = AudioRules(denoise=True).clean(noisy, RATE_HZ, RATE_HZ)
    assert level_db(cleaned, 0.1, 0.5) < level_db(noisy, 0.1, 0.5) - 12
    assert abs(level_db(cleaned, 0.7, 1.3) - level_db(noisy, 0.7, 1.3)) < 0.3


def test_ends_are_trimmed_and_levels_set() -> None:
    wave = tone(500, begin_s=0.5, end_s=1.25)
    assert len(AudioRules(trim_db=30).clean(wave, RATE_HZ, RATE_HZ)) == pytest.approx(0.75 * RATE_HZ, abs=0.02 * RATE_HZ)
    loud = AudioRules(loudness_db=-20).clean(wave, RATE_HZ, RATE_HZ)
    assert level_db(loud, 0.0, 2.0) == pytest.approx(-20, abs=0.1)
    assert np.abs(AudioRules(loudness_db=-1).clean(wave, RATE_HZ, RATE_HZ)).max() <= 0.991


def test_a_low_pass_that_takes_nothing_out_is_an_error() -> None:
    with pytest.raises(UsageError, match="the low-pass has no effect"):
        config_of("preprocess")(low_pass_hz=4000.0)


def test_the_manifest_says_what_one_value_is() -> None:
    units = {kind: AudioCodec(RATE_HZ, 256, 80, 64, (0.0,), (1.0,), kind).describe()["units"] for kind in FEATURES}
    assert units == {
        "stft": "log(magnitude + 0.01), (x - mean) / (3 sd) per band",
        "mel": "log(mel-weighted magnitude + 0.01), (x - mean) / (3 sd) per band",
        "bands": "log(mean magnitude + 0.01), (x - mean) / (3 sd) per band",
        "mfcc": "orthonormal DCT-II of log(mel-weighted magnitude + 0.01), (x - mean) / (3 sd) per coefficient",
    }
