"""Whether the fields of a data set pair."""

from __future__ import annotations

from collections.abc import Collection

from mmcli.core.display import visible

_HARDLY = 0.05  # of the records have two fields


def hardly_pairs(fields: Collection[str], num_records: int, num_pairs: int) -> str | None:
    """What is wrong where several fields hardly occur together, otherwise None.

    Args:
        fields: Names of the fields.
        num_records: Number of records with any field.
        num_pairs: Number of records with at least two fields.
    """
    if len(fields) < 2 or num_pairs >= max(1, _HARDLY * num_records):
        return None
    names = ", ".join(visible(name, 40) for name in fields)
    return f"hardly anything pairs: {num_pairs:,} of {num_records:,} records have two of the fields {names}"
