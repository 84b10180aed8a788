"""`generate --like`: reproduce a given item, and edit it with other conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmcli.artifacts import arrays, jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.modalities.base import Codec, Reject
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.maker import Maker
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.writer import SampleWriter

Array = npt.NDArray[Any]
FOLDER = "like"
_SHEET_ITEMS = 64
_RANDOM = 1024  # random items; the nearest ones are the starts and the baseline


def read_target(codec: Codec, path: str) -> Array:
    """Read the item to reproduce as a row.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return codec.read(Path(path))
    except Reject as error:
        raise InputError(f"the item to reproduce cannot be used: {error.message}", visible(path), "use another file") from None


def reproduce(folder: Path, maker: Maker, row: Array, conditions: Conditions, config: GenerateConfig, ui: Ui) -> dict[str, Any]:
    """Find the noise and condition of an item, write the reproduction, and one edit per given condition.

    Returns:
        Its distances, those of the nearest random items, and the number of items.
    """
    codec, target, edits = maker.codec, maker.target, _edits(conditions)
    goal = codec.to_network(row[None])
    inversion = maker.family.inverter(maker.folder, maker.sampler)
    start = maker.own_condition(target, goal)
    noise = maker.sampler.noise(np.uint64(config.seed) + np.arange(_RANDOM, dtype=np.uint64))
    random = maker.sampler.items(noise, np.repeat(start, _RANDOM, 0))
    far = inversion.nearness(random, goal)
    order = np.argsort(far.total, kind="stable")[: config.restarts]
    with ui.progress("reproducing", config.like_steps, "steps") as bar:
        found = inversion.run(
            goal,
            noise[order],
            np.repeat(start, len(order), 0),
            config.like_steps,
            lambda n, loss: bar.advance_to(n, f"distance {loss:.4f}"),
        )
    tried = inversion.nearness(maker.sampler.items(*found), goal)
    best = int(np.argmin(tried.total))
    z, c = found[0][best : best + 1], found[1][best : best + 1]
    changed = np.concatenate([c, maker.condition(np.array(edits))]) if edits else c
    rows = codec.from_network(maker.sampler.items(np.repeat(z, len(changed), 0), changed))
    figures = _figures(tried, far, best, config)
    with SampleWriter(folder, codec, target, len(rows), files=config.files) as writer:
        writer.add(rows, [{"like": Path(config.like or "").name, **line} for line in [{}, *(conditions.columns[i] for i in edits)]])
    _write(folder, codec, row, codec.from_network(random[order[:1]])[0], rows, [conditions.caption(i) for i in edits])
    for name, array in (("noise", z), ("condition", c)):
        arrays.save(folder / FOLDER / f"{name}.npy", array[0])
    jsonio.write(folder / FOLDER / "figures.json", figures)
    for name, what in (("look", "feature distance"), ("rms", "RMS distance")):
        ui.info(f"{what}: {figures[name]['found']:.4f}; nearest of {_RANDOM:,} random items: {figures[name]['random']:.4f}")
    return {"num": len(rows), **{f"like_{name}": figures[name] for name in ("look", "rms")}}


def _edits(conditions: Conditions) -> list[int]:
    return [i for i, line in enumerate(conditions.columns) if line]


def _figures(tried: Any, far: Any, best: int, config: GenerateConfig) -> dict[str, Any]:
    """Each distance of random items is the minimum of its kind, possibly of different items."""
    figures = {name: {"found": float(getattr(tried, name)[best]), "random": float(getattr(far, name).min())} for name in ("look", "rms")}
    return {**figures, "random_items": _RANDOM, "restarts": config.restarts, "steps": config.like_steps, "all": tried.total.tolist()}


def _write(folder: Path, codec: Codec, row: Array, random: Array, rows: Array, names: list[str]) -> None:
    (folder / FOLDER).mkdir(exist_ok=True)
    codec.write(row, folder / FOLDER / "target")
    captions = ["target", "nearest random", "reproduced", *(f"as: {name}" for name in names)][:_SHEET_ITEMS]
    shown = np.stack([row, random, *rows])[: len(captions)]
    Image.fromarray(codec.sheet(shown, captions)).save(folder / "sheet.png")
