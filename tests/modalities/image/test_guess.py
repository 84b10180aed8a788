"""Settings of images, guessed from headers."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from mmcli.modalities.guess import Sample
from mmcli.modalities.image.guess import Header, guess, header, size_for


def settings(*headers: tuple[int, int], number: int = 100) -> tuple[int, int]:
    return size_for([Header(width, height, "RGB") for width, height in headers], number)


@pytest.mark.parametrize(
    ("sizes", "number", "height", "width"),
    [
        ([(28, 28)], 100, 28, 28),  # as they are
        ([(24, 16)], 100, 16, 24),
        ([(500, 500), (300, 300)], 100, 32, 32),
        ([(500, 500), (300, 300)], 5000, 64, 64),
        ([(640, 480)] * 9 + [(480, 640)], 100, 28, 36),  # most are wide
        ([(480, 640)] * 10, 100, 36, 28),
        ([(640, 480), (480, 640)], 100, 32, 32),  # no common proportion
        ([(20, 20), (22, 22), (24, 24)], 100, 24, 24),
        ([(4, 4)], 100, 8, 8),
    ],
)
def test_the_size_follows_from_the_sizes_and_the_number(sizes: list[tuple[int, int]], number: int, height: int, width: int) -> None:
    assert settings(*sizes, number=number) == (height, width)


def png(mode: str, size: tuple[int, int] = (40, 40)) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(("mode", "grey"), [("L", True), ("1", True), ("I;16", True), ("LA", True), ("RGB", False), ("RGBA", False)])
def test_grey_stays_grey(mode: str, grey: bool) -> None:
    found = guess(Sample([png(mode)] * 3, 3))
    assert ("image_mode" in found.settings) is grey
    assert ("transparent" in found.saw) is (mode in ("LA", "RGBA"))


def test_one_colour_image_makes_all_colour() -> None:
    assert "image_mode" not in guess(Sample([png("L"), png("L"), png("RGB")], 3)).settings


def test_long_images_are_padded_where_cropping_would_lose_more_than_half_of_many() -> None:
    some, many = [png("L")] * 19 + [png("L", (200, 40))], [png("L"), png("L", (200, 40))]
    found = guess(Sample(some, 20))
    assert "fit" not in found.settings
    assert found.notes == ("5 % of the images lose more than half to the crop",)
    assert guess(Sample(many, 2)).settings["fit"].value == "pad"


def test_a_turned_photo_counts_as_it_is_seen(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert header(tmp_path / "a.jpg") == Header(20, 60, "RGB")


def test_what_cannot_be_read_is_left_to_preprocess(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG and nothing else")
    assert header(tmp_path / "a.png") is None
    assert header(tmp_path / "missing.png") is None
    assert header("a text") is None
    assert guess(Sample([b"nothing"], 1)).settings == {}
