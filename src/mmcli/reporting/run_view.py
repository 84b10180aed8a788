"""Sections of the page about a generator: training, samples next to their conditions, scores."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from mmcli.artifacts import arrays, jsonio
from mmcli.artifacts.raw import FILE_SUFFIX, GIVEN
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_of, label, registry
from mmcli.modalities.show import Show
from mmcli.reporting.data_view import DataSet, read_figures, read_lines, spread
from mmcli.reporting.lineage import Lineage, Node
from mmcli.reporting.media import Budget, Item, image_uri, item_of, open_image, sound_uri
from mmcli.reporting.score_view import score_view, scores_of
from mmcli.reporting.training_view import curves_of

T = TypeVar("T")
_TICK = re.compile(r"samples/(\d+(?:\.\d+)?)(?:-\d+)?\.\w+")
_TICK_SHEET = re.compile(r"\A([\d.]+|real)\.png\Z")
_SHOWN_TICKS = 6
_MOST_TEXT = 300


class Guard(Protocol):
    """Makes a part of the page about an artifact, or notes why it cannot be shown."""

    def __call__(self, name: str, make: Callable[[], T]) -> T | None:
        """The result of `make`; `None` if it fails."""


def run_views(lineage: Lineage, datasets: dict[str, DataSet], num_examples: int, budget: Budget, guard: Guard) -> list[dict[str, Any]]:
    """One context per generator with its samples and scores; samples without a generator get their own.

    Args:
        lineage: The artifacts.
        datasets: Data sets by id.
        num_examples: Number of samples to show of each.
        budget: Bytes of media.
        guard: Makes each part, so that a corrupted artifact does not hide the others.
    """
    views, seen = [], set[str]()
    runs: list[tuple[Node | None, list[Node]]] = []
    for gan in lineage.of("gan"):
        samples = lineage.made_from(gan, "samples")
        seen |= {node.id for node in samples}
        runs.append((gan, samples))
    runs += [(None, [node]) for node in lineage.of("samples") if node.id not in seen]
    for maker, made in runs:
        make = partial(_run, lineage, maker, made, datasets, num_examples, budget, guard)
        view = guard((maker or made[0]).name, make)
        if view and (view["gan"] or view["samples"] or view["scores"]):
            views.append(view)
    shown = {node.id for view in views for samples in view["samples"] for node in samples["score_nodes"]}
    loose = [node for node in lineage.of("scores") if node.id not in shown]
    return views + [
        {
            "target": node.summary.get("target", node.name),
            "modality": "",
            "style": "",
            "of_classes": False,
            "gan": None,
            "samples": [],
            "scores": [scores],
        }
        for node in loose
        if (scores := guard(node.name, partial(score_view, lineage, node, datasets, budget)))
    ]


def _run(
    lineage: Lineage,
    gan: Node | None,
    samples: list[Node],
    datasets: dict[str, DataSet],
    num_examples: int,
    budget: Budget,
    guard: Guard,
) -> dict[str, Any]:
    first = gan or samples[0]
    target = str(first.summary.get("target", first.name))
    modality = str(first.body.fields.get(target, {}).get("modality", ""))
    show = registry.find(modality).shown() if modality else Show()
    made = [(node, guard(node.name, partial(_samples, lineage, node, datasets, num_examples, budget))) for node in samples]
    scored = [node for sample in samples for node in scores_of(lineage, sample)]
    return {
        "target": target,
        "modality": modality,
        "style": show.style,
        "of_classes": _of_classes(first),
        "gan": None if gan is None else guard(gan.name, partial(_training, gan, show, budget)),
        "samples": [view for _, view in made if view],
        "scores": [view for node in scored if (view := guard(node.name, partial(score_view, lineage, node, datasets, budget)))],
    }


def _training(node: Node, show: Show, budget: Budget) -> dict[str, Any]:
    names = sorted(node.artifact.manifest.files)
    return {
        "node": node,
        "curves": curves_of([], read_figures(node.artifact), "thousands of items seen"),
        "ticks": ticks_of(node.artifact.path, names, show, budget),
    }


def ticks_of(folder: Path, names: Sequence[str], show: Show, budget: Budget) -> list[dict[str, Any]]:
    """Samples of fixed conditions and seeds at several moments of training, and the records with these conditions.

    Args:
        folder: Folder of the artifact.
        names: Its files, relative to it.
        show: How the items are shown.
        budget: For images and sounds.
    """
    files: dict[float, list[Path]] = defaultdict(list)
    for name in names:
        found = _TICK.fullmatch(name)
        if found:
            files[float(found[1])].append(folder / name)
    moments = sorted(files)
    chosen = sorted({moments[round(i)] for i in np.linspace(0, len(moments) - 1, min(_SHOWN_TICKS, len(moments)))})
    shown = [{"what": f"after {kimg:,.6g} thousand items", **_tick(files[kimg], show, budget)} for kimg in chosen]
    real = [folder / name for name in names if name.startswith("samples/real")]
    conditions = _conditions(folder / "samples/conditions.json") if "samples/conditions.json" in names else []
    shown += [{"what": "the records with the same conditions", **_tick(real, show, budget)}] if real and shown else []
    return [{**tick, "texts": [(condition, text) for condition, text in _beside(conditions, tick["texts"])]} for tick in shown]


def _conditions(path: Path) -> list[str]:
    try:
        body = jsonio.read(path)
    except (jsonio.JsonError, OSError):
        return []
    return [visible(entry.get("condition", ""), _MOST_TEXT) for entry in body if isinstance(entry, dict)] if isinstance(body, list) else []


def _beside(conditions: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip([*conditions, *[""] * len(texts)], texts, strict=False)


def _tick(files: list[Path], show: Show, budget: Budget) -> dict[str, Any]:
    """The contact sheet, and single items to view or play."""
    sheet = next((path for path in files if _TICK_SHEET.search(path.name)), None)
    views = [show.file(path) for path in [path for path in files if path != sheet][: show.num_samples]]
    image = open_image(sheet) if sheet is not None and show.on_sheets else None
    sounds = [sound_uri(view.wave, view.rate_hz) for view in views if view.wave is not None]
    return {
        "texts": [visible(view.text, _MOST_TEXT) for view in views if view.text],
        "sheet": budget.spend(image_uri(image, 640)) if image else "",
        "sound": budget.spend(sounds[0]) if sounds else "",
    }


def _samples(lineage: Lineage, node: Node, datasets: dict[str, DataSet], count: int, budget: Budget) -> dict[str, Any]:
    parent = lineage.input_of(node, "dataset")
    data = datasets.get(parent.id) if parent else None
    table = "metadata.jsonl" if "metadata.jsonl" in node.artifact.manifest.files else "items.jsonl"  # without files
    lines = read_lines(node.artifact, table)
    labels = [None if line.get("label") is None else str(line["label"]) for line in lines]
    target = str(node.summary.get("target"))
    codec = codec_of(node.artifact, target)
    rows, modality = arrays.load(node.artifact.file("rows.npy")), registry.find(codec.modality)
    if rows.shape[1:] != codec.row_shape or str(rows.dtype) != codec.describe()["dtype"]:
        what = f"rows.npy has {rows.dtype} rows of shape {rows.shape[1:]}, not {codec.row_shape}"
        raise IntegrityError(what, visible(node.artifact.path))
    examples = []
    for i in spread(labels, range(min(len(lines), len(rows))), count):
        path = _file(node.artifact, lines[i].get(target + FILE_SUFFIX))
        said = lines[i].get(target)
        view = modality.shown().made(codec, rows[i], path or (said if isinstance(said, str) else None))
        made = item_of(view, budget, modality, _MOST_TEXT)
        given = _given(lines[i], data, budget) or _given_class(node, labels[i])
        real = _real(lines[i], target, data, budget)
        said = next((item.text for _, item in given if item.text), "")
        examples.append({"label": labels[i], "seed": lines[i].get("seed"), "given": given, "caption": said, "made": made, "real": real})
    scores = scores_of(lineage, node)
    return {"node": node, "examples": examples, "strip": _strip(examples), "score_nodes": scores}


def _file(artifact: Artifact, name: Any) -> Path | None:
    return artifact.path / name if isinstance(name, str) and name in artifact.manifest.files else None


def _given(line: dict[str, Any], data: DataSet | None, budget: Budget) -> list[tuple[str, Item]]:
    """The condition: from its record, or as in `metadata.jsonl`."""
    found = []
    row = data.find(line.get("condition_id")) if data else None
    for key in sorted(key for key in line if key.startswith(GIVEN)):
        name = key.removeprefix(GIVEN)
        item = data.item(name, row, budget) if data is not None and row is not None else None
        found.append((name, item or Item(text=visible(line[key], _MOST_TEXT))))
    return found


def _real(line: dict[str, Any], target: str, data: DataSet | None, budget: Budget) -> Item | None:
    """The target of the record whose condition it is, if the record has it."""
    row = data.find(line.get("condition_id")) if data is not None else None
    return data.item(target, row, budget) if data is not None and row is not None else None


def _given_class(node: Node, name: str | None) -> list[tuple[str, Item]]:
    return [(label.FIELD, Item(text=visible(name, _MOST_TEXT)))] if name is not None and _of_classes(node) else []


def _of_classes(node: Node) -> bool:
    """Whether the condition is the records' label."""
    return node.summary.get("given") == [label.FIELD]


def _strip(examples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One example per label, for the head of the page."""
    first: dict[str, dict[str, Any]] = {}
    for example in examples:
        first.setdefault(str(example["label"]), example)
    return list(first.values())[:10] if len(first) > 1 else examples[:6]
