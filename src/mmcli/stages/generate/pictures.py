"""What samples look like at a glance: the contact sheet, the grid, the film strip and the animation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmcli.modalities.base import Codec, ContinuousCodec
from mmcli.modalities.sheets import grid_sheet
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.motion import parse_grid
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan

Array = npt.NDArray[Any]
SHEET_ITEMS = 64
_LEAST_SIDE = 256  # of an animation in pixels; smaller items are magnified by a whole factor
_FRAME_MS, _END_MS = 60, 600


def write_sheet(path: Path, rows: Sequence[Array], codec: Codec, plan: Plan, conditions: Conditions, config: GenerateConfig) -> None:
    """Write the sheet of a plan's first rows."""
    if config.grid and isinstance(codec, ContinuousCodec):
        Image.fromarray(_grid([codec.picture(row) for row in rows], plan, conditions, config)).save(path)
        return
    shown = _strip(len(rows)) if config.interpolate or config.walk else list(range(len(rows)))
    captions = [_caption(plan, i, conditions) for i in shown]
    Image.fromarray(codec.sheet(np.stack([rows[i] for i in shown]), captions)).save(path)


def _strip(count: int) -> list[int]:
    """Frames of a film strip: all, or evenly spread ones with both ends."""
    return [int(i) for i in np.linspace(0, count - 1, min(count, SHEET_ITEMS)).round()]


def _caption(plan: Plan, i: int, conditions: Conditions) -> str:
    share, number = float(plan.share[i]), int(plan.numbers[i, 0])
    return f"+ {share:.0%}" if share else conditions.caption(number) or f"seed {plan.seeds[i, 0]}"


def _grid(pictures: list[Image.Image], plan: Plan, conditions: Conditions, config: GenerateConfig) -> Array:
    rows, columns = parse_grid(config.grid)
    numbers, seeds = plan.numbers[:columns, 0], plan.seeds[:, 0].reshape(rows, columns)
    heads = [conditions.caption(int(number)) for number in numbers] if len(conditions) > 1 else []
    last = f" to {seeds[0, -1]}" if seeds[0, 0] != seeds[0, -1] else ""
    return grid_sheet(pictures, [f"seed {line[0]}" if not last else f"seeds from {line[0]}" for line in seeds], heads, columns)


def animate(frames: Sequence[Array], codec: ContinuousCodec, path: Path, *, closed: bool) -> None:
    """Write rows as an endless animation; one that does not return by itself runs back.

    Args:
        frames: Rows of the target.
        codec: Of the target; it draws the rows.
        path: A .webp or .gif file.
        closed: The last frame leads to the first.
    """
    pictures = [codec.picture(row) for row in frames]
    width, height = pictures[0].size
    factor = max(1, -(-_LEAST_SIDE // max(width, height)))
    shown = [picture.resize((width * factor, height * factor), Image.Resampling.NEAREST) for picture in pictures]
    times = [_FRAME_MS] * len(shown)
    if not closed and len(shown) > 1:
        times[0] = times[-1] = _END_MS
        shown, times = shown + shown[-2:0:-1], times + times[-2:0:-1]
    if path.suffix == ".webp":
        mode = "RGBA" if shown[0].mode == "RGBA" else "RGB"
        first, *others = [picture.convert(mode) for picture in shown]
        first.save(path, "WEBP", save_all=True, append_images=others, duration=times, loop=0, lossless=True, quality=40, method=0)
        return
    first, *others = [picture if picture.mode == "L" else picture.convert("RGB") for picture in shown]
    first.save(path, "GIF", save_all=True, append_images=others, duration=times, loop=0)
