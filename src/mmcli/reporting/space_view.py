"""Sections of the page about embeddings and fusion."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, records
from mmcli.reporting import charts
from mmcli.reporting.charts import Line
from mmcli.reporting.data_view import read_figures
from mmcli.reporting.lineage import Node
from mmcli.reporting.media import image_uri, open_image

_MAX_POINTS = 200  # per field


def embeddings_view(node: Node) -> dict[str, Any]:
    """Context of an embeddings section."""
    return {
        "node": node,
        "retrieval": _retrieval(node),
        "views": node.summary.get("views") or {},
        "probes": node.summary.get("probes") or {},
        "curves": [("Loss", _curve(node, ("loss", "loss_uninformed"))), ("Validation retrieval", _curve(node, ("score",)))],
        "map": _map(node),
        "neighbours": _image(node, "map.png"),
    }


def fused_view(node: Node) -> dict[str, Any]:
    """Context of a fusion section."""
    table, alone = node.summary.get("subsets") or {}, node.summary.get("alone") or {}
    rows = [
        {"fields": name.split("+"), "alone": alone.get(name), **{k: v for k, v in scores.items() if isinstance(v, int | float)}}
        for name, scores in sorted(table.items(), key=lambda pair: (pair[0].count("+"), pair[0]))
    ]
    return {
        "node": node,
        "subsets": rows,
        "split": node.summary.get("scored_on", "test"),
        "attention": node.summary.get("attention") or {},
        "examples": _image(node, "attention.png"),
        "methods": node.summary.get("methods") or {},
        "curves": [("Loss", _curve(node, ("loss", "loss_val"))), ("Accuracy when noise is added to one field", _noise(node))],
    }


def _retrieval(node: Node) -> dict[str, Any]:
    """R@1 from field (row) to field (column)."""
    table = node.summary.get("retrieval") or {}
    pairs = {tuple(name.split(" to ")): scores for name, scores in table.items() if " to " in name}
    names = sorted({name for pair in pairs for name in pair})
    chances = [scores.get("chance_R@1") for scores in pairs.values() if scores.get("chance_R@1") is not None]
    keys = ("R@1", "R@5", "median_rank", "mAP", "queries")
    details = [(a, b, [(key, scores.get(key)) for key in keys]) for (a, b), scores in sorted(pairs.items())]
    matrix = {a: {b: pairs.get((a, b), {}).get("R@1") for b in names} for a in names}
    return {"names": names, "matrix": matrix, "chance": float(np.mean(chances)) if chances else None, "rows": details}


def _curve(node: Node, keys: tuple[str, ...]) -> Any:
    lines = read_figures(node.artifact)
    drawn = [line_of(lines, "epoch", key, i, dashed=key == "loss_uninformed") for i, key in enumerate(keys)]
    return charts.line_chart(drawn, "epoch", title=keys[0].replace("_", " "))


def line_of(lines: list[dict[str, Any]], x: str, y: str, colour: int, *, dashed: bool = False) -> Line:
    """A column of the metrics plotted against another."""
    pairs = [(row[x], row[y]) for row in lines if isinstance(row.get(x), int | float) and isinstance(row.get(y), int | float)]
    return Line(y.replace("_", " "), [a for a, _ in pairs], [b for _, b in pairs], colour, dashed)


def _noise(node: Node) -> Any:
    table = node.summary.get("noise") or {}
    names = sorted({name.removesuffix(" alone") for name in table})
    lines = []
    for name, scores in sorted(table.items()):
        plain = name.removesuffix(" alone")
        pairs = sorted((float(level), float(value)) for level, value in scores.items())
        title = name if plain != name else f"{name} with the others"
        lines.append(Line(title, [a for a, _ in pairs], [b for _, b in pairs], names.index(plain), dashed=plain != name))
    return charts.line_chart(lines, "noise on the field, in standard deviations")


def _map(node: Node) -> dict[str, Any] | None:
    """The test split's vectors of all fields on their first two principal axes."""
    fields = [name for name in node.body.fields if f"vectors/{name}.npy" in node.body.files]
    if not fields or records.NAME not in node.body.files:
        return None
    table = records.read(node.artifact.path)
    split = records.scored_split(table.rows, 3)
    numbers, names = table.label_ids()
    points, colours, shapes, titles = [], list[int](), list[int](), list[str]()
    for shape, name in enumerate(fields):
        rows = table.rows(split)
        rows = rows[table.present(name)[rows]][:_MAX_POINTS]
        points.append(np.asarray(arrays.load(node.artifact.file(f"vectors/{name}.npy"))[rows], dtype=np.float64))
        colours += [max(0, int(numbers[i])) for i in rows]
        shapes += [shape] * len(rows)
        titles += [f"{name} of {table.ids[i]}, {table.labels[i] or 'no label'}" for i in rows]
    flat = main_axes(np.concatenate(points))
    shown = names[: charts.NUM_COLOURS]
    return {
        "scatter": charts.scatter(flat, colours, shapes, titles),
        "legend": charts.legend([(name, i, False) for i, name in enumerate(shown)]) if len(names) > 1 else "",
        "fields": list(zip(fields, ("circle", "square", "triangle", "diamond") * 9, strict=False)),
        "split": split,
        "count": len(flat),
    }


def _image(node: Node, name: str) -> str:
    """An image written by the stage; empty if there is none."""
    image = open_image(node.artifact.file(name)) if name in node.body.files else None
    return image_uri(image, most_side=1400) if image else ""


def main_axes(points: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Principal components `[N, 2]` of `[N, d]`, with the largest loading of each axis positive."""
    centred = points - points.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2] * np.sign(axes[:2][np.arange(len(axes[:2])), np.abs(axes[:2]).argmax(1)])[:, None]
    found = np.zeros((len(points), 2))
    found[:, : len(axes)] = centred @ axes.T
    return found
