"""Images and sounds as data URIs, always re-encoded: no byte of a user's file reaches the page."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt
import soundfile
from PIL import Image

from mmcli.core.display import visible
from mmcli.modalities.modality import Modality
from mmcli.modalities.show import View

Array = npt.NDArray[Any]
_MAX_PIXELS = 40_000_000
_MAX_PNG = 120_000  # bytes; a larger image becomes a JPEG
_MOST_TEXT = 600


class Budget:
    """Remaining bytes for media, so that the page stays small enough to e-mail."""

    def __init__(self, size: int) -> None:
        self.left = size

    def spend(self, uri: str) -> str:
        """The URI, or nothing if the budget is exhausted."""
        if len(uri) > self.left:
            return ""
        self.left -= len(uri)
        return uri


@dataclass(frozen=True)
class Item:
    """One item, as shown on the page.

    Attributes:
        noun: Noun for the item.
        style: Layout, see `Show`.
        text: Text with hidden characters made visible.
        image: Data URI of an image or spectrogram.
        sound: Data URI of a WAV file.
        width: Of the image in pixels.
    """

    noun: str = ""
    style: str = ""
    text: str = ""
    image: str = ""
    sound: str = ""
    width: int = 0


def item_of(view: View, budget: Budget, modality: Modality, most_text: int = _MOST_TEXT) -> Item:
    """Prepare an item for the page."""
    sound = budget.spend(sound_uri(view.wave, view.rate_hz)) if view.wave is not None else ""
    image = budget.spend(image_uri(view.picture)) if view.picture is not None else ""
    width = view.picture.width if view.picture is not None else 0
    return Item(modality.noun, modality.shown().style, visible(view.text, most_text), image, sound, width)


def image_uri(image: Image.Image, most_side: int = 1000) -> str:
    """An image as a data URI; larger ones are scaled down."""
    if max(image.size) > most_side:
        image = image.copy()
        image.thumbnail((most_side, most_side))
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    if data.tell() <= _MAX_PNG:
        return _uri("image/png", data.getvalue())
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=85)
    return _uri("image/jpeg", data.getvalue())


def sound_uri(wave: Array, rate_hz: int) -> str:
    """A waveform `[samples]`, int16 or floats, as a 16-bit WAV data URI."""
    data = io.BytesIO()
    soundfile.write(data, wave, rate_hz, format="WAV", subtype="PCM_16")
    return _uri("audio/wav", data.getvalue())


def open_image(path: Path) -> Image.Image | None:
    """Decode a PNG or JPEG file of an artifact; `None` if it is neither."""
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > _MAX_PIXELS:
                return None
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
