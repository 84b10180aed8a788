"""Images and sounds as data URIs, always encoded anew: no byte of a user's file reaches the page."""

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
_MOST_PIXELS = 40_000_000
_MOST_PNG = 120_000  # bytes; a larger picture becomes a JPEG
_MOST_TEXT = 600


class Budget:
    """Bytes that the page may still spend on media, so that it stays small enough to mail."""

    def __init__(self, size: int) -> None:
        self.left = size

    def spend(self, uri: str) -> str:
        """The URI, or nothing where the budget is used up."""
        if len(uri) > self.left:
            return ""
        self.left -= len(uri)
        return uri


@dataclass(frozen=True)
class Item:
    """One item as the page shows it.

    Attributes:
        noun: What it is, in a word.
        style: How it is laid out, see `Show`.
        text: A text, hidden characters made visible.
        picture: Data URI of an image or spectrogram.
        sound: Data URI of a WAV file.
        width: Of the image in pixels.
    """

    noun: str = ""
    style: str = ""
    text: str = ""
    picture: str = ""
    sound: str = ""
    width: int = 0


def item_of(view: View, budget: Budget, modality: Modality, most_text: int = _MOST_TEXT) -> Item:
    """What the page shows of an item."""
    sound = budget.spend(sound_uri(view.wave, view.rate_hz)) if view.wave is not None else ""
    picture = budget.spend(picture_uri(view.picture)) if view.picture is not None else ""
    width = view.picture.width if view.picture is not None else 0
    return Item(modality.noun, modality.shown().style, visible(view.text, most_text), picture, sound, width)


def picture_uri(picture: Image.Image, most_side: int = 1000) -> str:
    """A picture as a data URI; larger ones are made smaller."""
    if max(picture.size) > most_side:
        picture = picture.copy()
        picture.thumbnail((most_side, most_side))
    data = io.BytesIO()
    picture.save(data, "PNG", optimize=True)
    if data.tell() <= _MOST_PNG:
        return _uri("image/png", data.getvalue())
    data = io.BytesIO()
    picture.convert("RGB").save(data, "JPEG", quality=85)
    return _uri("image/jpeg", data.getvalue())


def sound_uri(wave: Array, rate_hz: int) -> str:
    """A waveform `[samples]`, int16 or floats, as a 16-bit WAV data URI."""
    data = io.BytesIO()
    soundfile.write(data, wave, rate_hz, format="WAV", subtype="PCM_16")
    return _uri("audio/wav", data.getvalue())


def open_picture(path: Path) -> Image.Image | None:
    """Decode a PNG or JPEG file of an artifact; `None` where it is none."""
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                return None
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
