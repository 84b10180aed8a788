"""Overview images of samples: the contact sheet, the grid, the film strip and the animation."""

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
_LEAST_SIDE = 256  # minimum side of an animation in pixels; smaller items are enlarged by an integer factor
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
    """Frames of a film strip: all, or evenly spaced ones including both ends."""
    return [int(i) for i in np.linspace(0, count - 1, min(count, SHEET_ITEMS)).round()]


def _caption(plan: Plan, i: int, conditions: Conditions) -> str:
    fraction, number = float(plan.fraction[i]), int(plan.numbers[i, 0])
    return f"+ {fraction:.0%}" if fraction else conditions.caption(number) or f"seed {plan.seeds[i, 0]}"


def _grid(images: list[Image.Image], plan: Plan, conditions: Conditions, config: GenerateConfig) -> Array:
    rows, columns = parse_grid(config.grid)
    numbers, seeds = plan.numbers[:columns, 0], plan.seeds[:, 0].reshape(rows, columns)
    heads = [conditions.caption(int(number)) for number in numbers] if len(conditions) > 1 else []
    last = f" to {seeds[0, -1]}" if seeds[0, 0] != seeds[0, -1] else ""
    return grid_sheet(images, [f"seed {line[0]}" if not last else f"seeds from {line[0]}" for line in seeds], heads, columns)


def animate(frames: Sequence[Array], codec: ContinuousCodec, path: Path, *, closed: bool) -> None:
    """Write rows as a looping animation; one that is not closed also plays backwards.

    Args:
        frames: Rows of the target.
        codec: Codec of the target; renders the rows.
        path: A .webp or .gif file.
        closed: Whether the last frame leads back to the first.
    """
    images = [codec.picture(row) for row in frames]
    width, height = images[0].size
    factor = max(1, -(-_LEAST_SIDE // max(width, height)))
    shown = [image.resize((width * factor, height * factor), Image.Resampling.NEAREST) for image in images]
    times = [_FRAME_MS] * len(shown)
    if not closed and len(shown) > 1:
        times[0] = times[-1] = _END_MS
        shown, times = shown + shown[-2:0:-1], times + times[-2:0:-1]
    if path.suffix == ".webp":
        mode = "RGBA" if shown[0].mode == "RGBA" else "RGB"
        first, *others = [image.convert(mode) for image in shown]
        first.save(path, "WEBP", save_all=True, append_images=others, duration=times, loop=0, lossless=True, quality=40, method=0)
        return
    first, *others = [image if image.mode == "L" else image.convert("RGB") for image in shown]
    first.save(path, "GIF", save_all=True, append_images=others, duration=times, loop=0)
