"""Given items as inputs of the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.field_batch import FieldBatch
from mmcli.core.token_ids import PAD
from mmcli.generators.sequence.network import PRESENT, TEXT
from mmcli.modalities.sequences import PaddedItems
from mmcli.nn import padding

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_SHORTEST = int(padding.LADDER[0])


def specs_of(model: keras.Model) -> dict[str, tf.TensorSpec]:
    """The inputs but for the text."""
    return {name: tf.TensorSpec(x.shape, x.dtype) for name, x in model.input.items() if name != TEXT}


def as_inputs(batch: FieldBatch, specs: Mapping[str, tf.TensorSpec]) -> dict[str, tf.Tensor]:
    """Tensors of a batch; fields that it lacks are absent from all its records."""
    names = [name for name in specs if name != PRESENT]
    absent = np.zeros(len(batch), bool)
    present = np.stack([np.zeros(len(batch), bool), *(batch.present.get(name, absent) for name in names)], 1)[:, 1:]
    rows = {name: batch.rows[name] if name in batch.rows else _nothing(len(batch), specs[name]) for name in names}
    return {PRESENT: tf.constant(present, tf.float32), **{name: tf.constant(found, specs[name].dtype) for name, found in rows.items()}}


def _nothing(count: int, spec: tf.TensorSpec) -> Array:
    return np.zeros([count, *(_SHORTEST if size is None else size for size in spec.shape[1:])], spec.dtype.as_numpy_dtype)


def of_equal_length(batch: FieldBatch, most: int) -> Iterator[IntArray]:
    """Numbers of records whose items are padded to the same lengths, at most `most` at a time, those of like length together."""
    none = np.zeros(len(batch), np.int64)
    lengths = [own for name, rows in batch.rows.items() if (own := _lengths(rows, batch.present[name])) is not None]
    keys = np.stack([none, *(_steps(rows, batch.present[name]) for name, rows in batch.rows.items())], 1)
    order = np.argsort(np.sum([none, *lengths], 0), kind="stable")
    for key in np.unique(keys, axis=0):
        here = order[(keys[order] == key).all(1)]
        for begin in range(0, len(here), most):
            yield here[begin : begin + most]


def fitted(batch: FieldBatch) -> FieldBatch:
    """Items of records from `of_equal_length`, padded to the lengths that they share."""
    rows = {name: _padded(items, int(_steps(items, batch.present[name])[0])) for name, items in batch.rows.items()}
    return FieldBatch(rows, batch.present, len(batch))


def _steps(rows: Array, present: Array) -> IntArray:
    """The length to which each item is padded; 0 for items without a length."""
    lengths = _lengths(rows, present)
    return np.zeros(len(rows), np.int64) if lengths is None else padding.padded_lengths(lengths, 2**31)


def _lengths(rows: Array, present: Array) -> IntArray | None:
    """Lengths of the items that are present, 0 for others; None for items without a length."""
    lengths = padding.lengths_of(rows)
    return None if lengths is None else np.where(present, lengths, 0)


def _padded(items: Array, length: int) -> Array:
    if not length:
        return items
    fill = PAD if np.issubdtype(items.dtype, np.integer) else padding.FRAME_PAD
    missing = max(0, length - items.shape[1])
    return np.pad(items[:, :length], [(0, 0), (0, missing), *[(0, 0)] * (items.ndim - 2)], constant_values=fill)


def unpadded(texts: PaddedItems, numbers: Array) -> Array:
    """Ids of some texts, as long as the longest of them."""
    items = texts.sequences
    return items.padded(numbers, max(1, int(items.lengths[numbers].max(initial=1))))
