"""The items to score, in the codec's row form, read back as by a user's program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, jsonio, raw
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_of, registry
from mmcli.modalities.base import Codec, Reject

Array = npt.NDArray[Any]
_MAX_LINE = 2**20
_ROWS, _TABLE = "rows.npy", "items.jsonl"


@dataclass(frozen=True)
class Items:
    """N items of one field.

    Attributes:
        rows: `[N, ...]` in the codec's row form.
        labels: Requested or true label, or `None`.
        sources: The file or text each item was read from; `None` if there are only rows.
        conditions: Id of the record whose fields were the condition, or `None`.
        given: Fields that were the condition of any of them.
        places: Place of each in the table of the samples.
    """

    rows: Array
    labels: list[str | None]
    sources: list[Path | str | None]
    conditions: list[str | None]
    given: list[str]
    places: list[int]

    def __len__(self) -> int:
        return len(self.sources)


def read_samples(samples: Artifact, target: str, codec: Codec, ui: Ui) -> Items:
    """Read the files (or texts) of a samples artifact, decoded from disk.

    So a sound is scored as it sounds, not as the spectrogram that the generator produced.

    Raises:
        InputError: No item can be read.
        IntegrityError: `metadata.jsonl` is corrupted.
    """
    if raw.NAME not in samples.manifest.files and _TABLE in samples.manifest.files:
        return _without_files(samples, target, codec)
    rows, read, sources, places = [], list[dict[str, Any]](), list[Path | str | None](), list[int]()
    bad: list[str] = []
    for place, line in enumerate(_lines(samples, raw.NAME)):
        source = _source(samples, target, line)
        try:
            rows.append(codec.read(source))
        except Reject as error:
            bad.append(f"{visible(line.get('id', '?'), 60)}: {error.message}")
            continue
        read.append(line)
        sources.append(source)
        places.append(place)
    if bad:
        ui.ledger.leave_out("samples", f"cannot be read, e.g. {bad[0]}", count=len(bad), of=len(bad) + len(rows))
        ui.warn(f"{len(bad)} samples cannot be read and are skipped; the first is {bad[0]}")
    if not rows:
        raise InputError("no sample can be read", visible(samples.path), "run generate again")
    return _items(np.stack(rows), read, sources, places)


def _items(rows: Array, lines: Sequence[Mapping[str, Any]], sources: list[Path | str | None], places: list[int]) -> Items:
    labels, conditions = ([None if line.get(key) is None else str(line[key]) for line in lines] for key in ("label", "condition_id"))
    # Items between two conditions have no condition of their own.
    conditions = [None if "share" in line else name for line, name in zip(lines, conditions, strict=True)]
    given = dict.fromkeys(key.removeprefix(raw.GIVEN) for line in lines for key in line if key.startswith(raw.GIVEN))
    return Items(rows, labels, sources, conditions, list(given), places)


def _without_files(samples: Artifact, target: str, codec: Codec) -> Items:
    """Samples that `generate --no-files` wrote: rows and a table."""
    again = "run generate again"
    if not codec.lossless:
        plural = registry.find(codec.modality).plural
        raise InputError(
            f"{plural} are scored from their files, but these samples have none", visible(samples.path), f"{again} with --files"
        )
    rows, theirs = arrays.load(samples.file(_ROWS)), codec_of(samples, target)
    lines = list(_lines(samples, _TABLE))
    if rows.shape != (len(lines), *theirs.row_shape) or str(rows.dtype) != theirs.describe()["dtype"] or not lines:
        raise IntegrityError(f"{rows.dtype} rows of shape {rows.shape} do not match {len(lines):,} lines", visible(samples.path), again)
    every = list(range(len(lines)))
    if theirs.to_json() == codec.to_json():
        return _items(np.asarray(rows), lines, [None] * len(lines), every)
    texts = theirs.items(np.asarray(rows))  # in the generator's own tokens
    return _items(np.stack([codec.read(text) for text in texts]), lines, list(texts), every)


def _lines(samples: Artifact, name: str) -> Iterator[dict[str, Any]]:
    path = samples.file(name)
    with path.open("rb") as handle:
        for number, text in enumerate(iter(lambda: handle.readline(_MAX_LINE), b""), 1):
            try:
                line = jsonio.loads(text)
            except jsonio.JsonError as error:
                raise IntegrityError(f"line {number} is not JSON: {error}", visible(path), "run generate again") from None
            if not isinstance(line, dict):
                raise IntegrityError(f"line {number} is not an object", visible(path), "run generate again")
            yield line


def _source(samples: Artifact, target: str, line: dict[str, Any]) -> Path | str:
    name = line.get(target + raw.FILE_SUFFIX)
    if isinstance(name, str):
        return samples.file(name)  # only files listed in the manifest, hence none outside the folder
    if isinstance(line.get(target), str):
        return str(line[target])
    raise IntegrityError(f"a sample has no {visible(target)}", visible(samples.file(raw.NAME)), "run generate again")


def label_numbers(labels: Sequence[str | None], names: Sequence[str]) -> npt.NDArray[np.int64]:
    """Class index per label; -1 if there is none or the judge does not know it."""
    number = {name: i for i, name in enumerate(names)}
    return np.array([number.get(label, -1) if label is not None else -1 for label in labels], dtype=np.int64)
