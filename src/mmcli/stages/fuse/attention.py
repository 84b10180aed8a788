"""`fuse --attention N`: plot the attention of fusion for some records."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mmcli.artifacts.lineage import dataset_of
from mmcli.artifacts.records import scored_split
from mmcli.artifacts.store import Artifact
from mmcli.conditioning.embedded_records import EmbeddedRecords
from mmcli.conditioning.fuser import Fuser
from mmcli.core.display import visible
from mmcli.core.errors import MmcliError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec, TokenCodec
from mmcli.modalities.fields import open_sequences
from mmcli.modalities.sequences import PaddedItems
from mmcli.nn import networks_io
from mmcli.nn.layers import AttentionPool
from mmcli.reporting.attention import Cell, attention_picture

Array = npt.NDArray[Any]
NAME = "attention.png"


def draw(fuser: Fuser, data: EmbeddedRecords, source: Artifact, count: int, folder: Path, ui: Ui) -> None:
    """Plot the attention of the first records of the scored split.

    The learned queries' weights on a field's tokens are propagated to the words, patches or frames
    that those tokens attend to, if the data set of the embeddings can be found.
    """
    rows = data.rows(scored_split(data.rows))[:count]
    batch = data.read(rows)
    weights = fuser.attention(batch.tokens, batch.present)
    if weights is None:
        ui.warn("this method has no attention to plot; use --method attention")
        return
    try:
        dataset = dataset_of(source)
    except MmcliError:
        dataset = None
        ui.warn("the data set of the embeddings was not found: the plot shows tokens instead of words and patches")
    columns = []
    for number, name in enumerate(data.fields):
        present = batch.present[:, number] > 0
        columns.append(_cells(name, weights[:, number], present, rows, source, dataset))
    attention_picture(list(zip(*columns, strict=True)), data.ids(rows), folder / NAME)


def _cells(name: str, weights: Array, present: Array, rows: Array, source: Artifact, dataset: Artifact | None) -> list[Cell]:
    """A field's cells of all records; `weights [B, T]`."""
    fractions = [float(fraction) if there else None for fraction, there in zip(weights.sum(1), present, strict=True)]
    networks, _ = networks_io.load(source.path, (f"encoder.{name}",))
    if dataset is None or f"encoder.{name}" not in networks:
        return [Cell(name, fraction, tokens=row) for fraction, row in zip(fractions, weights, strict=True)]
    codec = codec_of(source, name)
    sequences = open_sequences(dataset, name, codec)
    items = codec.to_network(PaddedItems(sequences)[rows])
    places = positions(networks[f"encoder.{name}"].model, items)
    if places is None:
        return [Cell(name, fraction, tokens=row) for fraction, row in zip(fractions, weights, strict=True)]
    heats = np.einsum("bt,bts->bs", weights, places.weights)
    own = zip(fractions, items, heats, sequences.lengths[rows], places.lengths, strict=True)
    return [_cell(name, fraction, item[:length], heat[:used], codec) for fraction, item, heat, length, used in own]


def _cell(name: str, fraction: float | None, item: Array, heat: Array, codec: Codec) -> Cell:
    if not isinstance(codec, TokenCodec):
        return Cell(name, fraction, item, heat=heat)
    words = [visible(codec.decode(item[i : i + 1])) for i in range(len(item))]
    used = max((i + 1 for i, word in enumerate(words) if word), default=0)
    return Cell(name, fraction, words=words[:used], heat=heat[:used])


@dataclass(frozen=True)
class Positions:
    """Attention of an encoder's tokens: weights `[B, T, S]`, of whose positions `lengths [B]` are not padding."""

    weights: Array
    lengths: Array


def positions(encoder: keras.Model, items: Array) -> Positions | None:
    """Attention of each token of an encoder to each position; `None` for encoders without attention pooling."""
    pool = next((layer for layer in encoder.layers if isinstance(layer, AttentionPool)), None)
    if pool is None:
        return None
    sequence, mask = keras.Model(encoder.input, pool.input)(items, training=False)
    return Positions(np.asarray(pool.weights_on([sequence, mask])), np.asarray(mask).astype(bool).sum(1))
