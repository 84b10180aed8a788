"""Settings of an image field from the headers of its files."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from PIL import Image

from mmcli.modalities.guess import Guess, Sample, Setting, share, span
from mmcli.modalities.image.decode import FORMATS, MAX_BYTES

_MANY = 5000  # images from which a network twice as large is worth its time
_SIDES = (8, 32, 64)  # smallest; largest for few images; for many
_STEP = 4
_SAME_ASPECT, _SQUARE, _LONGEST = 1.1, 1.12, 3.0
_MOST, _FEW = 0.8, 0.1
_TURNED = (5, 6, 7, 8)  # EXIF orientations that exchange width and height
_ORIENTATION = 0x0112
_GREY = frozenset({"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I", "F"})
_CLEAR = frozenset({"LA", "La", "RGBA", "RGBa", "PA"})
_PIXELS = 32 * 32


@dataclass(frozen=True)
class Header:
    """Size and mode of an image as its header states them."""

    width: int
    height: int
    mode: str

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height


def guess(sample: Sample) -> Guess:
    """Choose the size by the sizes seen and the number of images, keep grey images grey."""
    headers = [found for item in sample.items if (found := header(item))]
    if not headers:
        return Guess("no header could be read", records=sample.number)
    height, width = size_for(headers, sample.number)
    settings = {"image_size": Setting(height, "height of images in pixels; twice as high takes about four times as long")}
    if width != height:
        settings["image_width"] = Setting(width, f"most images are {'wider' if width > height else 'higher'} than {_other(width > height)}")
    grey = all(found.mode in _GREY for found in headers)
    if grey:
        settings["image_mode"] = Setting("L", "all images are grey")
    cropped = sum(_kept(found.aspect, width / height) < 0.5 for found in headers)
    if cropped > _FEW * len(headers):
        settings["fit"] = Setting("pad", f"cropping would lose more than half of {share(cropped, len(headers))} of the images")
    clear = sum(found.mode in _CLEAR for found in headers)
    load = width * height / _PIXELS
    return Guess(
        saw=f"{_sizes(headers)}, {'grey' if grey else 'colour'}{', transparent' if clear > len(headers) / 2 else ''}",
        settings=settings,
        notes=tuple(_notes(headers, cropped, "fit" in settings)),
        records=sample.number,
        decode_ms=1.0 + 2.0 * median(found.width * found.height for found in headers) / 1e6,
        learn_ms=0.5 * load,
    )


def header(item: Path | str | bytes) -> Header | None:
    """Size, turned as EXIF says, and mode; `None` if the header cannot be read. No pixel is decoded."""
    if isinstance(item, str):
        return None
    try:
        if isinstance(item, Path) and item.stat().st_size > MAX_BYTES:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, which preprocess drops
            with Image.open(item if isinstance(item, Path) else io.BytesIO(item), formats=FORMATS) as image:
                (width, height), mode = image.size, image.mode
                turned = image.getexif().get(_ORIENTATION) in _TURNED
    except Exception:  # noqa: BLE001 - corrupted bytes make Pillow's readers raise any exception; preprocess reports them
        return None
    if not (width and height):
        return None
    return Header(height, width, mode) if turned else Header(width, height, mode)


def size_for(headers: Sequence[Header], number: int) -> tuple[int, int]:
    """Height and width: no larger than the images, at most 32 or 64 by the number of images, in the proportion of most of them."""
    least, few, many = _SIDES
    side = median(math.sqrt(found.width * found.height) for found in headers)
    most = many if number >= _MANY else few
    aspect = _common_aspect(headers)
    if side <= most and len({(found.width, found.height) for found in headers}) == 1:
        return max(least, headers[0].height), max(least, headers[0].width)  # as they are
    side = min(side, most)
    return _rounded(side / math.sqrt(aspect), least), _rounded(side * math.sqrt(aspect), least)


def _common_aspect(headers: Sequence[Header]) -> float:
    """The median aspect ratio if most images have about that one, otherwise 1."""
    middle = median(found.aspect for found in headers)
    near = sum(1 / _SAME_ASPECT <= found.aspect / middle <= _SAME_ASPECT for found in headers)
    fits = near >= _MOST * len(headers) and 1 / _LONGEST <= middle <= _LONGEST
    return middle if fits and not 1 / _SQUARE < middle < _SQUARE else 1.0


def _rounded(side: float, least: int) -> int:
    return max(least, _STEP * round(side / _STEP))


def _kept(aspect: float, wanted: float) -> float:
    """Fraction of an image that cropping to an aspect ratio keeps."""
    return min(aspect / wanted, wanted / aspect)


def _sizes(headers: Sequence[Header]) -> str:
    sizes = {(found.width, found.height) for found in headers}
    if len(sizes) == 1:
        return "{} x {}".format(*next(iter(sizes)))
    return f"{span([found.width for found in headers])} x {span([found.height for found in headers])}"


def _other(wide: bool) -> str:
    return "high" if wide else "wide"


def _notes(headers: Sequence[Header], cropped: int, padded: bool) -> list[str]:
    found = [f"{share(cropped, len(headers))} of the images lose more than half to the crop"] if cropped and not padded else []
    return [*found, "long images get margins"] if padded else found
