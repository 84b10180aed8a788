"""Several samples of the same real data in one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmcli.core.display import visible
from mmcli.core.ui import Ui
from mmcli.metrics.compare import difference
from mmcli.metrics.score import Score
from mmcli.metrics.verdict import Verdict
from mmcli.stages.evaluate.scoring import Sampled

_SHOWN = 60


@dataclass(frozen=True)
class Contender:
    """Samples that were scored.

    Attributes:
        name: Their folder, as the user wrote it.
        samples: The samples.
        scores: Their scores.
        verdict: The verdict.
    """

    name: str
    samples: Sampled
    scores: dict[str, Score]
    verdict: Verdict

    def paired_with(self, other: Contender) -> bool:
        """Whether the samples were made from the same conditions, one by one."""
        mine, theirs = self.samples, other.samples
        return np.array_equal(mine.records, theirs.records) and mine.labels == theirs.labels


def comparison(contenders: Sequence[Contender]) -> dict[str, Any]:
    """JSON value: the samples, and per score their values and the differences to the first."""
    first, *others = contenders
    paired = [first.paired_with(other) for other in others]
    heads = [
        {"name": one.name, "num": len(one.samples), "paired": pair, "verdict": one.verdict.to_json()}
        for one, pair in zip(contenders, [True, *paired], strict=True)
    ]
    rows = []
    for name, score in first.scores.items():
        same = [other.scores.get(name) for other in others]
        found = [None if one is None else difference(score, one, paired=pair) for one, pair in zip(same, paired, strict=True)]
        values = [None if one is None else one.value for one in (score, *same)]
        rows.append({"score": name, "better": score.better, "values": values, "differences": [one and one.to_json() for one in found]})
    return {"samples": heads, "rows": rows}


def show(body: dict[str, Any], ui: Ui) -> None:
    """Print the comparison on stderr."""
    ui.info("comparison:")
    for number, head in enumerate(body["samples"], 1):
        how = "" if number == 1 else ", same conditions" if head["paired"] else ", other conditions"
        ui.info(f"[{number}] {visible(head['name'], _SHOWN)} ({head['num']:,} samples{how}): {head['verdict']['word']}")
    width = max(len(row["score"]) for row in body["rows"])
    ui.info(f"{'score':{width}}       {'value':>9}  {'less [1]':>9}  95 % interval")
    for row in body["rows"]:
        for number, (value, found) in enumerate(zip(row["values"], [None, *row["differences"]], strict=True), 1):
            ui.info(f"{row['score'] if number == 1 else '':{width}}  [{number}]  {_number(value)}  {_difference(found)}".rstrip())


def warn_of_sizes(contenders: Sequence[Contender], ui: Ui) -> None:
    """Warn if distances between sets, which depend on the number of items, cannot be compared."""
    counts = {len(one.samples) for one in contenders}
    if len(counts) > 1:
        ui.warn(f"from {min(counts):,} to {max(counts):,} samples are compared: distances such as frechet depend on the number")


def _number(value: float | None) -> str:
    return f"{'-':>9}" if value is None else f"{value:9.4f}"


def _difference(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    between = "" if found["low"] is None else f"{found['low']:+.4f} to {found['high']:+.4f}"
    return f"{found['value']:+9.4f}  {between}  {found['word']}"
