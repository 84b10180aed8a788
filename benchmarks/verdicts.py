"""Does the verdict of `mmcli evaluate` name a known fault?

Makes samples from the real records of a data set, each set with one fault, scores them as `evaluate` does, and counts how
often the verdict names the fault.

    mmcli preprocess raw -o data
    python benchmarks/verdicts.py data --target image --given caption --seeds 20
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from mmcli.artifacts import records, store
from mmcli.core.token_ids import FIRST_WORD
from mmcli.core.ui import Ui
from mmcli.modalities.show import StoredField
from mmcli.stages.evaluate.scoring import Sampled, Scorer

Array = npt.NDArray[Any]
_KEPT = 0.9  # of the test split, so that seeds differ
_COPIED = 0.05


class Faults:
    """Samples with a known fault.

    Args:
        scorer: Scores them.
        given: The fields that condition them.
    """

    def __init__(self, scorer: Scorer, given: list[str]) -> None:
        assert scorer.matcher is not None
        self.real, self.conditions = scorer.real, scorer.matcher.conditions(given)
        known = self.conditions.any(1)
        self.train = scorer.parts.train[known[scorer.parts.train]]
        self.test = scorer.parts.reference[known[scorer.parts.reference]]

    def rows(self, numbers: Array) -> Array:
        """Rows of some records."""
        return np.array(self.real.rows[numbers])

    def _nearest(self, own: Array, rng: np.random.Generator) -> Array:
        """The train record with the most similar condition, ties at random."""
        similar = self.conditions[own] @ self.conditions[self.train].T
        return np.asarray(self.train[(similar + 1e-6 * rng.random(similar.shape)).argmax(1)])

    def honest(self, own: Array, _: np.random.Generator) -> Array:
        """The real target."""
        return self.rows(own)

    def copier(self, own: Array, rng: np.random.Generator) -> Array:
        """A train target of the same condition."""
        return self.rows(self._nearest(own, rng))

    def copies(self, own: Array, rng: np.random.Generator) -> Array:
        """One target in twenty is a train target."""
        found, some = self.rows(own), rng.permutation(len(own))[: round(_COPIED * len(own))]
        found[some] = self.rows(self._nearest(own, rng)[some])
        return found

    def ignoring(self, own: Array, rng: np.random.Generator) -> Array:
        """A test target at random."""
        return self.rows(rng.choice(own, len(own)))

    def swapped(self, own: Array, rng: np.random.Generator) -> Array:
        """The target of another condition, each once."""
        return self.rows(np.roll(own, 1 + int(rng.integers(len(own) - 2))))

    def one(self, own: Array, rng: np.random.Generator) -> Array:
        """The same item for all."""
        return np.repeat(self.rows(rng.choice(own, 1)), len(own), axis=0)

    def garbled(self, own: Array, rng: np.random.Generator) -> Array:
        """Blurred images, smeared spectrograms, words in random order."""
        found = self.rows(own)
        if np.issubdtype(found.dtype, np.integer) and found.ndim == 2:
            for row in found:
                words = np.flatnonzero(row >= FIRST_WORD)
                row[words] = row[rng.permutation(words)]
            return found
        wide = found.astype(np.float32)
        if found.ndim == 4:
            width = rng.uniform(0.05, 0.09) * found.shape[1]
            return np.clip(ndimage.gaussian_filter(wide, (0, width, width, 0)), 0, 255).astype(found.dtype)
        return np.asarray(ndimage.uniform_filter(wide, (0, int(rng.integers(6, 12)), 5)).astype(found.dtype))


FAULTS: dict[str, tuple[Callable[[Faults, Array, np.random.Generator], Array], str]] = {
    "honest draws from the test split": (Faults.honest, "usable"),
    "a copier": (Faults.copier, "memorised"),
    "5 % copies": (Faults.copies, "memorised"),
    "ignores its condition": (Faults.ignoring, "ignores its condition"),
    "swapped conditions": (Faults.swapped, "ignores its condition"),
    "one item for all": (Faults.one, "collapsed"),
    "blurred, smeared, shuffled": (Faults.garbled, "garbled"),
}


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--target", required=True)
    parser.add_argument("--given", required=True)
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    data = store.open_artifact(options.dataset)
    table, given = records.read(data.path), options.given.split(",")
    real = StoredField(data, table, options.target)
    scorer = Scorer.of(data, real, real.codec, 5, Ui(quiet=True))
    faults = Faults(scorer, given)
    print("| samples | verdict wanted | found | other verdicts | s per run |\n|---|---|---|---|---|", flush=True)
    for name, (make, wanted) in FAULTS.items():
        found, begin = Counter[str](), time.perf_counter()
        for seed in range(options.seeds):
            rng = np.random.default_rng(seed)
            own = rng.permutation(faults.test)[: int(_KEPT * len(faults.test))]
            rows = make(faults, own, rng)
            rows = rows if real.codec.lossless else real.codec.reread(rows)
            labels = [table.labels[i] for i in own]
            found[scorer.score(Sampled(rows, labels, own, given), seed).verdict.word] += 1
        seconds = (time.perf_counter() - begin) / options.seeds
        others = ", ".join(f"{word} {count}" for word, count in found.items() if word != wanted)
        print(f"| {name} | {wanted} | {found[wanted]} of {options.seeds} | {others} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
