"""The records table under construction, with counts of seen, accepted and rejected items."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import records
from mmcli.artifacts.jsonlines import JsonLines
from mmcli.artifacts.records import SPLITS
from mmcli.core.display import visible
from mmcli.core.errors import InputError, SafetyError
from mmcli.data.decoding.chunks import Decoded, Kept
from mmcli.data.layouts.base import RawReject
from mmcli.pipeline.stage import quoted
from mmcli.stages.preprocess.options import PreprocessConfig

_UNSAFE = frozenset({"PATH_REFUSED", "SYMLINK_REFUSED"})
_COMMON = ("source", "sha256", "content")
_UNWRITTEN = "hash"  # needed for the split only


class Table:
    """Collects usable records; `seen = ok + rejected` counts items (fields of records).

    Args:
        folder: Folder of `rejects.jsonl`, and of `work/table.jsonl` for resuming.
        columns: Field name to its additional columns.
        config: Handling of unusable items.
        state: Return value of `state` in an earlier run.
    """

    def __init__(self, folder: Path, columns: Mapping[str, Sequence[str]], config: PreprocessConfig, state: dict[str, Any] | None) -> None:
        kept = state or {"rejects_bytes": 0, "rows_bytes": 0, "ok": 0, "rejected": 0, "codes": {}, "examples": {}}
        self._rejects = JsonLines(folder / "rejects.jsonl", kept["rejects_bytes"])
        self._rows = JsonLines(folder / "work" / "table.jsonl", kept["rows_bytes"])
        self._fields, self._config = columns, config
        self._columns: dict[str, list[Any]] = {"id": [], "label": [], "group": []}
        for name, extra in columns.items():
            self._columns.update({f"{name}.{kind}": [] for kind in ("present", *_COMMON, _UNWRITTEN, *extra)})
        self._given: list[str | None] = []
        self.ok, self.rejected = int(kept["ok"]), int(kept["rejected"])
        self.codes: Counter[str] = Counter(kept["codes"])
        self.examples: dict[str, str] = dict(kept["examples"])
        for row in self._rows.read():
            self._append(Kept(*row))

    @property
    def seen(self) -> int:
        """Number of items so far."""
        return self.ok + self.rejected

    @property
    def keys(self) -> list[str]:
        """Key that determines a record's split: its group, or its id."""
        return [group or number for group, number in zip(self._columns["group"], self._columns["id"], strict=True)]

    @property
    def given_splits(self) -> list[str | None]:
        """Published splits."""
        return self._given

    @property
    def labels(self) -> Counter[str]:
        """Number of records of each label."""
        return Counter(label for label in self._columns["label"] if label is not None)

    def present(self, name: str) -> npt.NDArray[np.bool_]:
        """Which records have the field, `[N]`."""
        return np.array(self._columns[f"{name}.present"], dtype=bool)

    def contents(self, name: str) -> list[str | None]:
        """Digest of each record's item after decoding."""
        return list(self._columns[f"{name}.content"])

    def contents_together(self) -> list[str | None]:
        """Digests of each record's items together."""
        return [" ".join(map(str, digests)) for digests in zip(*map(self.contents, self._fields), strict=True)]

    def hashes(self, name: str) -> list[int | None]:
        """Perceptual hash of each record's item."""
        return list(self._columns[f"{name}.{_UNWRITTEN}"])

    def sources(self, name: str) -> list[str | None]:
        """Where each record's item comes from; the ids of the records if there is no such field."""
        return list(self._columns.get(f"{name}.source", self._columns["id"]))

    def group_by(self, keys: list[str]) -> None:
        """Make groups of the records that share a key."""
        number = Counter(keys)
        self._columns["group"] = [key if number[key] > 1 else group for key, group in zip(keys, self._columns["group"], strict=True)]

    def add(self, decoded: Decoded, rejects: Sequence[RawReject]) -> None:
        """Add a chunk and the source's rejects."""
        self.ok += decoded.ok
        self._rows.append([[kept.id, kept.label, kept.split, kept.group, kept.columns] for kept in decoded.kept])
        for kept in decoded.kept:
            self._append(kept)
        self._note([*rejects, *decoded.rejects])

    def _append(self, kept: Kept) -> None:
        self._given.append(kept.split)
        for key in ("id", "label", "group"):
            self._columns[key].append(getattr(kept, key))
        for name, extra in self._fields.items():
            values = kept.columns.get(name)
            self._columns[f"{name}.present"].append(values is not None)
            for kind in (*_COMMON, _UNWRITTEN, *extra):
                self._columns[f"{name}.{kind}"].append(values[kind] if values else None)

    def _note(self, rejects: list[RawReject]) -> None:
        keys = ("id", "path", "stage", "code", "message")
        self._rejects.append(dict(zip(keys, (r.id, r.path, "preprocess", r.code, r.message), strict=True)) for r in rejects)
        for reject in rejects:
            self.rejected += 1
            self.codes[reject.code] += 1
            self.examples.setdefault(reject.code, f"{visible(reject.path)}: {visible(reject.message)}")
            if self._config.strict and reject.code in _UNSAFE:
                raise SafetyError(f"{reject.code}: {reject.message}", visible(reject.path), "remove it, or omit --strict")
            if self._config.on_bad == "fail":
                raise InputError(f"{reject.code}: {reject.message}", visible(reject.path), "fix or remove it, or use --on-bad skip")

    def state(self) -> dict[str, Any]:
        """Flush everything to disk and return the state."""
        sizes = {"rejects_bytes": self._rejects.flush(durable=True), "rows_bytes": self._rows.flush(durable=True)}
        return {**sizes, "ok": self.ok, "rejected": self.rejected, "codes": dict(self.codes), "examples": self.examples}

    def close(self) -> None:
        """Close the files."""
        self._rejects.close()
        self._rows.close()

    def check(self, where: Path) -> None:
        """Check that there are usable items and not too many rejected ones.

        Raises:
            InputError: There are none, or too many were rejected.
        """
        worst = "; ".join(f"{number:,} {code}, e.g. {self.examples[code]}" for code, number in self.codes.most_common(3))
        if not self.ok:
            raise InputError(
                "the folder has no usable items" + (f": {worst}" if worst else ""),
                visible(where),
                f"correct the files; {quoted('mmcli', 'validate', where)} lists them with the reasons",
            )
        if self.rejected > self._config.max_reject_rate * self.seen:
            what = f"{self.rejected:,} of {self.seen:,} items were rejected: {worst}"
            needed = min(1.0, self.rejected / self.seen + 0.01)
            raise InputError(what, visible(where), f"correct or remove them, or allow more with --max-reject-rate {needed:.2f}")

    def extend(self, name: str, columns: Mapping[str, list[Any]]) -> None:
        """Add columns of a field that are only known after fitting."""
        self._columns.update({f"{name}.{kind}": values for kind, values in columns.items()})

    def counts(self, split: Sequence[str]) -> dict[str, Any]:
        """The manifest's counts; `split` may end with augmented copies."""
        number = Counter(split)
        present = {name: int(self.present(name).sum()) for name in self._fields}
        items = {"seen": self.seen, "ok": self.ok, "rejected": self.rejected}
        return {**items, "records": len(split), **{name: number[name] for name in SPLITS}, "present": present}

    def write(self, folder: Path, split: list[str], copies: int = 0) -> list[str]:
        """Write `records.parquet`; copies of the train records follow the others. Returns all splits."""
        train = [i for i, name in enumerate(split) if name == "train"]
        columns = {"id": self._columns["id"], "split": split, **{key: values for key, values in self._columns.items() if key != "id"}}
        for name in self._fields:
            columns.pop(f"{name}.{_UNWRITTEN}")
        for name in list(columns):
            values = columns[name]
            more = [f"{values[i]}~{copy}" if name == "id" else values[i] for copy in range(1, copies + 1) for i in train]
            columns[name] = [*values, *more]
        records.write(folder, columns)
        return columns["split"]
