"""The conditions of `generate`, as given by the user: texts, files, or the records of a data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import raw, records
from mmcli.artifacts.store import Artifact
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.modalities import codec_of, label, registry
from mmcli.modalities.base import Codec, Reject
from mmcli.modalities.fields import open_items, reread
from mmcli.modalities.items import read_lines
from mmcli.modalities.label import LabelCodec
from mmcli.modalities.sequences import PaddedItems
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.records_ledger import note_beyond

Array = npt.NDArray[Any]
Values = dict[str, str]  # field name to a text or the path of a file


@dataclass(frozen=True)
class GivenField:
    """One field of m conditions; the items may be those of many more records.

    Attributes:
        codec: Codec of the field.
        rows: N items of different lengths, or rows `[N, ...]`.
        index: `[m]` row number of each condition.
        present: `[m]` bool.
    """

    codec: Codec
    rows: PaddedItems | Array
    index: npt.NDArray[np.int64]
    present: npt.NDArray[np.bool_]

    def network(self, numbers: Array) -> Array:
        """Network form of some conditions' rows."""
        return self.codec.to_network(np.asarray(self.rows[self.index[numbers]]))


@dataclass(frozen=True)
class Conditions:
    """m conditions to generate from.

    Attributes:
        fields: Field name to its rows.
        columns: Columns of `metadata.jsonl` that describe the condition, one dict per condition.
    """

    fields: Mapping[str, GivenField]
    columns: Sequence[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.columns)

    def caption(self, number: int) -> str:
        """A short description of a condition: its label, otherwise its first given field."""
        line = self.columns[number]
        return str(line.get("label") or next((v for k, v in line.items() if k.startswith(raw.GIVEN)), ""))


def parse_conditions(config: GenerateConfig, source: Artifact, given: list[str]) -> list[Values]:
    """The conditions on the command line, each as field name to value; a single empty condition if there are none.

    Raises:
        UsageError: A condition is for a field that the GAN does not take, or a field is given twice.
        InputError: The file of `config.lines` cannot be used.
    """
    found: Values = {}
    labels = [(label.FIELD, config.label)] if config.label else []
    for modality, given_items in groupby([*labels, *config.given_items()], key=lambda item: item[0]):
        names, values = _of_modality(source, given, modality), [value for _, value in given_items]
        if len(values) > len(names):
            what = f"{counted(len(values), 'condition')} of modality {modality}, but the GAN takes {len(names) or 'none'}"
            more = "; --lines reads many from a file" if names and modality in in_words() else ""
            raise UsageError(what, f"--{modality}", f"it takes: {_listed(source, given)}{more}")
        found |= dict(zip(names, values, strict=False))
    for name, value in _by_name(config.field, "--field", source, given).items():
        if name in found:
            raise UsageError(f"duplicate condition for field {visible(name)}", "--field", "give each field once")
        found[name] = value
    if config.to:
        if config.lines:
            raise UsageError("--to and --lines exclude each other", "--to, --lines", "omit one")
        return [found, found | _by_name(config.to, "--to", source, given)]
    if not config.lines:
        return [found]
    names = [name for kind in in_words() for name in _of_modality(source, given, kind) if name not in found]
    if not names:
        raise UsageError("no text field left for the lines", "--lines", f"the GAN takes: {_listed(source, given)}")
    return [{**found, names[0]: line} for line in read_lines(Path(config.lines))]


def in_words() -> tuple[str, ...]:
    """Modalities whose items are given as text, and labels."""
    return (*(modality.name for modality in registry.modalities() if modality.in_words()), label.FIELD)


def _by_name(items: Sequence[str], flag: str, source: Artifact, given: list[str]) -> Values:
    found: Values = {}
    for item in items:
        name, separator, value = item.partition("=")
        if not separator or name not in given:
            what = f"no given field {visible(name, 60)}" if separator else f"not of the form NAME=VALUE: {visible(item, 60)}"
            raise UsageError(what, flag, f"write NAME=VALUE with NAME one of: {_listed(source, given)}")
        if name in found:
            raise UsageError(f"duplicate condition for field {visible(name)}", flag, "give each field once")
        found[name] = value
    return found


def _of_modality(source: Artifact, given: list[str], modality: str) -> list[str]:
    return [name for name in given if source.manifest.fields[name]["modality"] == modality]


def _listed(source: Artifact, given: list[str]) -> str:
    return ", ".join(f"{name} ({source.manifest.fields[name]['modality']})" for name in given) or "no conditions"


