"""Contact sheets: many small images, or lines of text, as one image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from mmcli.core.display import visible
from mmcli.modalities.lettering import font_of

Array = npt.NDArray[Any]
_GAP = 4
_MIN_CELL = 72
_CAPTION_HEIGHT = 14
_LINE_HEIGHT = 18
_MOST_WIDE = 1400
_ALARM = (200, 30, 40)
_INK, _PAPER, _FAINT = (40, 40, 46), (255, 255, 255), (120, 120, 128)


def image_sheet(images: Sequence[Image.Image], captions: Sequence[str] | None = None, columns: int = 8) -> Array:
    """Arrange images in rows of `columns`; small ones are enlarged by integer factors.

    Returns:
        `[H, W, 3]` uint8.
    """
    if not images:
        return np.full((_MIN_CELL, _MIN_CELL, 3), 255, dtype=np.uint8)
    width, height = images[0].size
    factor = max(1, -(-_MIN_CELL // max(width, height)))
    cell_w, cell_h = max(width * factor, _MIN_CELL if captions else 0), height * factor
    columns = min(columns, len(images))
    lines = [_wrapped(text, cell_w, 2) for text in captions or ()]
    step_w, step_h = cell_w + _GAP, cell_h + _GAP + _CAPTION_HEIGHT * max(map(len, lines), default=0)
    sheet = Image.new("RGB", (columns * step_w + _GAP, -(-len(images) // columns) * step_h + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, image in enumerate(images):
        left, top = _GAP + (i % columns) * step_w, _GAP + (i // columns) * step_h
        sheet.paste(image.convert("RGB").resize((width * factor, height * factor), Image.Resampling.NEAREST), (left, top))
        for k, line in enumerate(lines[i] if captions else ()):
            pen.text((left, top + cell_h + 1 + k * _CAPTION_HEIGHT), line, fill=_INK, font=font_of(line))
    return np.asarray(sheet)


def text_sheet(lines: Sequence[str], captions: Sequence[str] | None = None, columns: int = 8) -> Array:
    """Arrange sentences, one per line, each preceded by its caption in grey.

    Returns:
        `[H, W, 3]` uint8.
    """
    left = 120 if captions else _GAP
    sheet = Image.new("RGB", (left + 560, max(1, len(lines)) * _LINE_HEIGHT + 2 * _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, line in enumerate(lines):
        top = _GAP + i * _LINE_HEIGHT
        if captions:
            _write(pen, (_GAP, top), captions[i], left - 2 * _GAP, _FAINT)
        _write(pen, (left, top), line, 550)
    return np.asarray(sheet)


def _write(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, width: int, ink: tuple[int, int, int] = _INK) -> None:
    line = _shortened(visible(text, 160), width)
    pen.text(at, line, fill=ink, font=font_of(line))


def grid_sheet(images: Sequence[Image.Image], rows: Sequence[str], columns: Sequence[str], width: int) -> Array:
    """Arrange images in rows of `width`, with a heading per row and, if given, per column.

    Returns:
        `[H, W, 3]` uint8.
    """
    factor = max(1, -(-_MIN_CELL // max(images[0].size)))
    cell_w, cell_h = (side * factor for side in images[0].size)
    left = _GAP * 2 + math.ceil(max((_width(visible(text, 40)) for text in rows), default=0))
    heads = [_wrapped(text, cell_w) for text in columns]
    top = _GAP * 2 + _CAPTION_HEIGHT * max((len(lines) for lines in heads), default=0)
    sheet = Image.new("RGB", (left + width * (cell_w + _GAP), top + len(rows) * (cell_h + _GAP)), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for j, lines in enumerate(heads):
        for k, line in enumerate(lines):
            pen.text((left + j * (cell_w + _GAP), top - _GAP - _CAPTION_HEIGHT * (len(lines) - k)), line, fill=_INK, font=font_of(line))
    for i, text in enumerate(rows):
        middle = top + i * (cell_h + _GAP) + cell_h // 2
        pen.text((left - _GAP, middle), visible(text, 40), fill=_FAINT, font=font_of(visible(text, 40)), anchor="rm")
    for number, image in enumerate(images):
        i, j = divmod(number, width)
        large = image.convert("RGB").resize((cell_w, cell_h), Image.Resampling.NEAREST)
        sheet.paste(large, (left + j * (cell_w + _GAP), top + i * (cell_h + _GAP)))
    return np.asarray(sheet)


def _wrapped(text: str, width: int, most: int = 3) -> list[str]:
    """Wrap a text into at most `most` lines."""
    lines: list[str] = []
    for word in visible(text, 160).split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and _width(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    kept = [_shortened(line, width) for line in lines[:most]]
    if len(lines) > most:
        kept[-1] = _shortened(kept[-1] + " " + lines[most], width, always=True)
    return kept


def _width(text: str) -> float:
    return font_of(text).getlength(text)


def _shortened(text: str, width: int, *, always: bool = False) -> str:
    if _width(text) <= width and not always:
        return text
    while text and _width(text + "…") > width:
        text = text[:-1]
    return text.rstrip() + "…"


def titled_lines(
    title: Sequence[str],
    firsts: Sequence[Image.Image],
    others: Sequence[Sequence[Image.Image]],
    captions: Sequence[Sequence[str]],
    marked: Sequence[bool],
) -> Array:
    """Rows of one image and, set apart, others with captions, in columns under a title.

    A marked row has a red frame. Returns `[H, W, 3]` uint8.
    """
    factor = max(1, -(-_MIN_CELL // max(firsts[0].size)))
    cell_w, cell_h = (side * factor for side in firsts[0].size)
    per_line = 1 + max(map(len, others))
    line_w, line_h = per_line * (cell_w + _GAP) + 6 * _GAP, cell_h + _CAPTION_HEIGHT + 2 * _GAP
    across = max(1, min(_MOST_WIDE // line_w, math.ceil(math.sqrt(len(firsts) * line_h / line_w))))
    head = 2 * _GAP + _LINE_HEIGHT * len(title)
    width = max(across * line_w, 2 * _GAP + math.ceil(max(_width(visible(text)) for text in title)))
    sheet = Image.new("RGB", (width + _GAP, head + math.ceil(len(firsts) / across) * line_h + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for k, text in enumerate(title):
        pen.text((2 * _GAP, _GAP + k * _LINE_HEIGHT), visible(text), fill=_FAINT if k else _INK, font=font_of(visible(text)))
    for i, first in enumerate(firsts):
        left, top = 2 * _GAP + i % across * line_w, head + i // across * line_h
        if marked[i]:
            pen.rectangle((left - _GAP, top - _GAP, left + line_w - 5 * _GAP, top + line_h - 2 * _GAP), outline=_ALARM, width=2)
        places = [left, *(left + 2 * _GAP + (j + 1) * (cell_w + _GAP) for j in range(len(others[i])))]
        for place, image in zip(places, [first, *others[i]], strict=True):
            sheet.paste(image.convert("RGB").resize((cell_w, cell_h), Image.Resampling.NEAREST), (place, top))
        for place, text in zip(places[1:], captions[i], strict=True):
            line = _shortened(visible(text, 40), cell_w)
            pen.text((place, top + cell_h + 1), line, fill=_FAINT, font=font_of(line))
    return np.asarray(sheet)
