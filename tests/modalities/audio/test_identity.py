"""Copies of a sound have one digest, near-copies close hashes and spectrograms that correlate; different ones do not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from mmcli.data.datasets.keypad.tones import make_tone
from mmcli.modalities import ingest_of
from mmcli.modalities.audio.identity import identities
from mmcli.modalities.identity import MOST_BITS, Identity
from mmcli.stages.registry import config_of

RATE_HZ = 8000


def speech(seed: int, seconds: float = 0.6) -> np.ndarray:
    """Harmonics whose pitch and levels move, and noise."""
    rng = np.random.default_rng(seed)
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch = 2 * np.pi * np.cumsum(120 + 40 * np.sin(times * rng.uniform(3, 9) + rng.uniform(0, 6))) / RATE_HZ
    levels = [np.abs(np.sin(times * rng.uniform(2, 12) + rng.uniform(0, 6))) / number for number in range(1, 15)]
    wave = sum(level * np.sin(number * pitch) for number, level in enumerate(levels, 1))
    return (0.15 * wave + 0.003 * rng.standard_normal(len(times))).astype(np.float32)


def encoded(wave: np.ndarray, kind: str = "WAV", encoding: str = "PCM_16", rate_hz: int = RATE_HZ) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate_hz, format=kind, subtype=encoding)
    return buffer.getvalue()


def read(folder: Path, *files: bytes) -> tuple[list[Identity], object]:
    ingest = ingest_of("audio", config_of("preprocess")())
    drafts = [ingest.decode(data) for data in files]
    ingest.open(folder, None)
    ingest.append(ingest.pack(drafts))
    ingest.state()
    return ingest.identities(drafts), ingest


def near(folder: Path, first: bytes, second: bytes) -> bool:
    (a, b), ingest = read(folder, first, second)
    return (a.hash ^ b.hash).bit_count() <= MOST_BITS and bool(ingest.alike(np.array([[0, 1]]))[0])


def test_other_bytes_of_the_same_samples_are_a_copy(tmp_path):
    wave = np.rint(speech(0) * 2**15) / 2**15
    files = [encoded(wave), encoded(wave, "FLAC"), encoded(wave, "AIFF"), encoded(wave, "W64"), encoded(np.stack([wave, wave], 1))]
    assert len({found.content for found in read(tmp_path, *files)[0]}) == 1


CHANGES = {
    "half the level": lambda wave: encoded(wave * 0.5),
    "mu-law": lambda wave: encoded(wave, encoding="ULAW"),
    "Vorbis": lambda wave: encoded(wave, "OGG", "VORBIS"),
    "twice the rate": lambda wave: encoded(soxr.resample(wave, RATE_HZ, 16_000), rate_hz=16_000),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_a_near_copy(change, tmp_path):
    found = [near(tmp_path, encoded(speech(seed)), CHANGES[change](speech(seed))) for seed in range(8)]
    assert sum(found) >= 7


def test_different_sounds_are_not_near(tmp_path):
    found, _ = read(tmp_path, *(encoded(speech(seed)) for seed in range(40)))
    codes = np.array([one.hash for one in found], dtype=np.uint64)
    assert np.bitwise_count(codes[:, None] ^ codes)[np.triu_indices(40, 1)].min() > MOST_BITS


def test_tones_of_one_key_are_not_near(tmp_path):
    files = [encoded(make_tone("5", np.random.default_rng(seed))) for seed in range(200)]
    found, ingest = read(tmp_path, *files)
    codes = np.array([one.hash for one in found], dtype=np.uint64)
    close = np.argwhere(np.triu(np.bitwise_count(codes[:, None] ^ codes) <= MOST_BITS, 1))
    assert len(close) > 10  # so that the spectrograms have to decide
    assert not ingest.alike(close).any()


def test_silence_is_no_copy_of_silence():
    waves = [np.zeros(4000, np.int16), np.zeros(4000, np.int16), np.ones(4000, np.int16)]
    assert [found.content is None for found in identities(waves)] == [True, True, False]


@pytest.mark.parametrize("length", [1, 2, 255, 256, 257, 2047, 2048, 100_000])
def test_any_length_has_a_hash(length):
    wave = np.random.default_rng(0).integers(-9000, 9000, length).astype(np.int16)
    assert identities([wave]) == identities([wave, wave])[:1]
    assert identities([]) == []
