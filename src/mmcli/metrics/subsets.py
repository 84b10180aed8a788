"""How much information about a record a fused condition retains, per subset of fields and under noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator
from mmcli.metrics.paired.retrieval import retrieve
from mmcli.metrics.probe import Probe

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
# (tokens [B, F, T, d], mask [B, F]) -> condition [B, d]
Fuse = Callable[[Floats, Floats], Floats]
# condition [B, d] -> predicted vectors [B, F, d]
Predict = Callable[[Floats], Floats]
_MAX_NOISY, _MAX_GALLERY = 500, 1000
NOISE_LEVELS = (0.0, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Sample:
    """Records to score: `tokens [B, F, T, d]`, `vectors [B, F, d]`, `present [B, F]` 0/1, `labels [B]` (-1: unknown)."""

    tokens: Floats
    vectors: Floats
    present: Floats
    labels: Ints


def subsets_of(fields: list[str]) -> list[tuple[str, ...]]:
    """All non-empty subsets, small ones first."""
    return [chosen for size in range(1, len(fields) + 1) for chosen in combinations(fields, size)]


def score_subsets(fuse: Fuse, predict: Predict, fitted: Probe | None, test: Sample, fields: list[str]) -> dict[str, dict[str, float]]:
    """Scores of every subset of fields, on the test records that have all fields of the subset.

    Returns:
        Per subset, named as `a+b`: `records`; `accuracy` of the probe, if there are labels;
        `retrieval`, the mean R@1 with which predicted vectors find the real ones, of the fields
        outside the subset (of all fields, for the whole set); `reconstruction`, their mean cosine.
    """
    table = {}
    for chosen in subsets_of(fields):
        inside = np.array([name in chosen for name in fields])
        rows = np.flatnonzero(test.present[:, inside].all(1))
        if not len(rows):
            continue
        mask = np.broadcast_to(inside, (len(rows), len(fields))).astype(np.float32)
        condition = fuse(test.tokens[rows], mask)
        scores = _reconstruct(predict(condition), test, rows, np.ones_like(inside) if inside.all() else ~inside)
        accuracy = fitted.accuracy(condition, test.labels[rows]) if fitted else None
        table["+".join(chosen)] = {"records": len(rows), **({} if accuracy is None else {"accuracy": accuracy}), **scores}
    return table


def _reconstruct(predicted: Floats, test: Sample, rows: npt.NDArray[np.intp], asked: npt.NDArray[np.bool_]) -> dict[str, float]:
    recalls, cosines = [], []
    for field in np.flatnonzero(asked):
        has = np.flatnonzero(test.present[rows, field] > 0)[:_MAX_GALLERY]
        if len(has) < 2:
            continue
        found, real, labels = predicted[has, field], test.vectors[rows[has], field], test.labels[rows[has]]
        cosines.append(float((found * real).sum(1).mean()))
        recalls.append(retrieve(found, real, labels if (labels >= 0).any() else None).recall[1])
    return {"retrieval": float(np.mean(recalls)), "reconstruction": float(np.mean(cosines))} if recalls else {}


def score_alone(probes: Sequence[Probe | None], test: Sample, fields: list[str]) -> dict[str, float]:
    """Accuracy of a probe per field on the field's own vectors, without fusion, if there are labels."""
    table = {}
    for number, (name, fitted) in enumerate(zip(fields, probes, strict=True)):
        rows = test.present[:, number] > 0
        accuracy = fitted.accuracy(test.vectors[rows, number], test.labels[rows]) if fitted else None
        if accuracy is not None:
            table[name] = accuracy
    return table


def noise_curves(fuse: Fuse, fitted: Probe, test: Sample, fields: list[str], seed: int) -> dict[str, dict[str, float]]:
    """Accuracy on complete records when one field's tokens are noisy; levels are noise-to-signal ratios.

    Also reported for every field: `NAME alone`, the same field without the others.
    """
    rows = np.flatnonzero(test.present.all(1) & (test.labels >= 0))[:_MAX_NOISY]
    if not len(rows):
        return {}
    clean = test.tokens[rows].astype(np.float32)
    curves: dict[str, dict[str, float]] = {}
    for number, name in enumerate(fields):
        noise = generator(seed, Purpose.NOISE_CURVE, number).standard_normal(clean[:, number].shape, np.float32)
        scale = np.sqrt(np.mean(np.square(clean[:, number])))
        only = np.zeros((len(rows), len(fields)), np.float32)
        only[:, number] = 1.0
        for level in NOISE_LEVELS:
            tokens = clean.copy()
            tokens[:, number] += level * scale * noise
            for curve, mask in ((name, test.present[rows]), (f"{name} alone", only)):
                accuracy = fitted.accuracy(fuse(tokens, mask), test.labels[rows])
                curves.setdefault(curve, {})[f"{level:g}"] = float(accuracy or 0.0)
    return curves
