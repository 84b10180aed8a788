"""`fuse --attention N`: what the fused state of some records was read from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.lineage import dataset_of
from mmcli.artifacts.records import scored_split
from mmcli.artifacts.store import Artifact
from mmcli.conditioning.embedded_records import EmbeddedRecords
from mmcli.conditioning.fuser import Fuser
from mmcli.core.display import visible
from mmcli.core.errors import MmcliError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.base import Codec, TokenCodec
from mmcli.nn import networks_io
from mmcli.nn.layers import AttentionPool
from mmcli.reporting.attention import Cell, attention_picture

Array = npt.NDArray[Any]
NAME = "attention.png"


def draw(fuser: Fuser, data: EmbeddedRecords, source: Artifact, count: int, folder: Path, ui: Ui) -> None:
    """Draw the attention of the first records of the scored split.

    The learned queries' weights on a field's tokens are carried on to the words, patches or moments
    that those tokens were read from, where the data set is still beside the embeddings.
    """
    rows = data.rows(scored_split(data.rows))[:count]
    batch = data.read(rows)
    weights = fuser.attention(batch.tokens, batch.present)
    if weights is None:
        ui.warn("this method has no attention to draw; use --method attention")
        return
    try:
        dataset = dataset_of(source)
    except MmcliError:
        dataset = None
        ui.warn("the data set is no longer beside the embeddings: the picture shows tokens, not words and patches")
    columns = []
    for number, name in enumerate(data.fields):
        present = batch.present[:, number] > 0
        columns.append(_cells(name, weights[:, number], present, rows, source, dataset))
    attention_picture(list(zip(*columns, strict=True)), data.ids(rows), folder / NAME)


def _cells(name: str, weights: Array, present: Array, rows: Array, source: Artifact, dataset: Artifact | None) -> list[Cell]:
    """A field's cells of all records; `weights [B, T]`."""
    shares = [float(share) if there else None for share, there in zip(weights.sum(1), present, strict=True)]
    networks, _ = networks_io.load(source.path, (f"encoder.{name}",))
    if dataset is None or f"encoder.{name}" not in networks:
        return [Cell(name, share, tokens=row) for share, row in zip(shares, weights, strict=True)]
    codec = read_codec(source.file(codec_file(name)))
    items = codec.to_network(np.asarray(arrays.load(dataset.file(f"fields/{name}.npy"))[rows]))
    places = positions(networks[f"encoder.{name}"].model, items)
    if places is None:
        return [Cell(name, share, tokens=row) for share, row in zip(shares, weights, strict=True)]
    heats = np.einsum("bt,bts->bs", weights, places)
    return [_cell(name, share, item, heat, codec) for share, item, heat in zip(shares, items, heats, strict=True)]


def _cell(name: str, share: float | None, item: Array, heat: Array, codec: Codec) -> Cell:
    if not isinstance(codec, TokenCodec):
        return Cell(name, share, item, heat=heat)
    words = [visible(codec.decode(item[i : i + 1])) for i in range(len(item))]
    used = max((i + 1 for i, word in enumerate(words) if word), default=0)
    return Cell(name, share, words=words[:used], heat=heat[:used])


def positions(encoder: keras.Model, items: Array) -> Array | None:
    """How much each token of an encoder reads of each of its positions, `[B, T, S]`; `None` for other encoders."""
    pool = next((layer for layer in encoder.layers if isinstance(layer, AttentionPool)), None)
    if pool is None:
        return None
    inside = keras.Model(encoder.input, pool.input)(items, training=False)
    return np.asarray(pool.weights_on(inside))
