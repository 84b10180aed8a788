"""The records table in the making, and the account of what was seen, kept and rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records
from mmcli.artifacts.records import SPLITS
from mmcli.config import PreprocessConfig
from mmcli.display import visible
from mmcli.errors import InputError, SafetyError
from mmcli.sources import RawReject
from mmcli.stages.preprocess.decode import Decoded

_UNSAFE = frozenset({"PATH_REFUSED", "SYMLINK_REFUSED"})


class Table:
    """Collects the records that can be used; `seen = ok + rejected` counts items (fields of records).

    Args:
        rejects_path: Where rejects are written, one JSON object per line.
        fields: Field name to modality.
        config: Says what a bad item does.
    """

    def __init__(self, rejects_path: Path, fields: dict[str, str], config: PreprocessConfig) -> None:
        self._rejects_path, self._fields, self._config = rejects_path, fields, config
        rejects_path.write_text("")
        self._columns: dict[str, list[Any]] = {"id": [], "label": [], "group": []}
        for name, modality in fields.items():
            kinds = ("present", "source", "sha256", "text") if modality == "text" else ("present", "source", "sha256")
            self._columns.update({f"{name}.{kind}": [] for kind in kinds})
        self._ids: set[str] = set()
        self.given_splits: list[str | None] = []
        self.ok = self.rejected = 0
        self.codes: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    @property
    def seen(self) -> int:
        """Items so far."""
        return self.ok + self.rejected

    @property
    def keys(self) -> list[str]:
        """What decides a record's split: its group, or its id."""
        return [group or number for group, number in zip(self._columns["group"], self._columns["id"], strict=True)]

    def present(self, name: str) -> npt.NDArray[np.bool_]:
        """Which records have the field, `[N]`."""
        return np.array(self._columns[f"{name}.present"], dtype=bool)

    def hashes(self, name: str) -> list[str | None]:
        """SHA-256 of each record's field."""
        return list(self._columns[f"{name}.sha256"])

    def add(self, entries: Iterable[Decoded | RawReject]) -> list[dict[str, Any]]:
        """Take a chunk; returns the drafts of the records that are kept, by field."""
        kept, rejects = [], []
        for entry in entries:
            if isinstance(entry, RawReject):
                rejects.append(entry)
                continue
            rejects += entry.rejects
            if entry.record.id in self._ids:
                rejects += [
                    RawReject(entry.record.id, item.source, "DUP_ID", "an earlier record has this id") for item in entry.items.values()
                ]
            elif entry.items:
                self._append(entry)
                kept.append({name: item.draft for name, item in entry.items.items()})
        self._note(rejects)
        return kept

    def _append(self, entry: Decoded) -> None:
        record = entry.record
        self._ids.add(record.id)
        self.ok += len(entry.items)
        self.given_splits.append(record.split)
        for key in ("id", "label", "group"):
            self._columns[key].append(getattr(record, key))
        for name, modality in self._fields.items():
            item = entry.items.get(name)
            self._columns[f"{name}.present"].append(item is not None)
            self._columns[f"{name}.source"].append(item.source if item else None)
            self._columns[f"{name}.sha256"].append(item.sha256 if item else None)
            if modality == "text":
                self._columns[f"{name}.text"].append(item.text if item else None)

    def _note(self, rejects: list[RawReject]) -> None:
        with self._rejects_path.open("a", encoding="utf-8", errors="backslashreplace") as handle:
            for reject in rejects:
                line = {"id": reject.id, "path": reject.path, "stage": "preprocess", "code": reject.code, "message": reject.message}
                handle.write(jsonio.dumps(line, indent=None) + "\n")
        for reject in rejects:
            self.rejected += 1
            self.codes[reject.code] += 1
            self.examples.setdefault(reject.code, f"{reject.path}: {reject.message}")
            if self._config.strict and reject.code in _UNSAFE:
                raise SafetyError(f"{reject.code}: {reject.message}", visible(reject.path), "remove it, or leave --strict out")
            if self._config.on_bad == "fail":
                raise InputError(f"{reject.code}: {reject.message}", visible(reject.path), "mend or remove it, or use --on-bad skip")

    def check(self, where: Path) -> None:
        """Refuse to go on with nothing, or with too much that was rejected.

        Raises:
            InputError: As said.
        """
        worst = ", ".join(f"{number:,} x {code} (such as {visible(self.examples[code])})" for code, number in self.codes.most_common(3))
        if not self.ok:
            raise InputError(
                "nothing in the folder can be used" + (f": {worst}" if worst else ""), visible(where), "see the reasons, and mend the files"
            )
        if self.rejected > self._config.max_reject_rate * self.seen:
            share = f"{self.rejected:,} of {self.seen:,} items were rejected: {worst}"
            raise InputError(
                share, visible(where), f"mend them, or allow more with --max-reject-rate {self.rejected / self.seen + 0.01:.2f}"
            )

    def counts(self, split: list[str]) -> dict[str, Any]:
        """The manifest's counts."""
        number = Counter(split)
        present = {name: int(self.present(name).sum()) for name in self._fields}
        items = {"seen": self.seen, "ok": self.ok, "rejected": self.rejected}
        return {**items, "records": len(split), **{name: number[name] for name in SPLITS}, "present": present}

    def write(self, folder: Path, split: list[str]) -> None:
        """Write `records.parquet`."""
        columns = {"id": self._columns["id"], "split": split, **{key: values for key, values in self._columns.items() if key != "id"}}
        records.write(folder, columns)
