"""Random changes of augmented copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmcli.modalities.ingest import FitPlan


def test_copies_of_each_field_copy_and_record_change_in_their_own_way() -> None:
    def first(field: int, copy: int, record: int) -> float:
        nobody = np.zeros(0, bool)
        return float(FitPlan(nobody, nobody, Path("f.npy"), copies=2, seed=5, field=field).copy_stream(copy, record).random())

    assert first(0, 1, 2) == first(0, 1, 2)
    assert len({first(field, copy, record) for field in (0, 1) for copy in (0, 1) for record in (0, 1, 2)}) == 12
