"""Files of other formats than WAV that libsndfile opens: their encoding is checked before it sees them."""

from __future__ import annotations

import struct
from collections.abc import Callable

from mmcli.modalities.base import Reject

_AIFF_PCM = {b"NONE", b"sowt", b"twos", b"raw ", b"in24", b"in32", b"42ni", b"23ni"}
_AIFF = {*_AIFF_PCM, b"fl32", b"FL32", b"fl64", b"FL64", b"ulaw", b"alaw", b"ULAW", b"ALAW"}
_AU = {1, 2, 3, 4, 5, 6, 7, 27}  # mu-law, PCM, floating point, A-law
_CAF = {b"lpcm", b"ulaw", b"alaw"}
_W64 = {1, 3, 6, 7, 0xFFFE}
_W64_FORMAT_AT = 64  # after the identifiers of the file and of its first chunk, with their sizes
_REFUSED = (
    (b"Creative Voice File", "VOC"),
    (b"\x64\xa3", "IRCAM"),
    (b"PVF1", "PVF"),
    (b"2BIT", "AVR"),
    (b" paf", "PAF"),
    (b"Extended Instrument", "XI"),
    (b"MThd", "MIDI"),
    (b"\x30\x26\xb2\x75", "WMA"),
    (b"#!AMR", "AMR"),
    (b"MAC ", "Monkey's Audio"),
    (b"wvpk", "WavPack"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"DSD ", "DSD"),
    (b"TTA1", "TTA"),
    (b"\x1a\x45\xdf\xa3", "Matroska and WebM"),
    (b"\xff\xf1", "AAC"),
    (b"\xff\xf9", "AAC"),
)


def kind_of(data: bytes) -> str | None:
    """AIFF, AU, CAF, W64 or NIST by the signature, otherwise None."""
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if data[:4] in (b".snd", b"dns."):
        return "AU"
    if data[:16] == b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00":
        return "W64"
    return {b"caff": "CAF", b"NIST": "NIST"}.get(data[:4])


def refused_format(data: bytes) -> str | None:
    """Name of the unsupported format that the first bytes indicate, or None."""
    if data[4:8] == b"ftyp":
        return "M4A and MP4"
    if data[:4] == b"FORM" and data[8:12] in (b"8SVX", b"16SV"):
        return "IFF"
    return next((name for magic, name in _REFUSED if data.startswith(magic)), None)


def check_encoding(kind: str, data: bytes) -> None:
    """Raise `Reject` for an encoding other than PCM, floating point, A-law and mu-law: others have had overflows."""
    check = _CHECKS.get(kind)
    if check and (name := check(data)):
        raise Reject("AUD_CODEC_REFUSED", f"{kind} with {name} is not supported; convert it to WAV or FLAC")


def _aiff(data: bytes) -> str:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        if name == b"COMM":
            encoding = data[at + 26 : at + 30] if data[8:12] == b"AIFC" else b"NONE"
            return "" if encoding in _AIFF else _shown(encoding)
        at += 8 + size + size % 2
    raise Reject("AUD_CORRUPT", "the file has no format chunk")


def _au(data: bytes) -> str:
    if len(data) < 24:
        raise Reject("AUD_CORRUPT", "the file ends within its header")
    encoding = struct.unpack_from(">I" if data[:4] == b".snd" else "<I", data, 12)[0]
    return "" if encoding in _AU else f"encoding {encoding}"


def _caf(data: bytes) -> str:
    if len(data) < 52 or data[8:12] != b"desc":
        raise Reject("AUD_CORRUPT", "the file ends within its header")
    return "" if data[28:32] in _CAF else _shown(data[28:32])


def _w64(data: bytes) -> str:
    if len(data) < _W64_FORMAT_AT + 40 or data[40:44] != b"fmt ":
        raise Reject("AUD_CORRUPT", "the file has no format chunk")
    encoding = struct.unpack_from("<H", data, _W64_FORMAT_AT)[0]
    if encoding == 0xFFFE:
        encoding = struct.unpack_from("<H", data, _W64_FORMAT_AT + 24)[0]
    return "" if encoding in _W64 else f"codec {encoding}"


def _ogg(data: bytes) -> str:
    return "Speex" if b"Speex   " in data[:64] else ""


def with_size(kind: str, data: bytes) -> bytes:
    """The file with the size of its samples in the header, where the writer did not state it: a stream, or interrupted."""
    if kind == "AU" and data[8:12] == bytes(4):
        return data[:8] + b"\xff" * 4 + data[12:]  # until the end
    return _caf_with_size(data) if kind == "CAF" else data


def _caf_with_size(data: bytes) -> bytes:
    at = 8
    while at + 12 <= len(data):
        size, rest = int.from_bytes(data[at + 4 : at + 12], "big", signed=True), len(data) - at - 12
        if data[at : at + 4] == b"data" and size <= 0:
            return data[: at + 4] + rest.to_bytes(8, "big") + data[at + 12 :]
        at += 12 + max(size, 0)
    return data


def _shown(name: bytes) -> str:
    return f"the encoding {name.decode('ascii', 'backslashreplace').strip()}"


_CHECKS: dict[str, Callable[[bytes], str]] = {"AIFF": _aiff, "AU": _au, "CAF": _caf, "W64": _w64, "OGG": _ogg}
