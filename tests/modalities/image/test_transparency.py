"""Transparent pixels show the background, however a file says which they are."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.decode import decode

BACKGROUND = [10, 200, 30]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(depth: int, colour_type: int, line: bytes, key: bytes, palette: bytes = b"", height: int = 8) -> bytes:
    """A PNG file of 8 x 8 pixels, every line the same."""
    chunks = [chunk(b"IHDR", struct.pack(">IIBBBBB", 8, height, depth, colour_type, 0, 0, 0))]
    chunks += [chunk(b"PLTE", palette)] if palette else []
    chunks += [chunk(b"tRNS", key), chunk(b"IDAT", zlib.compress((b"\0" + line) * height)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def row(data: bytes, mode: str = "RGB") -> np.ndarray:
    return ImageCodec(8, 8, mode, background="#0ac81e").row(decode(data))


def grey16(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


# Two pixels at the left have the key colour; the pixel at the right differs from it as little as the depth allows.
CASES = {
    "grey of 1 bit": (png(1, 0, b"\x3f", grey16(0)), [255, 255, 255]),
    "grey of 1 bit, white": (png(1, 0, b"\xc0", grey16(1)), [0, 0, 0]),
    "grey of 2 bits": (png(2, 0, b"\x5b\xff", grey16(1)), [255, 255, 255]),
    "grey of 4 bits": (png(4, 0, b"\x22\x35\x67\x83", grey16(2)), [51, 51, 51]),
    "grey of 8 bits": (png(8, 0, bytes([7, 7, 9, 9, 9, 9, 9, 8]), grey16(7)), [8, 8, 8]),
    "grey of 16 bits": (png(16, 0, grey16(700, 700, 9, 9, 9, 9, 9, 701), grey16(700)), [3, 3, 3]),
    "colour of 8 bits": (png(8, 2, bytes([1, 2, 3] * 7 + [1, 2, 4]), grey16(1, 2, 3)), [1, 2, 4]),
    "colour of 16 bits": (png(16, 2, grey16(*[256, 512, 768] * 7, 256, 512, 1024), grey16(256, 512, 768)), [1, 2, 4]),
    "palette": (png(8, 3, bytes([0, 0, 1, 1, 1, 1, 1, 1]), b"\0", palette=bytes([9, 9, 9, 8, 8, 8])), [8, 8, 8]),
    "palette of 1 bit": (png(1, 3, b"\x3f", b"\0", palette=bytes([9, 9, 9, 8, 8, 8])), [8, 8, 8]),
}


@pytest.mark.parametrize("name", CASES)
def test_a_key_colour_is_transparent(name):
    data, last = CASES[name]
    found = row(data)
    assert found[0, 0].tolist() == found[7, 1].tolist() == BACKGROUND
    assert found[0, 7].tolist() == found[7, 7].tolist() == last


@pytest.mark.parametrize("name", CASES)
def test_a_key_colour_becomes_alpha(name):
    found = row(CASES[name][0], "RGBA")
    assert (found[0, 0, 3], found[0, 7, 3]) == (0, 255)


@pytest.mark.parametrize("colours", [("LA", (90, 0)), ("RGBA", (9, 9, 9, 0))])
def test_an_alpha_channel_is_transparent(colours):
    buffer = io.BytesIO()
    Image.new(colours[0], (8, 8), colours[1]).save(buffer, "PNG")
    assert row(buffer.getvalue())[0, 0].tolist() == BACKGROUND


def test_a_gif_with_a_transparent_colour():
    image = Image.fromarray(np.array([[0, 1] * 4] * 8, np.uint8), "P")
    image.putpalette([0, 0, 0, 90, 90, 90])
    buffer = io.BytesIO()
    image.save(buffer, "GIF", transparency=0)
    found = row(buffer.getvalue())
    assert [found[0, 0].tolist(), found[0, 1].tolist()] == [BACKGROUND, [90, 90, 90]]


def test_grey_tiff_with_premultiplied_alpha():
    tags = [(256, 4, 8), (257, 4, 8), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8 + 2 + 12 * 10 + 4)]
    tags += [(277, 3, 2), (278, 4, 8), (279, 4, 128), (338, 3, 1)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + bytes([0, 0] + [90, 255] * 7) * 8
    found = row(data)
    assert [found[0, 0].tolist(), found[0, 7].tolist()] == [BACKGROUND, [90, 90, 90]]


def test_a_turned_image_keeps_its_key_colour():
    exif = Image.Exif()
    exif[0x0112] = 3
    pixels = np.full((8, 8), 90, np.uint8)
    pixels[0, 0] = 7
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", transparency=7, exif=exif)
    found = row(buffer.getvalue())
    assert [found[7, 7].tolist(), found[0, 0].tolist()] == [BACKGROUND, [90, 90, 90]]
