"""Settings of sounds, guessed from headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmcli.modalities.audio.guess import duration_and_rate, guess
from mmcli.modalities.guess import Sample


def sounds(folder: Path, *seconds: float, rate: int = 16_000, suffix: str = "wav") -> list[Path | str | bytes]:
    found: list[Path | str | bytes] = []
    for i, length in enumerate(seconds):
        path = folder / f"{i}.{suffix}"
        soundfile.write(path, np.zeros(round(length * rate)), rate)
        found.append(path)
    return found


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_the_duration_is_read_from_the_header(tmp_path: Path, suffix: str) -> None:
    (path,) = sounds(tmp_path, 2.0, rate=44_100, suffix=suffix)
    assert isinstance(path, Path)
    found = duration_and_rate(path)
    assert found is not None
    assert found == pytest.approx((2.0, 44_100), rel=0.05)
    assert duration_and_rate(path.read_bytes()) == found


def test_the_length_is_that_of_95_percent_of_the_sounds(tmp_path: Path) -> None:
    found = guess(Sample(sounds(tmp_path, *[0.5] * 10, *[0.8] * 9, 3.0), 20))
    assert {name: setting.value for name, setting in found.settings.items()} == {
        "seconds": 0.8,
        "sample_rate_hz": 16_000,
        "n_fft": 512,
        "hop_length": 160,
    }
    assert found.notes == ("5 % of the sounds are longer than 0.8 s: a generator of sounds learns their middle",)
    assert found.records == 20


@pytest.mark.parametrize(("rate", "kept", "n_fft", "hop"), [(8000, 8000, 256, 80), (22_050, 22_050, 512, 160), (44_100, 24_000, 512, 160)])
def test_the_rate_is_their_own_up_to_24_khz(tmp_path: Path, rate: int, kept: int, n_fft: int, hop: int) -> None:
    found = guess(Sample(sounds(tmp_path, 0.5, 0.5, rate=rate), 2)).settings
    assert [found[name].value for name in ("sample_rate_hz", "n_fft", "hop_length")] == [kept, n_fft, hop]


def test_long_sounds_with_texts_are_not_cut_into_records(tmp_path: Path) -> None:
    items = sounds(tmp_path, 10.0, 10.0, rate=8000)
    paired, alone = guess(Sample(items, 2)), guess(Sample(items, 2, alone=True))
    assert (paired.settings["seconds"].value, paired.settings["align"].value, paired.records) == (4.0, "start", 2)
    assert paired.notes == ("the generator learns the first 4 s of 100 % of the sounds",)
    assert (alone.settings["seconds"].value, alone.settings["windows"].value, alone.records) == (1.0, True, 20)


def test_sounds_beyond_ten_minutes_are_not_rejected(tmp_path: Path) -> None:
    found = guess(Sample(sounds(tmp_path, 700.0, rate=1000), 1, alone=True))
    assert found.settings["max_seconds"].value == 840.0


def test_what_cannot_be_read_is_left_to_preprocess(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    (tmp_path / "b.ogg").write_bytes(b"OggS and nothing else")
    assert duration_and_rate(tmp_path / "a.wav") is None
    assert duration_and_rate(tmp_path / "b.ogg") is None
    assert guess(Sample([b"nothing"], 1)).settings == {}
