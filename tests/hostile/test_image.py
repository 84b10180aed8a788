"""The catalogue's I cases: images that are broken, hostile or odd."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from mmcli.artifacts import arrays
from mmcli.modalities import ingest_of
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.decode import decode
from mmcli.stages.registry import config_of

CANARY = b"CANARY-7d31"
RAMP = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)


def encoded(image: Image.Image | None = None, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    (image or Image.fromarray(RAMP)).save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks)


def zeros_png(width: int, height: int) -> bytes:
    press = zlib.compressobj(9)
    line = b"\0" * (width + 1)
    body = b"".join(press.compress(line) for _ in range(height)) + press.flush()
    return png(width, height, chunk(b"IDAT", body), chunk(b"IEND", b""))


def tiff(entries: list[tuple[int, int, int, int]], next_ifd: int = 0, count: int | None = None) -> bytes:
    body = struct.pack("<H", count or len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<I", 8) + body + struct.pack("<I", next_ifd)


def broken_crc() -> bytes:
    data = bytearray(encoded())
    data[data.index(b"IDAT") + 10] ^= 0xFF
    return bytes(data)


def without_end() -> bytes:
    data = encoded()
    return data[: data.index(b"IDAT") + 60]


def zlib_bomb(name: bytes, size: int = 70_000_000) -> bytes:
    head = b"x\0\0" if name == b"zTXt" else b"icc\0\0"
    return png(
        16, 16, chunk(name, head + zlib.compress(b"\0" * size, 9)), chunk(b"IDAT", zlib.compress(b"\0" * 17 * 16)), chunk(b"IEND", b"")
    )


HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        pytest.param(b"", "IMG_EMPTY", id="I01"),
        pytest.param(b"just words", "IMG_UNIDENTIFIED", id="I02"),
        pytest.param(encoded(kind="JPEG")[: len(encoded(kind="JPEG")) // 2], "IMG_TRUNCATED", id="I03"),
        pytest.param(broken_crc(), "IMG_CORRUPT IMG_TRUNCATED", id="I04-crc"),
        pytest.param(without_end(), "IMG_CORRUPT IMG_TRUNCATED", id="I04-end"),
        pytest.param(png(65535, 65535), "IMG_TOO_LARGE", id="I05"),
        pytest.param(lambda: zeros_png(10_000, 10_000), "IMG_TOO_LARGE", id="I06"),
        pytest.param(encoded(Image.new("RGB", (1, 1))), "IMG_TOO_SMALL", id="I07-small"),
        pytest.param(encoded(Image.new("RGB", (2, 5000))), "IMG_ASPECT", id="I07-long"),
        pytest.param(tiff([(256, 4, 1, 16), (257, 4, 1, 16)], next_ifd=8), "IMG_CORRUPT IMG_TRUNCATED IMG_UNIDENTIFIED", id="I13-loop"),
        pytest.param(tiff([(256, 4, 1, 16)], count=65535), "IMG_CORRUPT IMG_TRUNCATED IMG_UNIDENTIFIED", id="I13-tags"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "IMG_FORMAT_REFUSED", id="I14-eps"),
        pytest.param(b"8BPS\0\x01" + b"\0" * 50, "IMG_FORMAT_REFUSED", id="I14-psd"),
        pytest.param(b"SIMPLE  =                    T" + b" " * 200, "IMG_FORMAT_REFUSED", id="I14-fits"),
        pytest.param(b"\xd7\xcd\xc6\x9a" + b"\0" * 50, "IMG_FORMAT_REFUSED", id="I14-wmf"),
        pytest.param(b"<?xml version='1.0'?><svg xmlns='x'/>", "IMG_FORMAT_REFUSED", id="I14-svg"),
        pytest.param(b"%PDF-1.7\n", "IMG_FORMAT_REFUSED", id="I14-pdf"),
        pytest.param(b"\0\0\x01\0\x01\0" + b"\0" * 50, "IMG_FORMAT_REFUSED", id="I14-ico"),
        pytest.param(lambda: zlib_bomb(b"zTXt"), "IMG_CORRUPT ok", id="I15-text"),
        pytest.param(lambda: zlib_bomb(b"iCCP"), "IMG_CORRUPT ok", id="I15-profile"),
        pytest.param(HEIC, "IMG_FORMAT_REFUSED", id="I17"),
        pytest.param(encoded(Image.fromarray(np.full((8, 8), np.nan, np.float32)), "TIFF"), "IMG_CORRUPT", id="I18"),
        pytest.param(encoded(kind="JPEG"), "ok", id="I16"),
        pytest.param(encoded(kind="JPEG") + b"PK\x03\x04" + CANARY, "ok", id="I20"),
    ],
)
def test_verdicts(verdict, content, codes):
    assert verdict("image", content() if callable(content) else content) in codes.split()


def test_i07_limits_are_options(verdict):
    assert verdict("image", encoded(Image.new("RGB", (1, 1))), min_side=1) == "ok"
    assert verdict("image", encoded(Image.new("RGB", (2, 5000))), max_aspect=1e5) == "ok"


def mean_colour(data: bytes, mode: str = "RGB") -> list[int]:
    row = ImageCodec(8, 8, mode).row(decode(data))
    return [round(value) for value in row.reshape(-1, row.shape[2]).mean(axis=0)]


def test_i08_every_mode_becomes_rgb():
    red = Image.new("RGB", (16, 16), (200, 30, 40))
    assert mean_colour(encoded(red)) == [200, 30, 40]
    palette = red.convert("P", palette=Image.Palette.ADAPTIVE)
    assert mean_colour(encoded(palette)) == [200, 30, 40]
    assert mean_colour(encoded(Image.new("1", (16, 16), 1))) == [255, 255, 255]
    assert mean_colour(encoded(Image.new("LA", (16, 16), (0, 0)))) == [255, 255, 255]
    assert mean_colour(encoded(Image.new("LA", (16, 16), (90, 255)))) == [90, 90, 90]
    assert mean_colour(encoded(Image.fromarray(np.full((16, 16), 0x8080, np.uint16)))) == [128, 128, 128]
    transparent = Image.new("P", (16, 16), 0)
    transparent.putpalette([255, 0, 0] * 256)
    assert mean_colour(encoded(transparent, transparency=0)) == [255, 255, 255]


def test_i08_cmyk_is_converted():
    # Pillow writes CMYK JPEG inverted with Adobe's marker, as Photoshop does; cyan must stay cyan
    data = encoded(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=95)
    red, green, blue = mean_colour(data)
    assert red < 20
    assert min(green, blue) > 150


@pytest.mark.parametrize("orientation", range(1, 9))
def test_i09_orientation(orientation):
    image = Image.fromarray(np.kron(np.arange(6, dtype=np.uint8).reshape(2, 3) * 40, np.ones((8, 8), np.uint8)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = {
        1: image, 2: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), 3: image.transpose(Image.Transpose.ROTATE_180),
        4: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), 5: image.transpose(Image.Transpose.TRANSPOSE),
        6: image.transpose(Image.Transpose.ROTATE_90), 7: image.transpose(Image.Transpose.TRANSVERSE),
        8: image.transpose(Image.Transpose.ROTATE_270),
    }[orientation]  # fmt: skip
    assert (np.asarray(decode(encoded(stored, "PNG", exif=exif))) == np.asarray(image)).all()


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0" + b"\xff" * 40,
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x04\xff\xfe\xfd\0",
    ],
)
def test_i10_broken_metadata_does_not_matter(verdict, exif):
    assert verdict("image", encoded(kind="JPEG", exif=exif)) == "ok"


def with_canaries(kind: str) -> bytes:
    text = CANARY.decode()
    if kind == "PNG":
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", text)
        info.add_itxt("XML:com.adobe.xmp", text)
        return encoded(kind="PNG", pnginfo=info) + CANARY
    exif = Image.Exif()
    exif[0x010E] = text
    exif.get_ifd(0x8825)[1] = text
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY
    iptc = b"\xff\xed" + struct.pack(">H", 2 + 14 + len(CANARY)) + b"Photoshop 3.0\0" + CANARY
    data = encoded(kind="JPEG", exif=exif, comment=CANARY, icc_profile=profile, xmp=CANARY)
    return data[:2] + iptc + data[2:] + CANARY


def test_i12_animations_give_their_first_frame(tmp_path):
    frames = [Image.new("P", (16, 16), i % 2) for i in range(2000)]
    for frame in frames:
        frame.putpalette([200, 0, 0, 0, 200, 0])
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert mean_colour(data) == [200, 0, 0]
    pages = [Image.new("RGB", (16, 16), (i, 0, 0)) for i in range(3)]
    assert mean_colour(encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])) == [0, 0, 0]  # I13
    assert mean_colour(encoded(pages[2], "WEBP", save_all=True, append_images=pages[:2], lossless=True)) == [2, 0, 0]
    assert mean_colour(encoded(pages[2], "PNG", save_all=True, append_images=pages[:2])) == [2, 0, 0]


def test_jpeg_draft_changes_little():
    rng = np.random.default_rng(0)
    smooth = Image.fromarray(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize((500, 375), Image.Resampling.BICUBIC)
    data, codec = encoded(smooth, "JPEG", quality=92), ImageCodec(64, 64)
    fast, slow = (codec.row(decode(data, size)).astype(int) for size in (codec.draft_size, None))
    assert np.abs(fast - slow).mean() < 3.0


def raw_images(folder: Path, **odd: bytes) -> Path:
    (folder / "m").mkdir(parents=True)
    rng = np.random.default_rng(1)
    for i in range(30):
        (folder / "m" / f"good{i:02d}.png").write_bytes(encoded(Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8))))
    for name, content in odd.items():
        (folder / "m" / f"{name}.png").write_bytes(content)
    rows = [{"id": path.stem, "photo_file_name": f"m/{path.name}"} for path in sorted((folder / "m").iterdir())]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


def test_i11_no_metadata_reaches_an_output(run, tmp_path, every_byte):
    raw = raw_images(tmp_path / "raw", jpeg=with_canaries("JPEG"), png=with_canaries("PNG"))
    done = run(raw)
    assert done.counts["rejected"] == 0
    assert CANARY not in every_byte(done.out)
    codec = ingest_of("image", config_of("preprocess")())._codec
    written = codec.write(arrays.load(done.out / "fields/photo.npy")[0], tmp_path / "x")
    assert CANARY not in written.read_bytes()


def test_a_folder_of_them_is_processed(run, tmp_path):
    odd = {
        "empty": b"",
        "words": b"words",
        "cut": encoded(kind="JPEG")[:400],
        "huge": png(65535, 65535),
        "ps": b"%!PS-Adobe",
        "bomb": zeros_png(9000, 9000),
    }
    done = run(raw_images(tmp_path / "raw", **odd))
    assert {r["id"]: r["code"] for r in done.rejects} == {
        "empty": "IMG_EMPTY", "words": "IMG_UNIDENTIFIED", "cut": "IMG_TRUNCATED", "huge": "IMG_TOO_LARGE", "ps": "IMG_FORMAT_REFUSED",
        "bomb": "IMG_TOO_LARGE",
    }  # fmt: skip


def test_i19_memory_is_limited(run, tmp_path):
    raw = raw_images(tmp_path / "raw", large=zeros_png(28_000, 28_000))
    done = run(raw, "--max-megapixels", "1000", "--decoder-memory-mb", "640")
    assert [r["code"] for r in done.rejects] in (["DECODER_MEMORY"], ["DECODER_CRASH"], ["IMG_CORRUPT"])
