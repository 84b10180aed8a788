"""What `generate` conditions on, and the seeds, as the user writes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, jsonio, records
from mmcli.artifacts.store import Artifact
from mmcli.config import GenerateConfig
from mmcli.display import visible
from mmcli.errors import InputError, IntegrityError, UsageError
from mmcli.modalities.base import Codec, Reject

Array = npt.NDArray[Any]
_DEFAULT_NUM = 16
_MAX_SEEDS = 10_000_000


@dataclass(frozen=True)
class Conditions:
    """What to condition on: for each of n items the given fields' rows, and where they came from.

    Attributes:
        rows: Field to rows `[n, ...]` in network form.
        present: Field to `[n]` bool.
        columns: Columns of `metadata.jsonl` that say what was given, one dict per item.
    """

    rows: dict[str, Array]
    present: dict[str, Array]
    columns: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.columns)


def parse_conditions(config: GenerateConfig, source: Artifact, given: list[str]) -> dict[str, str]:
    """Field to value of the conditions on the command line."""
    found: dict[str, str] = {}
    for modality, values in (("text", config.text), ("image", config.image), ("audio", config.audio)):
        names = [name for name in given if source.manifest.fields[name]["modality"] == modality]
        if len(values) > len(names):
            fix = f"it takes: {', '.join(given)}"
            raise UsageError(f"{len(values)} conditions of kind {modality}, but the GAN takes {len(names)}", f"--{modality}", fix)
        found |= dict(zip(names, values, strict=False))
    for item in config.field:
        name, separator, value = item.partition("=")
        if not separator or name not in given:
            raise UsageError(
                f"no given field is named {visible(name)}", "--field", f"write NAME=VALUE with NAME one of: {', '.join(given)}"
            )
        found[name] = value
    return found


def parse_seeds(text: str) -> list[int]:
    """Seeds of `0-63` or `1,5,9`; empty for an empty text.

    Raises:
        UsageError: It is not a list of seeds.
    """
    seeds: list[int] = []
    for part in filter(None, text.split(",")):
        low, dash, high = part.strip().partition("-")
        numbers = [low, high] if dash else [low]
        if not all(n.isascii() and n.isdigit() and len(n) <= 18 for n in numbers):
            raise UsageError(f"not a list of seeds: {visible(text, 60)}", "--seeds", "write 0-63, or 1,5,9")
        first, last = int(numbers[0]), int(numbers[-1])
        if last < first or len(seeds) + last - first >= _MAX_SEEDS:
            raise UsageError(f"an empty or too long range of seeds: {visible(part, 60)}", "--seeds", "write 0-63, or 1,5,9")
        seeds.extend(range(first, last + 1))
    return seeds


def from_values(codecs: dict[str, Codec], values: dict[str, str]) -> Conditions:
    """One condition from texts and files; with no value at all, the empty condition."""
    rows, present, columns = {}, {}, {}
    for name, value in values.items():
        codec = codecs[name]
        try:
            row = codec.read(value if codec.modality == "text" else Path(value))
        except Reject as error:
            raise InputError(f"the condition {name} cannot be used: {error.message}", visible(value), "give another one") from None
        rows[name], present[name] = codec.to_network(row[None]), np.ones(1, dtype=bool)
        columns[f"given_{name}"] = value if codec.modality == "text" else Path(value).name
    return Conditions(rows, present, [columns])


def from_records(data: Artifact, codecs: dict[str, Codec], given: list[str], config: GenerateConfig) -> Conditions:
    """The given fields of a split's records."""
    table = records.read(data.path)
    chosen = table.rows(config.split)
    used = list(config.given) or given
    for name in used:
        if name not in given:
            raise UsageError(f"the GAN takes no field {visible(name)}", "--given", f"use some of: {', '.join(given)}")
        state = jsonio.read(data.file(f"fields/{name}.codec.json"))
        if state != codecs[name].to_json():
            raise IntegrityError(
                f"the field {name} was preprocessed otherwise than for this GAN", visible(data.path), "give the data set it was trained on"
            )
    has = {name: table.present(name) for name in used}
    chosen = chosen[np.any([has[name][chosen] for name in used], axis=0)] if used else chosen
    if not len(chosen):
        raise InputError(f"no record of the split {config.split} has a given field", visible(data.path), "choose another --split")
    chosen = chosen[: config.num] if config.num else chosen
    rows = {name: codecs[name].to_network(np.asarray(arrays.load(data.file(f"fields/{name}.npy"))[chosen])) for name in used}
    return Conditions(rows, {name: has[name][chosen] for name in used}, _record_columns(table, chosen, used))


def _record_columns(table: records.Records, chosen: Array, used: list[str]) -> list[dict[str, Any]]:
    columns = []
    for row in chosen:
        line: dict[str, Any] = {"condition_id": table.ids[row]}
        if table.labels[row] is not None:
            line["label"] = table.labels[row]
        for name in used:
            if table.columns[f"{name}.present"][row]:
                line[f"given_{name}"] = table.columns.get(f"{name}.text", table.columns[f"{name}.source"])[row]
        columns.append(line)
    return columns


def match_counts(conditions: Conditions, seeds: list[int], config: GenerateConfig) -> tuple[Conditions, list[int]]:
    """As many conditions as seeds: conditions are repeated in turn."""
    if seeds and config.num and config.num != len(seeds):
        raise UsageError(f"--num {config.num} does not agree with {len(seeds)} seeds", "--seeds", "give one of the two")
    count = len(seeds) or config.num or (len(conditions) if len(conditions) > 1 else _DEFAULT_NUM)
    seeds = seeds or list(range(config.seed, config.seed + count))
    pick = np.arange(count) % len(conditions)
    rows = {name: array[pick] for name, array in conditions.rows.items()}
    present = {name: array[pick] for name, array in conditions.present.items()}
    return Conditions(rows, present, [conditions.columns[i] for i in pick]), seeds
