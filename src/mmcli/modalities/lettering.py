"""Fonts for sheets: Pillow's own, which covers little beyond ASCII, and others for texts that need them."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PIL import ImageFont

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
_SIZE = 11
# Fonts for scripts that DejaVu lacks; each is searched in the system's font folders.
_INSTALLED = (
    "NotoSansCJK-Regular.ttc",
    "DroidSansFallbackFull.ttf",
    "wqy-microhei.ttc",
    "NotoSansDevanagari-Regular.ttf",
    "Lohit-Devanagari.ttf",
    "NotoSansThai-Regular.ttf",
    "Loma.ttf",
    "FreeSans.ttf",
    "unifont.otf",
)
_NOWHERE = "\U0010ffff"  # in no font; it is drawn as a missing glyph


@functools.lru_cache(maxsize=4096)
def font_of(text: str) -> Font:
    """The first font with every letter of the text, otherwise the one with the most."""
    best, most = _plain(), -1
    for font in _fonts():
        count = sum(_has(font, char) for char in text)
        if count > most:
            best, most = font, count
        if count == len(text):
            break
    return best


def _fonts() -> Iterator[Font]:
    yield _plain()
    yield from _others()


@functools.cache
def _plain() -> Font:
    return ImageFont.load_default(_SIZE)


@functools.cache
def _others() -> tuple[Font, ...]:
    """DejaVu, which ships with matplotlib, and installed fonts."""
    spec = importlib.util.find_spec("matplotlib")
    folders = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
    names = [*(str(Path(folder, "mpl-data", "fonts", "ttf", "DejaVuSans.ttf")) for folder in folders), *_INSTALLED]
    found: list[Font] = []
    for name in names:
        with suppress(OSError):
            found.append(ImageFont.truetype(name, _SIZE))
    return tuple(found)


@functools.lru_cache(maxsize=65_536)
def _has(font: Font, char: str) -> bool:
    return char.isspace() or bytes(font.getmask(char)) != bytes(font.getmask(_NOWHERE))
