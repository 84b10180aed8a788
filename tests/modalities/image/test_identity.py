"""Copies of an image have one digest, near-copies close hashes and pixels that correlate; different ones do not."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from sklearn.datasets import load_digits

from mmcli.modalities import ingest_of
from mmcli.modalities.identity import MOST_BITS, Identity, correlations
from mmcli.modalities.image.identity import ALIKE
from mmcli.stages.registry import config_of


def photo(seed: int) -> Image.Image:
    """Soft noise with grain, as in a photo."""
    rng = np.random.default_rng(seed)
    soft = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize((240, 180), Image.Resampling.BICUBIC)
    return Image.fromarray(np.clip(np.asarray(soft) + rng.integers(-12, 12, (180, 240, 1)), 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def read(*files: bytes, **options: object) -> tuple[list[Identity], np.ndarray]:
    ingest = ingest_of("image", config_of("preprocess")(**options))
    drafts = [ingest.decode(data) for data in files]
    return ingest.identities(drafts), np.stack([draft.rows[0] for draft in drafts])


def near(first: bytes, second: bytes) -> bool:
    (a, b), rows = read(first, second)
    return (a.hash ^ b.hash).bit_count() <= MOST_BITS and correlations(rows[:1], rows[1:])[0] >= ALIKE


def test_other_bytes_of_the_same_pixels_are_a_copy():
    image = photo(0)
    files = [encoded(image, compress_level=1), encoded(image, compress_level=9), encoded(image, "BMP"), encoded(image, "TIFF")]
    assert len({found.content for found in read(*files)[0]}) == 1
    assert len({found.content for found in read(encoded(photo(0)), encoded(photo(1)))[0]}) == 2


CHANGES = {
    "recompressed": lambda image: Image.open(io.BytesIO(encoded(image, "JPEG", quality=50))),
    "strongly recompressed": lambda image: Image.open(io.BytesIO(encoded(image, "JPEG", quality=20))),
    "half the size": lambda image: image.resize((120, 90)),
    "twice the size": lambda image: image.resize((480, 360)),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.1),
    "less contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_a_near_copy(change):
    for seed in range(10):
        image = photo(seed)
        assert near(encoded(image), encoded(CHANGES[change](image)))


def test_different_photos_are_not_near():
    found, _ = read(*(encoded(photo(seed)) for seed in range(40)))
    assert min((a.hash ^ b.hash).bit_count() for a, b in combinations(found, 2)) > MOST_BITS


def test_handwritten_digits_of_one_class_are_not_near():
    digits = [Image.fromarray((image * 15.9375).astype(np.uint8)) for image in load_digits().images[:600]]
    found, rows = read(*map(encoded, digits))
    codes = np.array([one.hash for one in found], dtype=np.uint64)
    close = np.argwhere(np.triu(np.bitwise_count(codes[:, None] ^ codes) <= MOST_BITS, 1))
    assert len(close) > 10  # so that the pixels have to decide
    assert correlations(rows[close[:, 0]], rows[close[:, 1]]).max() < ALIKE


def test_the_same_shape_in_another_colour_is_not_near():
    shapes = []
    for colour in ("red", "blue"):
        image = Image.new("RGB", (64, 64), "white")
        image.paste(colour, (10, 20, 50, 40))
        shapes.append(encoded(image))
    assert not near(*shapes)


def test_plain_images_may_be_copies_but_are_never_near():
    white, again, red = read(*[encoded(Image.new("RGB", (40, 40), colour)) for colour in ("white", "white", "red")])[0]
    assert white == again != red
    assert white.hash is None
    dotted = np.full((40, 40), 255, np.uint8)
    dotted[20, 20] = 0
    assert read(encoded(Image.fromarray(dotted)))[0][0].hash is not None


def test_every_size_counts():
    image = photo(3)
    assert read(encoded(image))[0][0].content != read(encoded(image), scales=(16,))[0][0].content
    assert read(encoded(image), image_size=128)[0][0].hash is not None
