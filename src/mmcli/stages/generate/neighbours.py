"""`generate --neighbours`: the nearest training items of each sample, to reveal copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmcli.artifacts import jsonio, records
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.core.ui import Ui
from mmcli.modalities.base import ContinuousCodec
from mmcli.modalities.fields import stream_rows
from mmcli.modalities.sequences import Rows
from mmcli.modalities.sheets import titled_lines

Array = npt.NDArray[Any]
SAMPLES = 32
_BLOCK = 2048
_HELD_OUT = 256
_COPY = 0.01  # a copy is nearer to train than this quantile of the held-out items


@dataclass(frozen=True)
class Found:
    """Nearest train records of Q items: record numbers `[Q, k]` and distances `[Q, k]`, nearest first."""

    numbers: Array
    distances: Array


def write_neighbours(
    folder: Path, data: Artifact, target: str, samples: Sequence[Array], codec: ContinuousCodec, features: Any, k: int, ui: Ui
) -> dict[str, Any]:
    """Write `neighbours.png` and `neighbours.jsonl`; returns medians of the nearest distances.

    Args:
        folder: Folder to write to.
        data: The data set.
        target: The field.
        samples: Rows of samples; the first 32 are used.
        codec: Codec of the target.
        features: Network form to unit vectors, with a `name`.
        k: Number of neighbours per sample.
        ui: Shows progress.
    """
    table, rows = records.read(data.path), stream_rows(data, target, codec)
    present = table.present(target)
    train = table.rows("train")[present[table.rows("train")]]
    held = np.concatenate([table.rows("val"), table.rows("test")])
    held = np.sort(held[present[held]][:_HELD_OUT])
    shown = np.stack(samples[:SAMPLES])
    queries = features(codec.to_network(np.concatenate([shown, rows[held]])))
    found = nearest(queries, train, lambda block: features(codec.to_network(rows[block])), min(k, len(train)), ui)
    own, real = found.distances[: len(shown), 0], found.distances[len(shown) :, 0]
    bound = float(np.quantile(real, _COPY)) if len(real) else 0.0
    figures = {"space": features.name, "median": float(np.median(own)), "copies": int((own <= bound).sum())}
    figures |= {"held_out_median": float(np.median(real))} if len(real) else {}
    top = Found(found.numbers[: len(shown)], found.distances[: len(shown)])
    _write_table(folder / "neighbours.jsonl", table, top)
    _draw(folder / "neighbours.png", shown, rows, codec, top, bound, figures)
    return figures


def nearest(queries: Array, train: Array, look: Callable[[Array], Array], k: int, ui: Ui) -> Found:
    """The k train records nearest to each query `[Q, F]`, with features computed block by block."""
    numbers, scores = np.zeros((len(queries), 0), dtype=np.int64), np.zeros((len(queries), 0), dtype=np.float32)
    with ui.progress("comparing with the train split", len(train), "records") as bar:
        for begin in range(0, len(train), _BLOCK):
            block = train[begin : begin + _BLOCK]
            scores = np.concatenate([scores, queries @ look(block).T], 1)
            numbers = np.concatenate([numbers, np.tile(block, (len(queries), 1))], 1)
            order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            scores, numbers = np.take_along_axis(scores, order, 1), np.take_along_axis(numbers, order, 1)
            bar.advance_to(begin + len(block))
    return Found(numbers, np.maximum(1.0 - scores, 0.0))


def _write_table(path: Path, table: Records, found: Found) -> None:
    ids = table.ids
    with path.open("w", encoding="utf-8", newline="\n") as handle:
        for i, (numbers, distances) in enumerate(zip(found.numbers, found.distances, strict=True)):
            near = [{"id": ids[n], "distance": round(float(d), 6)} for n, d in zip(numbers, distances, strict=True)]
            handle.write(jsonio.dumps({"sample": i, "nearest": near}, indent=None) + "\n")


def _draw(path: Path, shown: Array, rows: Rows, codec: ContinuousCodec, found: Found, bound: float, figures: dict[str, Any]) -> None:
    draw = codec.picture
    images = [draw(row) for row in shown]
    near = [[draw(row) for row in _read(rows, numbers)] for numbers in found.numbers]
    captions = [[f"{distance:.2g}" for distance in line] for line in found.distances]
    real = f"; held-out real items: {figures['held_out_median']:.2g}" if "held_out_median" in figures else ""
    title = [
        "Each sample (left) and its nearest training items",
        f"distance (1 - cosine) in {figures['space']}; median of the nearest: samples {figures['median']:.2g}{real}",
        f"possible copies, framed in red: {figures['copies']} (nearer than {1 - _COPY:.0%} of the held-out real items)",
    ]
    copied = [bool(line[0] <= bound) for line in found.distances]
    Image.fromarray(titled_lines(title, images, near, captions, copied)).save(path)


def _read(rows: Rows, numbers: Array) -> Array:
    order = np.argsort(numbers)
    found = np.empty((len(numbers), *rows.shape[1:]), rows.dtype)
    found[order] = rows[np.asarray(numbers)[order]]
    return found
