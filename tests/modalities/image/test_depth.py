"""Images of more than 8 bits are scaled by their format or by the option, never by their own maximum."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from mmcli.modalities.base import Reject
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.decode import decode

FIX = "state the largest value with --image-range"


def encoded(pixels: np.ndarray, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def tiff(pixels: np.ndarray, sample_format: int, photometric: int = 1) -> bytes:
    """An uncompressed TIFF file of pixels `[H, W]` or `[H, W, C]` with little-endian samples; 1 unsigned, 2 signed, 3 float."""
    height, width, *more = pixels.shape
    channels, bits, body = (more or [1])[0], pixels.itemsize * 8, pixels.tobytes()
    tags = [(256, 4, width), (257, 4, height), (258, 3, bits), (259, 3, 1), (262, 3, photometric), (273, 4, 8 + 2 + 12 * 10 + 4)]
    tags += [(277, 3, channels), (278, 4, height), (279, 4, len(body)), (339, 3, sample_format)]
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0) + body


def grey(value: float, dtype: str) -> np.ndarray:
    return np.full((4, 4), value, dtype)


def pixel(data: bytes, top: float | None = None) -> int:
    image = decode(data, top=top)
    assert image.mode == "L"
    return int(np.asarray(image)[0, 0])


@pytest.mark.parametrize("value", [0, 1, 128, 129, 255, 256, 257, 4095, 32896, 65279, 65535])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_have_the_scale_of_the_format_whatever_else_is_in_the_image(value, kind):
    alone = pixel(encoded(grey(value, "u2"), kind))
    beside_white = grey(value, "u2")
    beside_white[3, 3] = 65535
    assert alone == pixel(encoded(beside_white, kind)) == round(value / 257)


@pytest.mark.parametrize(("value", "shown"), [(0.0, 0), (0.5, 128), (1.0, 255)])
def test_floats_reach_from_0_to_1(value, shown):
    assert pixel(encoded(grey(value, "f4"), "TIFF")) == shown


def test_the_option_states_another_scale():
    assert pixel(encoded(grey(51.0, "f4"), "TIFF"), top=255.0) == 51
    assert pixel(encoded(grey(4095, "u2")), top=4095.0) == 255
    assert pixel(tiff(grey(1000, "i4"), 2), top=2000.0) == 128


@pytest.mark.parametrize(
    ("pixels", "sample_format", "shown"),
    [
        (grey(2**32 - 1, "u4"), 1, 255),
        (grey(2**31, "u4"), 1, 128),
        (grey(2**31 - 1, "i4"), 2, 255),
        (grey(32767, "i2"), 2, 255),
        (grey(16384, "i2"), 2, 128),
    ],
)
def test_integers_have_the_scale_of_their_type(pixels, sample_format, shown):
    assert pixel(tiff(pixels, sample_format)) == shown


def test_white_may_be_zero():
    assert pixel(tiff(grey(0, "u2"), 1, photometric=0)) == 255
    assert pixel(tiff(grey(65535, "u2"), 1, photometric=0)) == 0


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (encoded(grey(255.0, "f4"), "TIFF"), f"pixels reach 255, above the 1 of this format; {FIX}"),
        (encoded(grey(-0.5, "f4"), "TIFF"), "pixels reach -0.5, below 0; convert it to 0 to 1"),
        (tiff(grey(-1000, "i2"), 2), "pixels reach -1,000, below 0; convert it to 0 to 32,767"),
        (tiff(grey(65535, "u4"), 1), f"pixels reach only 65,535 of the 4,294,967,295 of this format and would be black; {FIX}"),
    ],
)
def test_pixels_that_do_not_fit_the_scale_are_refused_with_the_reason(data, reason):
    with pytest.raises(Reject) as caught:
        decode(data)
    assert (caught.value.code, caught.value.message) == ("IMG_RANGE", reason)


def test_black_is_black_in_every_type():
    assert [pixel(tiff(grey(0, kind), form)) for kind, form in (("u2", 1), ("i4", 2), ("u4", 1), ("f4", 3))] == [0, 0, 0, 0]


@pytest.mark.parametrize(("dtype", "sample_format"), [("f4", 3), ("u4", 1)])
def test_a_kind_of_tiff_that_cannot_be_read_is_refused_as_such(dtype, sample_format):
    with pytest.raises(Reject) as caught:
        decode(tiff(np.zeros((4, 4, 3), dtype), sample_format, photometric=2))
    assert caught.value.code == "IMG_FORMAT_REFUSED"


def test_a_condition_is_read_by_the_rule_of_the_data_set(tmp_path):
    path = tmp_path / "grey.png"
    path.write_bytes(encoded(grey(1000, "u2")))
    codec = ImageCodec(4, 4, "L", white=1000.0)
    assert codec.read(path).min() == 255
    assert ImageCodec.from_json(codec.to_json()) == codec
    assert codec.describe()["white"] == "1000"
