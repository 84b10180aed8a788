"""Contact sheets: many small pictures, or lines of text, as one picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mmcli.display import visible
from mmcli.modalities.base import Array

_GAP = 4
_LEAST_CELL = 72
_CAPTION_HEIGHT = 14
_LINE_HEIGHT = 18
_INK, _PAPER, _FAINT = (40, 40, 46), (255, 255, 255), (120, 120, 128)


def picture_sheet(pictures: Sequence[Image.Image], captions: Sequence[str] | None = None, columns: int = 8) -> Array:
    """Lay pictures out in rows of `columns`, small ones magnified by whole factors.

    Returns:
        `[H, W, 3]` uint8.
    """
    if not pictures:
        return np.full((_LEAST_CELL, _LEAST_CELL, 3), 255, dtype=np.uint8)
    width, height = pictures[0].size
    factor = max(1, -(-_LEAST_CELL // max(width, height)))
    cell_w, cell_h = max(width * factor, _LEAST_CELL if captions else 0), height * factor
    columns = min(columns, len(pictures))
    step_w, step_h = cell_w + _GAP, cell_h + _GAP + (_CAPTION_HEIGHT if captions else 0)
    sheet = Image.new("RGB", (columns * step_w + _GAP, -(-len(pictures) // columns) * step_h + _GAP), _PAPER)
    pen = ImageDraw.Draw(sheet)
    for i, picture in enumerate(pictures):
        left, top = _GAP + (i % columns) * step_w, _GAP + (i // columns) * step_h
        sheet.paste(picture.convert("RGB").resize((width * factor, height * factor), Image.Resampling.NEAREST), (left, top))
        if captions:
            _write(pen, (left, top + cell_h + 1), captions[i], cell_w)
    return np.asarray(sheet)


def text_sheet(lines: Sequence[str], captions: Sequence[str] | None = None, columns: int = 8) -> Array:
    """Lay sentences out, one per line, with the captions faint before them.

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
    font = ImageFont.load_default(11)
    shown = visible(text, 160)
    if pen.textlength(shown, font) > width:
        while shown and pen.textlength(shown + "…", font) > width:
            shown = shown[:-1]
        shown += "…"
    pen.text(at, shown, fill=ink, font=font)
