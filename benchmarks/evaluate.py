"""How long scoring takes once the judge has read the items: 5,000 samples against 10,000 real items, 64 features, on 2 cores.

    python benchmarks/evaluate.py

Texts are compared with their targets beside, 1,000 of 20 words each, as `evaluate` does.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "2")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mmcli.metrics import suite
from mmcli.metrics.paired.ssim import ssim
from mmcli.metrics.paired.text_overlap import overlaps
from mmcli.metrics.score import Score
from mmcli.metrics.suite import FeatureSet
from mmcli.metrics.verdict import verdict

SAMPLES, REAL, WIDTH, CLASSES = 5_000, 10_000, 64, 10
TARGET_S = 60.0


def items(rng: np.random.Generator, count: int, shift: float) -> FeatureSet:
    """Features of ten clusters."""
    labels = rng.integers(0, CLASSES, count)
    features = rng.normal(size=(CLASSES, WIDTH))[labels] + rng.normal(size=(count, WIDTH)) + shift
    return FeatureSet(features.astype(np.float32), np.eye(CLASSES)[labels] * 0.9 + 0.01, labels, rng.normal(size=count))


def texts(rng: np.random.Generator, count: int, length: int) -> list[list[int]]:
    """Texts of ids with Zipf's frequencies."""
    return [((rng.zipf(1.3, length) - 1) % 5_000 + 4).tolist() for _ in range(count)]


def main() -> None:
    """Print one table."""
    rng = np.random.default_rng(0)
    samples, control = items(rng, SAMPLES, 0.1), items(rng, SAMPLES, 0.0)
    reference, train = items(rng, REAL, 0.0), items(rng, REAL, 0.0)
    ids = [texts(rng, count, 20) for count in (SAMPLES, REAL, SAMPLES, REAL)]
    said = [" ".join(f"w{number}" for number in text) for text in ids[0][:1000]]
    pictures = rng.integers(0, 256, (500, 64, 64, 3), np.uint8)
    scores: dict[str, Score] = {}
    steps: dict[str, Callable[[], Any]] = {
        "distances, neighbours and a classifier between the sets": lambda: suite.distribution_scores(samples, control, reference, 5),
        "copies of train items": lambda: suite.copy_scores(samples, train, reference, None),
        "labels": lambda: suite.class_scores(samples, control, reference),
        "realness": lambda: suite.realness_scores(samples, reference, reference),
        "texts as sets": lambda: suite.text_scores(ids[0], ids[1], ids[2], ids[3], 5_004),
        "1,000 texts against their targets": lambda: overlaps(said, [[one] for one in reversed(said)]),
        "500 images of 64 x 64 against their targets": lambda: ssim(pictures, pictures[::-1]),
    }
    print("| what | seconds | seconds of processor time |\n|---|---|---|")
    total = total_used = 0.0
    for name, step in steps.items():
        begin, used = time.perf_counter(), time.process_time()
        found = step()
        seconds, used = time.perf_counter() - begin, time.process_time() - used
        total, total_used = total + seconds, total_used + used
        scores |= found if isinstance(found, dict) and name != "1,000 texts against their targets" else {}
        print(f"| {name} | {seconds:.1f} | {used:.1f} |", flush=True)
    print(f"| all (target: {TARGET_S:.0f} s) | {total:.1f} | {total_used:.1f} |")
    print(f"\n{verdict(scores, SAMPLES, REAL).word}")


if __name__ == "__main__":
    main()
