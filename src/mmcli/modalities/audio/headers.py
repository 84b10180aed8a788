"""Parse the header of a sound file before any library sees the file.

libsndfile has had overflows in rare codecs of WAV; files with such a codec never reach it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from mmcli.modalities.audio import containers
from mmcli.modalities.base import Reject

MAX_CHANNELS = 16
RATES_HZ = (1000, 768_000)
_PCM, FLOAT, A_LAW, MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_BITS = {_PCM: (8, 16, 24, 32), FLOAT: (32, 64), A_LAW: (8,), MU_LAW: (8,)}
_OTHER_CODECS = {2: "Microsoft ADPCM", 0x11: "IMA ADPCM", 0x31: "GSM 6.10", 0x50: "MPEG", 0x55: "MP3"}
_RIFF, _BIG_ENDIAN = (b"RIFF", b"RIFX", b"RF64", b"BW64"), b"RIFX"
_UNKNOWN = 0xFFFFFFFF  # as size: stated elsewhere, or that of a stream
_MAGIC = ((b"fLaC", "FLAC"), (b"OggS", "OGG"), (b"ID3", "MP3"))
_FMT_BYTES = 16


@dataclass(frozen=True)
class WavFormat:
    """The format chunk of a WAV file."""

    codec: int
    channels: int
    rate_hz: int
    bits: int
    data_start: int = 0
    data_bytes: int = 0


def kind_of(data: bytes) -> str | None:
    """Format of a sound file with an unambiguous signature: WAV, FLAC, OGG, MP3, AIFF, AU, CAF, W64 or NIST, otherwise None."""
    if data[:4] in _RIFF and data[8:12] == b"WAVE":
        return "WAV"
    if _mpeg_layer(data) == 3:
        return "MP3"
    return containers.kind_of(data) or next((name for magic, name in _MAGIC if data.startswith(magic)), None)


def container(data: bytes) -> str:
    """Format of a sound file by its content, as in `kind_of`.

    Raises:
        Reject: It is none of these.
    """
    known = kind_of(data)
    if known:
        return known
    refused = containers.refused_format(data)
    if refused:
        raise Reject("AUD_FORMAT_REFUSED", f"{refused} files are not supported; convert it to WAV or FLAC")
    if _mpeg_layer(data):  # UTF-16 text may start like this, too
        return "MP3"
    if data[:4] in _RIFF:
        raise Reject("AUD_CORRUPT", "the file ends within its header")
    raise Reject("AUD_UNIDENTIFIED", "the content is not a sound in a known format")


def byte_order(data: bytes) -> str:
    """Byte order of a WAV file, in the notation of `struct`."""
    return ">" if data[:4] == _BIG_ENDIAN else "<"


def _mpeg_layer(data: bytes) -> int:
    """Layer 1, 2 or 3 if the bytes start a frame of MPEG audio, otherwise 0."""
    frame = len(data) > 4 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0 and data[1] & 0x06
    return 4 - (data[1] >> 1 & 3) if frame else 0


def wav_format(data: bytes) -> WavFormat:
    """Find and read the format chunk and the position of the samples; raises `Reject` if there is none."""
    order = byte_order(data)
    at, found, long_size = 12, None, _UNKNOWN
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack_from(order + "I", data, at + 4)[0]
        if name == b"ds64" and at + 24 <= len(data):
            long_size = struct.unpack_from("<Q", data, at + 16)[0]
        if name == b"fmt ":
            if at + 8 + _FMT_BYTES > len(data) or size < _FMT_BYTES:
                break
            codec, channels, rate_hz, _, _, bits = struct.unpack_from(order + "HHIIHH", data, at + 8)
            if codec == _EXTENSIBLE and size >= 26 and at + 34 <= len(data):
                codec = struct.unpack_from(order + "H", data, at + 32)[0]
            found = (codec, channels, rate_hz, bits)
        elif name == b"data" and found:
            size = long_size if size == _UNKNOWN else size
            return WavFormat(*found, data_start=at + 8, data_bytes=_true_size(data, at + 8, size, order))
        at += 8 + size + size % 2
    if found is None:
        raise Reject("AUD_CORRUPT", "the file has no format chunk")
    return WavFormat(*found)


def _true_size(data: bytes, start: int, stated: int, order: str) -> int:
    """Bytes of samples from `start` on.

    The stated size may exceed the file, or be that of a stream. A writer that was killed leaves 0 or an early
    size: if more follows than is stated, and it is not further chunks, then it is samples.
    """
    rest = len(data) - start
    after = start + stated + stated % 2
    if rest - stated > stated and not _are_chunks(data, after, order):
        return rest
    return min(stated, rest)


def _are_chunks(data: bytes, at: int, order: str) -> bool:
    """Whether the rest of the file is a chain of chunks."""
    while at + 8 <= len(data):
        if not all(32 <= byte < 127 for byte in data[at : at + 4]):
            return False
        size = struct.unpack_from(order + "I", data, at + 4)[0]
        at += 8 + size + size % 2
    return at <= len(data) + 1


def check_wav(found: WavFormat) -> None:
    """Raise `Reject` for an unsupported codec, rate or number of channels."""
    name = _OTHER_CODECS.get(found.codec, f"codec {found.codec}")
    if found.codec not in _BITS:
        raise Reject("AUD_CODEC_REFUSED", f"WAV with {name} is not supported; convert it to PCM")
    if found.bits not in _BITS[found.codec]:
        raise Reject("AUD_CODEC_REFUSED", f"WAV with {found.bits} bits per sample is not supported; convert it to 16 bits")
    check_rate_and_channels(found.rate_hz, found.channels)


def check_rate_and_channels(rate_hz: int, channels: int) -> None:
    """Raise `Reject` for implausible values."""
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise Reject("AUD_SAMPLERATE", f"{rate_hz:,} Hz; supported are {RATES_HZ[0]:,} to {RATES_HZ[1]:,} Hz")
    if not 1 <= channels <= MAX_CHANNELS:
        raise Reject("AUD_CHANNELS", f"{channels:,} channels; the maximum is {MAX_CHANNELS}")


def flac_digest(data: bytes) -> tuple[bytes, int]:
    """MD5 of a FLAC file's samples (zeros: not stated) and the bits per sample, from its first block."""
    if len(data) < 42 or data[4] & 0x7F:
        raise Reject("AUD_CORRUPT", "the file ends within its header")
    bits = ((data[20] & 0x01) << 4 | data[21] >> 4) + 1
    return data[26:42], bits
