"""Conditioning of a data set's records: the conditioner and the tokens of each given field."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import store
from mmcli.artifacts.records import Records
from mmcli.artifacts.rowfile import RowWriter
from mmcli.artifacts.rowreader import RowReader
from mmcli.artifacts.store import Artifact
from mmcli.conditioning.conditioner import ContextConditioner
from mmcli.conditioning.context import half
from mmcli.conditioning.fused import FusedConditioner
from mmcli.conditioning.given import GivenFields
from mmcli.conditioning.given_tokens import OneHot, held
from mmcli.conditioning.labels import LabelConditioner
from mmcli.conditioning.nothing import NoConditioner
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, MmcliError
from mmcli.modalities import codec_of, label
from mmcli.modalities.fields import open_items
from mmcli.modalities.network_fit import checked_codecs
from mmcli.stages.train_gan.settings import Settings, classes_of

Array = npt.NDArray[Any]
LEAST_CLASSES = 2  # where labels are the only condition
FOLDER = "given-tokens"  # in the build folder, until training is finished
_BLOCK = 1024


def given_fields(
    settings: Settings, data: Artifact, space: Artifact | None, table: Records, train: Array, folder: Path
) -> tuple[ContextConditioner, GivenFields]:
    """The conditioner and the given fields of the train records.

    Args:
        settings: Resolved settings.
        data: The data set.
        space: The `fused` artifact; required if other fields are given.
        table: The records.
        train: Numbers of the train records that have the target.
        folder: The build folder.

    Raises:
        InputError: Labels are given, but the train records do not have 2 to 1,000 classes.
    """
    if settings.on_labels:
        labels = LabelConditioner(classes_of(table, train, data, LEAST_CLASSES))
        numbers = labels.codec.rows(table.labels)
        return labels, GivenFields(labels, {label.FIELD: OneHot(labels.codec, numbers)}, (numbers != label.ABSENT)[:, None], train)
    if not settings.given or space is None:
        nothing = NoConditioner()
        return nothing, GivenFields(nothing, {}, np.zeros((len(table), 0), bool), train)
    fused = FusedConditioner.load(space.path)
    _check_codecs(data, space, settings.given)
    shape = (len(table), fused.field_tokens, fused.dim)
    readers = {name: _embedded(space, name, shape) or _encoded(fused, data, table, name, folder) for name in settings.given}
    return fused, GivenFields(fused, held(readers), _present(table, settings.given), train)


def _present(table: Records, names: Sequence[str]) -> Array:
    return np.stack([table.present(name) for name in names], 1)


def _check_codecs(data: Artifact, space: Artifact, names: Sequence[str]) -> None:
    """Check that the encoders of the fused artifact read the items of the data set."""
    for name, codec in checked_codecs(space, names).items():
        if codec.to_json() != codec_of(data, name).to_json():
            what = f"the field {visible(name)} of the fused artifact was preprocessed differently"
            raise IntegrityError(what, visible(space.path), "run embed and fuse on this data set")


def _embedded(space: Artifact, name: str, shape: tuple[int, int, int]) -> RowReader | None:
    """The tokens `[N, T, d]` that `embed` stored, if its artifact still exists at its path."""
    ref = next((ref for ref in space.manifest.inputs if ref.kind == "embeddings"), None)
    if ref is None:
        return None
    try:
        source = store.open_artifact(space.path.parent / ref.path, "embeddings", verify=False)
        if source.id != ref.id:
            return None
        source.check(f"tokens/{name}.npy")
        reader = RowReader(source.file(f"tokens/{name}.npy"))
    except MmcliError:
        return None
    return reader if reader.shape == shape and reader.dtype.kind == "f" else None


def _encoded(conditioner: FusedConditioner, data: Artifact, table: Records, name: str, folder: Path) -> RowReader:
    """The same, encoded once into a file of the build folder, which a resumed run reuses."""
    path = folder / FOLDER / f"{name}.npy"
    if not path.is_file():
        items, codec, present = open_items(data, name), codec_of(data, name), table.present(name)
        part = path.with_suffix(".part")
        shape = conditioner.encode(name, codec.to_network(items[np.arange(1)])).shape[1:]
        with RowWriter(part, shape, np.float16) as writer:
            for begin in range(0, len(table), _BLOCK):
                chosen = np.arange(begin, min(begin + _BLOCK, len(table)))
                tokens = half(conditioner.encode(name, codec.to_network(items[chosen])))
                tokens[~present[chosen]] = 0.0
                writer.append(tokens)
        part.replace(path)
    return RowReader(path)
