"""Count what the records of a raw folder have, and what is remarkable about it."""

from __future__ import annotations

from collections import defaultdict

from mmcli.core.display import visible
from mmcli.data.decoding.chunks import Decoded
from mmcli.modalities import registry
from mmcli.stages.preprocess.copies import leaks_in_words
from mmcli.stages.preprocess.labels import label_warnings
from mmcli.stages.validate.verdict import Verdict

_FEW = 0.01  # warn about fields that a smaller fraction of the records has
_SHOWN = 3


class Tally:
    """Counts the workers' results into a verdict."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self.items = 0
        self._digests: dict[tuple[str, str], set[str]] = defaultdict(set)  # field and digest -> published splits
        self._splits_of_label: dict[str, set[str]] = defaultdict(set)

    def add(self, decoded: Decoded) -> None:
        """Count a chunk."""
        verdict = self._verdict
        verdict.problems += decoded.rejects
        verdict.records += len(decoded.kept)
        verdict.ok += decoded.ok
        self.items += decoded.ok + len(decoded.rejects)
        for record in decoded.kept:
            verdict.together[tuple(record.columns)] += 1
            if record.split:
                verdict.splits[record.split] += 1
            if record.label is not None:
                verdict.labels[record.label] += 1
                self._splits_of_label[record.label].add(record.split or "")
            for name, columns in record.columns.items():
                verdict.fields[name]["present"] += 1
                if record.split and columns["content"]:
                    self._digests[name, columns["content"]].add(record.split)

    def warnings(self) -> list[str]:
        """Remarks about usable items."""
        verdict, found = self._verdict, []
        for name, facts in verdict.fields.items():
            shared = sum(len(splits) > 1 for (field_name, _), splits in self._digests.items() if field_name == name)
            if shared and not registry.find(facts["modality"]).repeats:
                found.append(f"{visible(name)}: {leaks_in_words(shared)}")
            if facts["present"] < _FEW * verdict.records:
                found.append(f"{name}: only {facts['present']:,} of {verdict.records:,} records have it")
        return found + label_warnings(verdict.labels, verdict.records) + self._unlearnt()

    def _unlearnt(self) -> list[str]:
        """Labels that the train split lacks."""
        if "train" not in self._verdict.splits:
            return []
        only = sorted(label for label, splits in self._splits_of_label.items() if not splits & {"train", ""})
        if not only:
            return []
        said = ", ".join(visible(label, 40) for label in only[:_SHOWN]) + (", ..." if len(only) > _SHOWN else "")
        return [f"{len(only):,} of {len(self._splits_of_label):,} labels have no record in the train split: {said}"]
