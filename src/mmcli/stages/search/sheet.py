"""Draw search results as a contact sheet: one row of results per query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmcli.artifacts.lineage import dataset_of
from mmcli.conditioning.embedded import Embedded
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.modalities.fields import open_rows


def write_result_sheet(data: Embedded, target: str, found: Sequence[Sequence[int]], path: Path, dataset: str | None) -> None:
    """Write the contact sheet as PNG.

    Args:
        data: The embeddings that were searched.
        target: The field that was searched.
        found: Record indices per query, best first.
        path: The PNG file.
        dataset: Folder of the data set; empty for the one recorded in the embeddings.

    Raises:
        UsageError: The file name does not end in .png.
        InputError: The data set has been moved or deleted.
        IntegrityError: The data set is not the one that was embedded.
    """
    if path.suffix.lower() != ".png":
        raise UsageError("the contact sheet must be a PNG file", visible(path), "give --sheet a name that ends in .png")
    source = dataset_of(data.source, Path(dataset) if dataset else None)
    rows = open_rows(source, target)
    numbers = [row for line in found for row in line]
    captions = [f"{i + 1}: {data.table.ids[row]}" for i, line in enumerate(found) for row in line]
    sheet = data.codec(target).sheet(np.asarray(rows[numbers]), captions, columns=max(1, max(map(len, found), default=1)))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)
