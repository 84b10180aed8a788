"""Warnings about labels that are usable but suspicious."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from mmcli.core.display import visible
from mmcli.data.layouts.lookalikes import skeleton

_MANY = 100
_SHOWN = 3


def label_warnings(counts: Mapping[str, int], num_records: int) -> list[str]:
    """Texts of the warnings.

    Args:
        counts: Label to number of records.
        num_records: Number of records, labelled or not.
    """
    labelled = sum(counts.values())
    found = []
    if len(counts) == 1:
        found.append(f"all labels are the same: {visible(next(iter(counts)), 40)}")
    if len(counts) > max(_MANY, labelled // 2):
        found.append(f"{len(counts):,} different labels in {labelled:,} records: too many to learn")
    elif len(counts) > 1 and (single := sorted(name for name, number in counts.items() if number == 1)):
        shown = ", ".join(visible(name, 40) for name in single[:_SHOWN])
        found.append(f"{len(single):,} of {len(counts):,} labels have one record only: {shown}{', ...' if len(single) > _SHOWN else ''}")
    found += [f"labels that differ in case or form only are different: {', '.join(group)}" for group in _alike(counts)]
    if 0 < labelled < num_records:
        found.append(f"{num_records - labelled:,} of {num_records:,} records have no label")
    return found


def _alike(counts: Mapping[str, int]) -> list[list[str]]:
    """The first groups of labels that look alike; single letters differ by case."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for label in sorted(counts):
        groups[skeleton(label) if len(label) > 1 else label].append(visible(repr(label), 40))
    return [group for group in groups.values() if len(group) > 1][:_SHOWN]
