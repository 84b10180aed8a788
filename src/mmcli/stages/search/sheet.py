"""Draw what was found as a contact sheet: one line of results per query."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from mmcli.artifacts import arrays, store
from mmcli.conditioning.embedded import Embedded
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, MmcliError, UsageError


def write_sheet(data: Embedded, target: str, found: Sequence[Sequence[int]], path: Path, dataset: str) -> None:
    """Write a PNG.

    Args:
        data: The embeddings that were searched.
        target: The field that was searched.
        found: Record numbers per query, best first.
        path: The picture.
        dataset: Folder of the data set; empty for the one that the embeddings name.

    Raises:
        UsageError: The file is no PNG.
        InputError: The data set is not where it was.
        IntegrityError: It is not the one that was embedded.
    """
    if path.suffix.lower() != ".png":
        raise UsageError("the contact sheet is a PNG file", visible(path), "give --sheet a name that ends in .png")
    rows = _rows_file(data, target, dataset)
    numbers = [row for line in found for row in line]
    captions = [f"{i + 1}: {data.table.ids[row]}" for i, line in enumerate(found) for row in line]
    sheet = data.codec(target).sheet(np.asarray(rows[numbers]), captions, columns=max(1, max(map(len, found), default=1)))
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)


def _rows_file(data: Embedded, target: str, dataset: str) -> np.ndarray:
    ref = next((ref for ref in data.source.manifest.inputs if ref.kind == "dataset"), None)
    folder = Path(dataset) if dataset else data.source.path.parent / ref.path if ref else None
    if folder is None:
        raise InputError("the embeddings do not name their data set", data.where, "give it with --dataset")
    try:
        source = store.open_artifact(folder, "dataset", verify=False)
    except MmcliError as error:
        raise InputError(
            f"the data set of the embeddings cannot be read: {error.what}", visible(folder), "give it with --dataset"
        ) from None
    if ref and source.id != ref.id:
        raise IntegrityError(
            "this is not the data set that was embedded", visible(folder), "give that one with --dataset, or run embed again"
        )
    return arrays.load(source.file(f"fields/{target}.npy"))
