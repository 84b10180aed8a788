"""Exact nearest neighbours against one NumPy matrix product with `argpartition`, both in one run.

python benchmarks/search.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from mmcli.metrics.unpaired.nearest import top_k


def plain(queries: np.ndarray, gallery: np.ndarray, k: int) -> np.ndarray:
    """Numbers of the k best, in no order."""
    return np.argpartition(queries @ gallery.T, len(gallery) - k, axis=1)[:, len(gallery) - k :]


def fastest(function: Callable[..., object], *arguments: object, times: int) -> tuple[float, object]:
    """Least seconds of some calls, and the result."""
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        result = function(*arguments)
        seconds.append(time.perf_counter() - begin)
    return min(seconds), result


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gallery", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=1_000)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--times", type=int, default=5)
    given = parser.parse_args()
    rng = np.random.default_rng(0)
    drawn = [rng.standard_normal((n, given.width), np.float32) for n in (given.gallery, given.queries)]
    gallery, queries = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in drawn)
    theirs, best = fastest(plain, queries, gallery, given.top, times=given.times)
    ours, found = fastest(top_k, queries, gallery, given.top, times=given.times)
    equal = np.mean([set(a) == set(b) for a, b in zip(np.asarray(best), found[0], strict=True)])
    print("| search | product + argpartition | mmcli | ratio | equal results | bar |\n|---|---|---|---|---|---|")
    sizes = f"{given.gallery:,} x {given.width}, {given.queries:,} queries, top {given.top}"
    print(f"| {sizes} | {theirs:.2f} s | {ours:.2f} s | {ours / theirs:.2f} | {100 * equal:.1f} % | <= 1.2 |")


if __name__ == "__main__":
    main()
