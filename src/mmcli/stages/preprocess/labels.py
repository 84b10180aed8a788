"""Labels that are usable and may still surprise."""

from __future__ import annotations

from collections.abc import Mapping

from mmcli.core.display import visible

_MANY = 100


def label_warnings(counts: Mapping[str, int], num_records: int) -> list[str]:
    """What deserves a word.

    Args:
        counts: Label to how many records have it.
        num_records: How many records there are, labelled or not.
    """
    labelled = sum(counts.values())
    found = []
    if len(counts) == 1:
        found.append(f"all labels are the same: {visible(next(iter(counts)), 40)}")
    if len(counts) > max(_MANY, labelled // 2):
        found.append(f"{len(counts):,} different labels in {labelled:,} records: too many to learn from")
    if 0 < labelled < num_records:
        found.append(f"{num_records - labelled:,} of {num_records:,} records have no label")
    return found
