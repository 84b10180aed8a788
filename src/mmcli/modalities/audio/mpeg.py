"""MP3 files by their frames: a header that states the length may be missing or wrong, and decoders then guess.

The length is the number of frames, found by walking from frame header to frame header. A file whose stated length is
missing or less gets the true one, in the header frame that encoders write first (by Xing), before it is decoded.
"""

from __future__ import annotations

import functools
import struct
from typing import NamedTuple

_KBPS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = (44_100, 48_000, 32_000)
_DIVISOR = {3: 1, 2: 2, 0: 4}  # of the sampling rate, by the bits of the version: 1, 2 and 2.5
_LAYER_3 = 1
_KIND = 0xFE  # bits of the second byte that are the same in every frame: version and layer
_SIDE_BYTES = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}  # by version 1, and by mono
_HEADER_BITRATE = {True: 1, False: 4}  # index of 32 kbit/s, whose frames hold the length at every rate
_MONO = 3
_MAX_JUNK = 2**18  # bytes between frames
_COUNT_AFTER = {b"Xing": 8, b"Info": 8, b"VBRI": 14}  # bytes from the name of a header frame to its number of frames


class Frames(NamedTuple):
    """The frames of a file: position and size in bytes of the first, and number of complete ones."""

    first: int
    size: int
    number: int


@functools.cache
def _size_of(kind: int, rates: int) -> int:
    """Bytes of a frame by the second and third byte of its header, 0 if these are no header of layer 3."""
    version, bitrate, rate = kind >> 3 & 3, rates >> 4, rates >> 2 & 3
    if kind & 0xE0 != 0xE0 or kind >> 1 & 3 != _LAYER_3 or version not in _DIVISOR or rate == 3 or not 0 < bitrate < 15:
        return 0
    first = version == 3
    return (144 if first else 72) * _KBPS[first][bitrate] * 1000 * _DIVISOR[version] // _RATES_HZ[rate] + (rates >> 1 & 1)


def frames(data: bytes) -> Frames:
    """Walk from frame to frame, over tags and damaged places between them."""
    at = first = _sync(data, _after_tags(data), None)
    number, junk = 0, 0
    while 0 <= at <= len(data) - 4:
        size = _size_of(data[at + 1], data[at + 2]) if data[at] == 0xFF and data[at + 1] & _KIND == data[first + 1] & _KIND else 0
        if size and at + size <= len(data):
            number, at = number + 1, at + size
            continue
        found = _sync(data, at + 1, data[first + 1] & _KIND)
        junk += found - at
        if found < 0 or junk > _MAX_JUNK:
            break
        at = found
    return Frames(first, _size_of(data[first + 1], data[first + 2]) if first >= 0 else 0, number)


def _after_tags(data: bytes) -> int:
    """Position after the ID3 tags at the start."""
    at = 0
    while data[at : at + 3] == b"ID3" and at + 10 <= len(data):
        at += 10 + sum(byte << shift for byte, shift in zip(data[at + 6 : at + 10], (21, 14, 7, 0), strict=True))
    return at


def _sync(data: bytes, at: int, kind: int | None) -> int:
    """Position of the next frame that is followed by another of its kind or by the end, or -1."""
    end = min(len(data), at + _MAX_JUNK)
    while 0 <= (at := data.find(b"\xff", at, end)) <= len(data) - 4:
        size = _size_of(data[at + 1], data[at + 2]) if kind in (None, data[at + 1] & _KIND) else 0
        follows = data[at + size : at + size + 2] if size else b"-"
        if size and (at + size == len(data) or (len(follows) == 2 and follows[0] == 0xFF and follows[1] & _KIND == data[at + 1] & _KIND)):
            return at
        at += 1
    return -1


def with_length(data: bytes) -> bytes:
    """The file with the true length in its header, if it states none or less."""
    found = frames(data)
    if found.number == 0:
        return data
    head = data[found.first : found.first + found.size]
    place = next((at + after for name, after in _COUNT_AFTER.items() if (at := head.find(name)) >= 0 and _states(head, at, name)), 0)
    if not place:
        return _header_frame(head, found.number) + data[found.first :]
    at = found.first + place
    stated = int.from_bytes(data[at : at + 4], "big")
    return data if stated >= found.number - 1 else data[:at] + struct.pack(">I", found.number - 1) + data[at + 4 :]


def _states(head: bytes, at: int, name: bytes) -> bool:
    """Whether the header frame has the number of frames, which is optional in Xing's."""
    return name == b"VBRI" or bool(head[at + 7 : at + 8] and head[at + 7] & 1)


def _header_frame(like: bytes, number: int) -> bytes:
    """A frame of silence that states a number of frames, of the same kind as another frame."""
    first, mono = like[1] >> 3 & 3 == 3, like[3] >> 6 == _MONO
    rates = _HEADER_BITRATE[first] << 4 | like[2] & 0x0C
    header = bytes((0xFF, like[1] | 1, rates, like[3]))  # without a checksum
    body = bytes(_SIDE_BYTES[first, mono]) + b"Xing" + struct.pack(">II", 1, number)
    return (header + body).ljust(_size_of(header[1], rates), b"\0")