def from_values(codecs: Mapping[str, Codec], values: Sequence[Values]) -> Conditions:
    """Conditions from texts and files; without any value, the empty condition.

    Raises:
        InputError: A value cannot be read.
    """
    fields: dict[str, GivenField] = {}
    columns: list[dict[str, Any]] = [{} for _ in values]
    for name in dict.fromkeys(name for one in values for name in one):
        codec, read = codecs[name], dict[str, Array]()
        for line, one in zip(columns, values, strict=True):
            if name in one:
                read[one[name]] = read[one[name]] if one[name] in read else _read(codec, name, one[name])
                key = name if isinstance(codec, LabelCodec) else raw.GIVEN + name
                line[key] = one[name] if codec.in_words else Path(one[name]).name
        place = {value: i for i, value in enumerate(read)}
        index = np.array([place.get(one.get(name, ""), 0) for one in values], dtype=np.int64)
        items = PaddedItems(codec.sequences(list(read.values())))
        fields[name] = GivenField(codec, items, index, np.array([name in one for one in values]))
    return Conditions(fields, columns)


def _read(codec: Codec, name: str, value: str) -> Array:
    try:
        return codec.read_given(value)
    except Reject as error:
        raise InputError(f"the condition {visible(name)} cannot be used: {error.message}", visible(value), "use another one") from None


def from_records(
    data: Artifact,
    codecs: Mapping[str, Codec],
    given: list[str],
    config: GenerateConfig,
    most: int = 0,
    ledger: Ledger | None = None,
    *,
    own_tokens: bool = False,
) -> Conditions:
    """The given fields of a split's records, at most `most` records unless 0; the ledger receives those left out.

    With `own_tokens` texts are read again in the tokens of the generator, which need not be those of the data set.

    Raises:
        UsageError: The GAN does not take a field of `config.given`.
        InputError: No record of the split has a given field.
        IntegrityError: The fields were preprocessed differently from those that the GAN was trained on.
    """
    table = records.read(data.path)
    chosen = table.rows(config.split)
    used = list(config.given) or given
    for name in used:
        if name not in given:
            raise UsageError(f"the GAN takes no field {visible(name)}", "--given", f"use one or more of: {', '.join(given)}")
    found = {name: _column(data, table, name, codecs[name], chosen if own_tokens else None) for name in used}
    split, chosen = chosen, chosen[np.any([present[chosen] for _, present in found.values()], axis=0)] if used else chosen
    if not len(chosen):
        raise InputError(f"no record of the {config.split} split has a given field", visible(data.path), "choose another --split")
    ledger = ledger if ledger is not None else Ledger()
    if len(chosen) < len(split):
        ledger.leave_out("records", "without any given field", count=len(split) - len(chosen), of=len(split))
    if most:
        note_beyond(ledger, len(chosen), most, what="records", why=f"only the first {most:,} records are used")
        chosen = chosen[:most]
    fields = {name: GivenField(codecs[name], rows, chosen, present[chosen]) for name, (rows, present) in found.items()}
    return Conditions(fields, _record_columns(table, chosen, [name for name in used if name in data.manifest.fields]))


def _column(
    data: Artifact, table: records.Records, name: str, codec: Codec, rereads: Array | None
) -> tuple[PaddedItems | Array, npt.NDArray[np.bool_]]:
    """Rows of all records, and the records that have the field; texts of the records `rereads` only, if they are read again."""
    if isinstance(codec, LabelCodec):
        numbers = codec.rows(table.labels)
        return numbers, numbers != label.ABSENT
    if rereads is not None and name in data.manifest.fields and f"{name}.text" in table.columns:
        texts, needed = table.columns[f"{name}.text"], set(rereads.tolist())
        return PaddedItems(reread(codec, [text if i in needed else None for i, text in enumerate(texts)])), table.present(name)
    if name not in data.manifest.fields or codec_of(data, name).to_json() != codec.to_json():
        what = "was preprocessed differently for this GAN" if name in data.manifest.fields else "is not in the data set"
        raise IntegrityError(f"the field {visible(name)} {what}", visible(data.path), "use the data set it was trained on")
    return open_items(data, name, codec), table.present(name)


def _record_columns(table: records.Records, chosen: Array, used: list[str]) -> list[dict[str, Any]]:
    columns, ids, labels = [], table.ids, table.labels
    for row in chosen:
        line: dict[str, Any] = {"condition_id": ids[row]}
        if labels[row] is not None:
            line["label"] = labels[row]
        for name in used:
            if table.columns[f"{name}.present"][row]:
                line[raw.GIVEN + name] = table.columns.get(f"{name}.text", table.columns[f"{name}.source"])[row]
        columns.append(line)
    return columns
