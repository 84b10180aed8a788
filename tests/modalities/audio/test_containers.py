"""Every container and encoding that libsndfile reads is read with its values, or refused for the true reason."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from mmcli.modalities import registry
from mmcli.modalities.audio.decode import decode
from mmcli.modalities.base import Reject

TONE = (0.5 * np.sin(np.arange(8000) * 0.3)).astype(np.float32)
CONTAINERS = ("WAV", "WAVEX", "RF64", "W64", "AIFF", "AU", "CAF", "NIST", "FLAC", "OGG")
READ = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW", "VORBIS", "OPUS"}
KINDS = [(kind, encoding) for kind in CONTAINERS for encoding in soundfile.available_subtypes(kind)]


def encoded(kind: str, encoding: str = "PCM_16") -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, TONE, 48_000 if encoding == "OPUS" else 8000, format=kind, subtype=encoding)
    return buffer.getvalue()


def reject(data: bytes) -> Reject:
    with pytest.raises(Reject) as caught:
        decode(data)
    return caught.value


@pytest.mark.parametrize(("kind", "encoding"), [pair for pair in KINDS if pair[1] in READ])
def test_samples_are_those_of_libsndfile(kind, encoding):
    data = encoded(kind, encoding)
    expected, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32")
    wave, found_hz = decode(data)
    assert (found_hz, len(wave)) == (rate_hz, 8000)
    assert np.abs(wave - expected).max() < 1e-7


@pytest.mark.parametrize(("kind", "encoding"), [pair for pair in KINDS if pair[1] not in READ])
def test_other_encodings_are_refused_before_libsndfile_sees_them(kind, encoding):
    try:
        data = encoded(kind, encoding)
    except soundfile.LibsndfileError:
        pytest.skip("libsndfile does not write it")
    found = reject(data)
    assert found.code == "AUD_CODEC_REFUSED"
    assert found.message.startswith(f"{'WAV' if kind == 'WAV' else kind} with ")


@pytest.mark.parametrize(
    ("kind", "name"), [("VOC", "VOC"), ("IRCAM", "IRCAM"), ("PVF", "PVF"), ("SVX", "IFF"), ("PAF", "PAF"), ("AVR", "AVR")]
)
def test_rare_containers_are_refused_by_name(kind, name):
    found = reject(encoded(kind))
    assert (found.code, found.message) == ("AUD_FORMAT_REFUSED", f"{name} files are not supported; convert it to WAV or FLAC")


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\0\0\0\x20ftypM4A ", "M4A and MP4"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "WMA"),
        (b"\xff\xf1\x50\x80\x01\x7f", "AAC"),
        (b"#!AMR\n", "AMR"),
        (b"\x1a\x45\xdf\xa3", "Matroska and WebM"),
    ],
)
def test_formats_that_libsndfile_does_not_read_are_refused_by_name(head, name):
    assert reject(head + bytes(100)).message == f"{name} files are not supported; convert it to WAV or FLAC"


def zeroed(data: bytes, *spans: tuple[int, int]) -> bytes:
    found = bytearray(data)
    for start, size in spans:
        found[start : start + size] = bytes(size)
    return bytes(found)


def interrupted(kind: str) -> bytes:
    """A file whose writer was killed before it wrote the sizes."""
    data = encoded(kind)
    samples = data.index(b"SSND" if kind == "AIFF" else b"data") if kind != "AU" else 0
    spans = {
        "WAV": [(4, 4), (samples + 4, 4)],
        "RF64": [(20, 24)],
        "W64": [(16, 8), (samples + 16, 8)],
        "AIFF": [(4, 4), (data.find(b"COMM") + 10, 4), (samples + 4, 4)],
        "AU": [(8, 4)],
        "CAF": [(samples + 4, 8)],
    }
    return zeroed(data, *spans[kind])


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "AU", "CAF"])
def test_a_file_whose_sizes_were_never_written_is_read_to_its_end(kind):
    assert np.array_equal(decode(interrupted(kind))[0], decode(encoded(kind))[0])


def test_a_flac_stream_states_no_length():
    data = bytearray(encoded("FLAC"))
    packed = int.from_bytes(data[18:26], "big")
    data[18:26] = (packed >> 36 << 36).to_bytes(8, "big")
    assert np.abs(decode(bytes(data))[0] - TONE).max() < 1e-4
    with pytest.raises(Reject, match=r"1 s; the maximum is 0\.5 s"):
        decode(bytes(data), max_seconds=0.5)


def test_a_caf_stream_states_no_length():
    data = bytearray(encoded("CAF"))
    at = data.index(b"data") + 4
    data[at : at + 8] = b"\xff" * 8
    assert len(decode(bytes(data))[0]) == 8000


def with_size(size: int, after: bytes = b"") -> bytes:
    data = bytearray(encoded("WAV"))
    struct.pack_into("<I", data, data.index(b"data") + 4, size)
    return bytes(data) + after


LIST = b"LIST" + struct.pack("<I", 20) + b"INFOISFT" + struct.pack("<I", 8) + b"encoder\0"


@pytest.mark.parametrize("size", [0, 2, 400, 0x7FFFF000, 0xFFFFFFFF])
def test_an_early_or_missing_size_of_wav_is_not_believed(size):
    assert len(decode(with_size(size))[0]) == 8000


def test_chunks_after_the_samples_are_no_samples():
    assert len(decode(encoded("WAV") + LIST)[0]) == 8000
    short = encoded("WAV")[: encoded("WAV").index(b"data") + 8 + 20]
    data = bytearray(short)
    struct.pack_into("<I", data, data.index(b"data") + 4, 20)
    assert len(decode(bytes(data) + LIST + LIST)[0]) == 10  # though more follows than is stated


def test_a_wav_without_samples_but_with_chunks_has_none():
    data = bytearray(encoded("WAV")[: encoded("WAV").index(b"data") + 8])
    struct.pack_into("<I", data, data.index(b"data") + 4, 0)
    assert reject(bytes(data) + LIST).code == "AUD_NO_FRAMES"


def test_messages_name_no_objects_of_python():
    assert reject(encoded("OGG", "VORBIS")[:2000]).message == "the header cannot be read: Supported file format but file is malformed."


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [(".aiff", "AIFF"), (".aif", "AIFF"), (".aifc", "AIFF"), (".au", "AU"), (".snd", "AU"), (".caf", "CAF"), (".w64", "W64"),
     (".rf64", "RF64"), (".sph", "NIST"), (".wav", "WAV"), (".wave", "WAV"), (".flac", "FLAC"), (".ogg", "OGG"), (".oga", "OGG")],
)  # fmt: skip
def test_every_suffix_belongs_to_a_container_that_is_read(suffix, kind):
    encoding = "VORBIS" if kind == "OGG" else "PCM_16"
    assert registry.of_suffix(suffix) == registry.of_content(encoded(kind, encoding)) == "audio"
    assert len(decode(encoded(kind, encoding))[0]) == 8000
