"""The catalogue's A cases: sounds that are broken, hostile or odd."""

from __future__ import annotations

import io
import json
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mmcli.artifacts import store
from mmcli.modalities.audio.decode import decode
from mmcli.modalities.base import Reject
from mmcli.modalities.fields import open_rows

CANARY = b"CANARY-52be"
TONE = (0.5 * np.sin(np.arange(8000) * 0.3)).astype(np.float32)


def encoded(wave: np.ndarray = TONE, rate: int = 8000, kind: str = "WAV", subtype: str = "PCM_16") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate, format=kind, subtype=subtype)
    return buffer.getvalue()


def wav(
    body: bytes = TONE.tobytes(),
    *,
    codec: int = 3,
    channels: int = 1,
    rate: int = 8000,
    bits: int = 32,
    size: int | None = None,
    extra: bytes = b"",
) -> bytes:
    block = max(1, channels * bits // 8)
    form = struct.pack("<HHIIHH", codec, channels, rate, min(rate * block, 2**32 - 1), min(block, 65535), bits) + extra
    data = b"data" + struct.pack("<I", len(body) if size is None else size) + body
    whole = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + data
    return b"RIFF" + struct.pack("<I", min(len(whole), 2**32 - 1)) + whole


def long_flac() -> bytes:
    """Its header tells of ten hours of silence."""
    data = bytearray(encoded(np.zeros(8000, np.float32), kind="FLAC"))
    packed = int.from_bytes(data[18:26], "big")
    data[18:26] = ((packed >> 36 << 36) | 36_000 * 8000).to_bytes(8, "big")
    return bytes(data)


def flac_with_wrong_sum() -> bytes:
    data = bytearray(encoded(kind="FLAC"))
    data[30] ^= 0xFF
    return bytes(data)


def id3(size: int) -> bytes:
    """An empty tag of that size, in seven bits per byte."""
    return b"ID3\x04\0\0" + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + b"\0" * size


NAN = TONE.copy()
NAN[5] = np.nan


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        pytest.param(b"", "AUD_UNIDENTIFIED", id="A01"),
        pytest.param(b"just words, no sound", "AUD_UNIDENTIFIED", id="A02-text"),
        pytest.param(b"#EXTM3U\nfile:///etc/passwd\n", "AUD_UNIDENTIFIED", id="A02-m3u8"),
        pytest.param(wav(b""), "AUD_NO_FRAMES", id="A03"),
        pytest.param(encoded()[:30], "AUD_CORRUPT", id="A04"),
        pytest.param(wav(size=0xFFFFFFFF), "ok", id="A05-all"),
        pytest.param(wav(size=2**31), "ok", id="A05-2gb"),
        pytest.param(wav(rate=0), "AUD_SAMPLERATE", id="A06-0"),
        pytest.param(wav(rate=1), "AUD_SAMPLERATE", id="A06-1"),
        pytest.param(wav(rate=4_000_000_000), "AUD_SAMPLERATE", id="A06-4e9"),
        pytest.param(wav(channels=0), "AUD_CHANNELS", id="A07-0"),
        pytest.param(wav(channels=1024), "AUD_CHANNELS", id="A07-1024"),
        pytest.param(wav(codec=1, bits=7), "AUD_CODEC_REFUSED", id="A08-bits"),
        pytest.param(wav(codec=0x7777), "AUD_CODEC_REFUSED", id="A08-codec"),
        pytest.param(wav(codec=0x11, bits=4, extra=struct.pack("<HH", 2, 65535)), "AUD_CODEC_REFUSED", id="A09"),
        pytest.param(wav(NAN.tobytes()), "AUD_NOT_FINITE", id="A10-nan"),
        pytest.param(wav(np.full(800, np.inf, np.float32).tobytes()), "AUD_NOT_FINITE", id="A10-inf"),
        pytest.param(wav(np.full(800, 1e30, np.float32).tobytes()), "AUD_RANGE", id="A11"),
        pytest.param(wav(np.zeros(800, np.float32).tobytes()), "ok", id="A12"),
        pytest.param(long_flac(), "AUD_TOO_LONG", id="A13"),
        pytest.param(encoded(TONE[:160]), "ok", id="A14"),
        pytest.param(flac_with_wrong_sum(), "AUD_CORRUPT", id="A16-sum"),
        pytest.param(encoded(kind="FLAC")[: len(encoded(kind="FLAC")) // 2], "AUD_CORRUPT", id="A16-cut"),
        pytest.param(encoded(kind="OGG", subtype="VORBIS"), "ok", id="ogg"),
        pytest.param(encoded(kind="MP3", subtype="MPEG_LAYER_III"), "ok", id="mp3"),
        pytest.param(id3(5_000_000) + encoded(kind="MP3", subtype="MPEG_LAYER_III"), "ok AUD_CORRUPT", id="A19"),
    ],
)  # fmt: skip
def test_verdicts(verdict, content, codes):
    assert verdict("audio", content) in codes.split()


def test_a05_the_real_samples_are_read():
    assert len(decode(wav(size=0xFFFFFFFF))[0]) == 8000


def test_a12_and_a14_by_policy(verdict):
    assert verdict("audio", wav(np.zeros(800, np.float32).tobytes()), silence="reject") == "AUD_SILENT"
    assert verdict("audio", encoded(TONE[:160]), min_seconds=0.1) == "AUD_TOO_SHORT"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert verdict("audio", encoded(TONE[:160])) == "ok"


@pytest.mark.parametrize(
    ("subtype", "step"), [("PCM_U8", 2 / 255), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("PCM_32", 1e-6), ("FLOAT", 0), ("DOUBLE", 1e-7)]
)
def test_a15_every_depth_has_the_same_scale(subtype, step):
    wave, rate = decode(encoded(subtype=subtype))
    assert rate == 8000
    assert np.abs(wave - TONE).max() <= step


def test_a15_flac_is_exact():
    assert np.abs(decode(encoded(kind="FLAC", subtype="PCM_24"))[0] - TONE).max() < 1e-6


def test_a15_loud_floats_are_scaled_down():
    assert np.abs(decode(wav((TONE * 4).tobytes()))[0] - TONE * 2).max() < 1e-6


def test_a18_mono_never_cancels():
    dead = decode(encoded(np.stack([TONE, np.zeros_like(TONE)], axis=1)))[0]
    assert np.abs(dead - TONE / 2).max() < 1e-3
    opposite = decode(encoded(np.stack([TONE, -TONE], axis=1)))[0]
    assert np.abs(np.abs(opposite) - np.abs(TONE)).max() < 1e-3
    assert np.abs(decode(encoded(np.stack([TONE, TONE], axis=1)))[0] - TONE).max() < 1e-3


def test_too_many_samples_are_refused_by_the_header():
    with pytest.raises(Reject) as caught:
        decode(wav(np.zeros(100, np.float32).tobytes()), max_seconds=0.001)
    assert caught.value.code == "AUD_TOO_LONG"


def wav_with_canaries() -> bytes:
    data = encoded()
    info = b"INFO" + b"IART" + struct.pack("<I", len(CANARY) + 1) + CANARY + b"\0"
    chunks = b"".join(
        name + struct.pack("<I", len(body) + len(body) % 2) + body + b"\0" * (len(body) % 2)
        for name, body in ((b"LIST", info), (b"bext", CANARY + b"\0" * 602), (b"iXML", b"<x>" + CANARY + b"</x>"))
    )
    return b"RIFF" + struct.pack("<I", len(data) - 8 + len(chunks)) + data[8:] + chunks


def raw_sounds(folder: Path, **odd: bytes) -> Path:
    (folder / "m").mkdir(parents=True)
    for i in range(30):
        (folder / "m" / f"good{i:02d}.wav").write_bytes(encoded(np.sin(np.arange(4000 + 100 * i) * (0.1 + i / 50)) * 0.4))
    for name, content in odd.items():
        (folder / "m" / f"{name}.wav").write_bytes(content)
    rows = [{"id": path.stem, "sound_file_name": f"m/{path.name}"} for path in sorted((folder / "m").iterdir())]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_a17_no_tag_reaches_an_output(run, tmp_path, every_byte):
    tagged = b"ID3\x03\0\0" + bytes([0, 0, 0, 10 + 1 + len(CANARY)]) + b"TPE1" + struct.pack(">I", len(CANARY) + 1) + b"\0\0\0" + CANARY
    raw = raw_sounds(tmp_path / "raw", wave=wav_with_canaries(), mp3=tagged + encoded(kind="MP3", subtype="MPEG_LAYER_III"))
    done = run(raw)
    assert done.counts["rejected"] == 0
    assert CANARY not in every_byte(done.out)


def test_a_folder_of_them_is_processed(run, tmp_path):
    odd = {
        "empty": b"",
        "words": b"words",
        "cut": encoded()[:30],
        "nan": wav(NAN.tobytes()),
        "adpcm": wav(codec=0x11, bits=4),
        "long": long_flac(),
    }
    done = run(raw_sounds(tmp_path / "raw", **odd))
    assert {r["id"]: r["code"] for r in done.rejects} == {
        "empty": "AUD_UNIDENTIFIED", "words": "AUD_UNIDENTIFIED", "cut": "AUD_CORRUPT", "nan": "AUD_NOT_FINITE",
        "adpcm": "AUD_CODEC_REFUSED",
        "long": "AUD_TOO_LONG",
    }  # fmt: skip
    rows = open_rows(store.open_artifact(done.out), "sound")
    assert np.isfinite(np.asarray(rows, dtype=np.float32)).all()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("endian", ["LITTLE", "BIG"])
def test_wav_equals_libsndfile(subtype, endian):
    buffer = io.BytesIO()
    stereo = np.stack([TONE, 0.3 * TONE[::-1]], axis=1)
    soundfile.write(buffer, stereo, 8000, format="WAV", subtype=subtype, endian=endian)
    buffer.seek(0)
    assert np.abs(decode(buffer.getvalue())[0] - soundfile.read(buffer, dtype="float32")[0].mean(axis=1)).max() < 1e-7
