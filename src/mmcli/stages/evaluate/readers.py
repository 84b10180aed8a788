"""Readers that decode items by rule, without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from mmcli.data.datasets.keypad import read_sentence, read_tone
from mmcli.metrics.score import Score
from mmcli.modalities import registry
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField, View
from mmcli.stages.evaluate.items import Items

Verdict = tuple[str | None, bool | None]  # content, and whether it is well formed, if known


def keypad_scores(codec: Codec, items: Items, real: StoredField, rows: npt.NDArray[np.int64]) -> dict[str, Score]:
    """Digits decoded from tones or sentences, next to those of the real records `rows`; empty for items without sound or text."""
    show = registry.find(codec.modality).shown()
    said = _verdicts(show.made(codec, row, source) for row, source in zip(items.rows, items.sources, strict=True))
    if said is None:
        return {}
    truth = _verdicts(show.as_made(real, rows)) or []
    labels = [real.table.labels[i] for i in rows]
    found = {}
    if any(label is not None for label in items.labels) and any(label is not None for label in labels):
        real_hits = float(np.mean(_agreement(truth, labels)))
        found["keypad_accuracy"] = Score.of_items("keypad_accuracy", _agreement(said, items.labels), real_hits)
    if all(formed is not None for _, formed in said):
        formed, real_formed = ([bool(ok) for _, ok in verdicts] for verdicts in (said, truth))
        found["keypad_parses"] = Score.of_items("keypad_parses", formed, sum(real_formed) / max(1, len(real_formed)))
    return found


def _agreement(verdicts: Sequence[Verdict], labels: Sequence[str | None]) -> list[bool]:
    """Whether each labelled item says its label."""
    return [said == label for (said, _), label in zip(verdicts, labels, strict=True) if label is not None]


def _verdicts(views: Iterable[View]) -> list[Verdict] | None:
    """Decode every item; `None` for items without sound or text."""
    found: list[Verdict] = []
    for view in views:
        if view.wave is not None:
            found.append((read_tone(view.wave, view.rate_hz), None))
        elif view.picture is not None:
            return None
        else:
            digit, parses = read_sentence(view.text)
            found.append((None if digit is None else str(digit), parses))
    return found
