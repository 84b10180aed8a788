"""Training data of families that read the given items themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.conditioning.given_items import GivenItems, Source
from mmcli.core.ledger import Ledger
from mmcli.generators.base import TrainingData
from mmcli.modalities import codec_file, codec_of, label, registry
from mmcli.modalities.base import Codec, TokenCodec
from mmcli.modalities.fields import open_sequences, reread
from mmcli.modalities.sequences import ChosenSequences, EqualSequences, PaddedItems
from mmcli.stages.train_gan.settings import Settings, classes_of
from mmcli.training.buckets import Sequences

if TYPE_CHECKING:
    from mmcli.conditioning.as_given import ItemConditioner

Array = npt.NDArray[Any]


def training_data(
    settings: Settings, data: Artifact, table: Records, train: Array, held_out: Array
) -> tuple[ItemConditioner, TrainingData]:
    """The given items and the texts of records, as tokens of the family's own codecs where it writes texts.

    Args:
        settings: Resolved settings.
        data: The data set.
        table: Its records.
        train: Numbers of the train records that have the target.
        held_out: The same of the validation split.
    """
    from mmcli.conditioning.as_given import ItemConditioner

    target = settings.target.name
    codecs = _codecs(settings, data, table, train)
    needed = np.zeros(len(table), bool)
    needed[train] = needed[held_out] = True
    items = {name: _items(name, codec, data, table, needed) for name, codec in codecs.items()}
    sources = {name: Source(codecs[name], items[name]) for name in settings.given}
    present = np.stack([np.zeros(len(table), bool), *(_present(name, table, codecs[name]) for name in sources)], 1)[:, 1:]
    given = GivenItems(sources, present, train)
    texts, later = (PaddedItems(ChosenSequences(items[target], numbers)) for numbers in (train, held_out))
    real = TrainingData(settings.target, codecs[target], texts, given, later, given.of(held_out))
    return ItemConditioner(settings.given), real


def _codecs(settings: Settings, data: Artifact, table: Records, train: Array) -> dict[str, Codec]:
    """Codecs of the target and the given fields; texts of all of them share a vocabulary, fitted on the train split."""
    names = [settings.target.name, *(name for name in settings.given if name in data.manifest.fields)]
    found: dict[str, Codec] = {name: codec_of(data, name) for name in names}
    config: Any = settings.config
    for modality in registry.modalities():
        own = {name: codec for name, codec in found.items() if codec.modality == modality.name}
        if own and modality.written:
            found |= modality.written_codecs(own, {name: _texts(name, table, train) for name in own}, config.subwords, config.most_tokens)
    if label.FIELD in settings.given and label.FIELD not in found:
        found[label.FIELD] = classes_of(table, train, data, 1)
    return found


def _texts(name: str, table: Records, numbers: Array) -> list[str]:
    column = table.columns[f"{name}.text"]
    return [column[i] for i in numbers if column[i] is not None]


def _items(name: str, codec: Codec, data: Artifact, table: Records, needed: Array) -> Sequences:
    if isinstance(codec, label.LabelCodec):
        return EqualSequences(codec.rows(table.labels))
    if not is_written(codec):
        return open_sequences(data, name, codec)
    return reread(codec, [text if here else None for text, here in zip(table.columns[f"{name}.text"], needed, strict=True)])


def is_written(codec: Codec) -> bool:
    """Whether a codec's items are read from the texts of the records table, and not from the rows of the data set."""
    return isinstance(codec, TokenCodec) and bool(registry.find(codec.modality).written)


def _present(name: str, table: Records, codec: Codec) -> Array:
    if isinstance(codec, label.LabelCodec):
        return np.asarray(codec.rows(table.labels) != label.ABSENT)
    return np.asarray(table.present(name))


def note_cut(ledger: Ledger, table: Records, real: TrainingData, settings: Settings) -> None:
    """Note the texts that reach the maximum number of tokens."""
    codecs: Mapping[str, Codec] = {settings.target.name: real.codec, **{name: source.codec for name, source in real.given.sources.items()}}
    lengths = {settings.target.name: real.rows.sequences.lengths}
    lengths |= {name: real.given.lengths_of(name) for name in real.given.sources}
    for name, codec in codecs.items():
        if is_written(codec):
            most, config = codec.network_shape[0], settings.config
            if most == getattr(config, "most_tokens", 0):
                cut = int((lengths[name] >= most).sum())
                ledger.change(name, f"cut to {most - 1:,} tokens", count=cut, of=len(lengths[name]))


def write_codecs(folder: Path, real: TrainingData) -> None:
    """Write the codecs of the target and the given fields into an artifact."""
    codecs = {real.target.name: real.codec, **{name: source.codec for name, source in real.given.sources.items()}}
    for name, codec in codecs.items():
        jsonio.write(folder / codec_file(name), codec.to_json())
