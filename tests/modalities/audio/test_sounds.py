"""Sounds at their own lengths: kept whole, read whole by encoders, and as windows by generators."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from mmcli.artifacts.ragged import Ragged
from mmcli.modalities.audio.augment import AudioChanges
from mmcli.modalities.audio.cleaning import AudioRules, to_float
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.ingest import AudioIngest
from mmcli.modalities.audio.sounds import windows_of
from mmcli.modalities.ingest import FitPlan
from mmcli.nn.padding import FRAME_PAD
from mmcli.stages.registry import config_of

RATE_HZ, HOP = 8000, 80
SECONDS = [0.05, 0.64, 1.3, None, 0.3]


Ingested = tuple[AudioIngest, AudioCodec, dict[str, Any]]


def wav(seconds: float, pitch_hz: float = 440.0) -> bytes:
    data = io.BytesIO()
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    soundfile.write(data, 0.5 * np.sin(2 * np.pi * pitch_hz * time), RATE_HZ, format="WAV", subtype="PCM_16")
    return data.getvalue()


def ingest(
    folder: Path, seconds: list[float | None], stop_after: int = 0, **options: Any
) -> tuple[AudioIngest, AudioCodec, dict[str, Any]]:
    """Read sounds, stopping and going on after some of them."""
    config = config_of("preprocess")(**options)
    reader, state = AudioIngest(config), None
    reader.open(folder, None)
    for number, length in enumerate(seconds):
        if stop_after and number == stop_after:
            state = reader.state()
            reader.append(reader.pack([reader.decode(wav(2.0))]))  # lost
            reader.state()
            reader = AudioIngest(config)
            reader.open(folder, state)
        reader.append(reader.pack([None if length is None else reader.decode(wav(length))]))
    reader.state()
    present = np.array([length is not None for length in seconds])
    codec, facts = reader.finish(FitPlan(present, np.ones(len(seconds), bool), folder / "sound.npy", copies=options.get("augment", 0)))
    return reader, codec, facts


@pytest.mark.parametrize("stop_after", [0, 1, 3])
def test_sounds_are_kept_whole_also_after_a_stop(tmp_path: Path, stop_after: int) -> None:
    reader, codec, facts = ingest(tmp_path, SECONDS, stop_after)
    waves = Ragged.open(tmp_path / "sound.wave.npy")
    assert waves.lengths.tolist() == [400, 5120, 10_400, 0, 2400]
    assert reader.fitted_columns() == {"samples": [400, 5120, 10_400, None, 2400]}
    assert facts.pop("warning").startswith("1 of 4 sounds are longer than --seconds (0.64 s); 51 % of their length is outside")
    assert facts == {"silent": 0, "seconds": {"total": 2.29, "longest": 1.3}}
    np.testing.assert_allclose(to_float(waves[2])[:50], 0.5 * np.sin(2 * np.pi * 440 * np.arange(50) / RATE_HZ), atol=1e-3)
    assert codec.frames_of(waves.lengths).tolist() == [5, 64, 130, 0, 30]


def test_encoders_read_sounds_whole(tmp_path: Path) -> None:
    _, codec, _ = ingest(tmp_path, SECONDS)
    sequences = codec.sequences_of(codec.open_rows(tmp_path / "sound.wave.npy"))
    assert sequences.lengths.tolist() == [5, 64, 130, 0, 30]
    assert sequences.padded_lengths.tolist() == [8, 64, 192, 8, 32]
    found = sequences.padded(np.array([2, 0, 3]), 192)
    assert found.shape == (3, 192, 128)
    assert ((found != FRAME_PAD).all(2).sum(1)).tolist() == [130, 5, 0]
    assert (found[0, 130:] == FRAME_PAD).all()
    (tmp_path / "x.wav").write_bytes(wav(1.3))
    np.testing.assert_array_equal(codec.read_sequence(tmp_path / "x.wav"), found[0, :130])
    np.testing.assert_array_equal(sequences.padded(np.array([2]), 64)[0], found[0, :64])
    together = codec.sequences([found[0, :130], found[1, :5]])
    np.testing.assert_array_equal(together.padded(np.array([1, 0]), 192), found[[1, 0]])


def test_generators_see_windows_of_one_length(tmp_path: Path) -> None:
    _, codec, _ = ingest(tmp_path, SECONDS)
    rows = codec.open_rows(tmp_path / "sound.wave.npy")
    assert rows.shape == (5, 64, 128)
    whole = np.asarray(rows)
    assert whole.dtype == rows.dtype == np.float16
    assert not whole[3].any()
    for key in (2, -1, slice(1, 4), [4, 0], np.array([True, False, True, False, False])):
        np.testing.assert_array_equal(rows[key], whole[key])
    for name, length in (("short", 0.05), ("long", 1.3)):
        (tmp_path / f"{name}.wav").write_bytes(wav(length))
    np.testing.assert_array_equal(codec.read(tmp_path / "short.wav"), whole[0])
    np.testing.assert_array_equal(codec.read(tmp_path / "long.wav"), whole[2])
    with pytest.raises(IndexError):
        rows[5]


def test_a_window_of_what_sounds_is_not_silent() -> None:
    wave = np.zeros(9000, np.int16)
    wave[:40], wave[-40:] = 1000, 1000  # the centre of its energy is silent
    for align in ("centre", "start"):
        assert AudioRules(align=align).fitted(wave, 2000).any()
        assert AudioRules(align=align).fitted(np.roll(wave, 4000), 2000).any()
    assert not AudioRules().fitted(np.zeros(9000, np.int16), 2000).any()


@pytest.mark.parametrize("align", ["centre", "start"])
def test_a_window_of_samples_is_that_of_the_wave(align: str) -> None:
    rules = AudioRules(align=align)
    for length in (3, 100, 101, 250):
        wave = np.random.default_rng(length).integers(-3000, 3000, length).astype(np.int16)
        np.testing.assert_array_equal(to_float(rules.fitted(wave, 100)), rules.fitted(to_float(wave), 100))


def test_copies_are_as_long_as_what_they_are_copies_of(tmp_path: Path) -> None:
    _, codec, _ = ingest(tmp_path, SECONDS, augment=2)
    waves = Ragged.open(tmp_path / "sound.wave.npy")
    assert waves.lengths.tolist() == [400, 5120, 10_400, 0, 2400] * 3
    assert (waves[2] != waves[7]).any()
    assert windows_of(codec, waves, np.array([2, 7])).shape == (2, 5120)


@pytest.mark.parametrize("length", [1, 2, 7, 100, 399, 600])
def test_very_short_sounds_can_be_changed(length: int) -> None:
    wave = np.random.default_rng(0).uniform(-0.5, 0.5, length).astype(np.float32)
    for seed in range(5):
        found = AudioChanges(stretch=0.3, pitch_semitones=6.0, move_seconds=0.2).apply(wave, RATE_HZ, np.random.default_rng(seed))
        assert found.shape == wave.shape
        assert np.isfinite(found).all()


def test_sounds_longer_than_encoders_read_are_told(tmp_path: Path) -> None:
    _, codec, facts = ingest(tmp_path, [0.5, 50.0])
    assert codec.most_frames == 4096
    assert "; 1 are longer than the 41.0 s that encoders read; --windows splits them into records" in facts["warning"]
    assert codec.sequences_of(codec.open_rows(tmp_path / "sound.wave.npy")).lengths.tolist() == [50, 4096]
