"""Convert a publisher's files to a raw folder: records, unchanged media, a card and counts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio, store
from mmcli.artifacts.raw import FILE_SUFFIX, RawWriter
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.core.ui import Ui
from mmcli.core.values import flag_of
from mmcli.data.datasets import PAIR, importer_of
from mmcli.data.datasets.base import About, Ahead, Found, Item, LeftOut, Media, Published
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.datasets.pair import Pair
from mmcli.data.layouts.archives import open_tree
from mmcli.data.layouts.base import RawReject
from mmcli.data.layouts.listing import Listing
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.preprocess.options import PreprocessConfig
from mmcli.stages.preprocess.splits import assign

_PAIR_OPTIONS = ("on", "reuse")
_OF_SOME = ("variant", "unlabelled", "sa", *_PAIR_OPTIONS)
_SPLIT_WORDS = {"none": "no split"}
_ABOVE_LIMIT = "a record above --limit"

CARD = """# {title}

{records:,} records, imported by `mmcli import {name}`.

- Publisher: {publisher}
- Licence: {licence}

| split | records |
|---|---|
{splits}

Fields: {fields}. {rejected:,} items were rejected{see}.
{left_out}"""


def import_data(job: Job[ImportConfig]) -> Write:
    """Write a data set as a raw folder.

    Raises:
        UsageError: The data set is unknown, or the number of folders is wrong.
        InputError: The source is missing, corrupted, or contains nothing of the data set.
        SafetyError: An archive is unsafe, or a file is a pickle.
    """
    name, source, second, config, ui = str(job.path("NAME")), job.path("SOURCE"), job.paths["SECOND"], job.config, job.ui
    about, found, prints = _open(name, source, second, config)
    job.references += [store.relative_input(path, job.out, "source", digest) for path, digest in prints]
    job.settings["name"] = name

    def write() -> Written:
        work = _Import(name, about, config)
        ui.info(f"reading {visible(source)}{f' and {visible(second)}' if second else ''} ...")
        for option in _without_effect(name, config):
            ui.warn(f"{name} has no {flag_of(option)}; it is ignored")
        with job.build.starting_over():
            work.write(job.folder, found, ui)
            work.check(source)
        work.report(job.folder, ui)
        work.account(job.ledger)
        return Written(work.fields(), work.counts(), work.summary())

    return write


def _open(name: str, source: Path, second: Path | None, config: ImportConfig) -> tuple[About, Iterator[Found], list[tuple[Path, str]]]:
    if name == PAIR:
        if second is None:
            raise UsageError(
                "pair joins two raw folders, but only one is given", "mmcli import pair", "give both: mmcli import pair A B -o RAW"
            )
        shares = PreprocessConfig()
        pair = Pair(source, second, config, partial(assign, val=shares.val, test=shares.test))
        return pair.about, pair.items(), list(zip((source, second), pair.fingerprints(), strict=True))
    importer = importer_of(name)
    if second is not None:
        raise UsageError(f"{name} reads one source, but two are given", visible(second), f"mmcli import {name} SOURCE -o RAW")
    tree = open_tree(source)
    return importer.about, importer.items(tree, config), [(source, _fingerprint(source))]


def _without_effect(name: str, config: ImportConfig) -> list[str]:
    """Options that were set but only apply to other data sets."""
    own = _PAIR_OPTIONS if name == PAIR else importer_of(name).options
    plain = ImportConfig()
    return [option for option in _OF_SOME if option not in own and getattr(config, option) != getattr(plain, option)]


def _fingerprint(source: Path) -> str:
    if source.is_dir():
        return Listing(source).fingerprint()
    facts = source.stat()
    return hashlib.sha256(f"{source.name}\0{facts.st_size}\0{facts.st_mtime_ns}".encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass
class _Import:
    """State of the import so far."""

    name: str
    about: About
    config: ImportConfig
    ids: set[str] = field(default_factory=set)
    files: dict[tuple[str, str, str], str] = field(default_factory=dict)  # field, key and suffix of a shared medium -> relative path
    cells: Counter[tuple[str, str]] = field(default_factory=Counter)  # (split, label)
    splits: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    published: dict[str, int] = field(default_factory=dict)
    examples: dict[str, str] = field(default_factory=dict)  # code -> the first item with it

    def write(self, folder: Path, found: Iterator[Found], ui: Ui) -> None:
        """Write all records."""
        self.published = self.about.published
        total = sum(self.published.values())
        with (
            RawWriter(folder) as writer,
            (folder / "rejects.jsonl").open("w", encoding="utf-8") as rejects,
            ui.progress("importing", total, "records") as bar,
        ):
            for one in found:
                if isinstance(one, Ahead):
                    bar.expect(one.records)
                    continue
                if isinstance(one, Published):
                    self.published = one.records
                    bar.expect(sum(one.records.values()))
                    continue
                problem = self._take(one, writer)
                if problem:
                    self.codes[problem.code] += 1
                    self.examples.setdefault(problem.code, f"{visible(problem.path)}: {visible(problem.message)}")
                    row = {"id": problem.id, "path": problem.path, "stage": "import", "code": problem.code, "message": problem.message}
                    rejects.write(jsonio.dumps(row, indent=None) + "\n")
                bar.advance_to(self.splits.total() + self.codes.total() + self.left_out[_ABOVE_LIMIT])

    def _take(self, one: Item | LeftOut | RawReject, writer: RawWriter) -> RawReject | None:
        if isinstance(one, RawReject):
            return one
        if isinstance(one, LeftOut):
            self.left_out[one.reason] += 1
            return None
        if one.id in self.ids:
            return RawReject(one.id, one.place or one.id, "DUP_ID", "an earlier record has the same id")
        cell = (one.split or "", one.label or "")
        if self.config.limit and self.cells[cell] >= self.config.limit:
            self.left_out[_ABOVE_LIMIT] += 1
            return None
        self.ids.add(one.id)
        self.cells[cell] += 1
        self._write(one, writer)
        return None

    def _write(self, item: Item, writer: RawWriter) -> None:
        split = None if self.config.resplit and self.name != PAIR else item.split
        row: dict[str, Any] = {"id": item.id, "label": item.label, "split": split, "group": item.group, **item.extra}
        for name, value in item.fields.items():
            self.present[name] += 1
            if isinstance(value, Media):
                row[name + FILE_SUFFIX] = self._medium(name, item.id, value, writer)
            else:
                row[name] = value
        writer.add(row)
        self.splits[split or "none"] += 1
        self.labels[item.label or ""] += 1

    def _medium(self, name: str, identity: str, medium: Media, writer: RawWriter) -> str:
        key = (name, medium.key, medium.suffix)
        if key in self.files:
            return self.files[key]
        path = writer.media_path(name, medium.key or identity, medium.suffix)
        path.write_bytes(medium.data)
        relative = writer.relative(path)
        if medium.key:
            self.files[key] = relative
        return relative

    def check(self, source: Path) -> None:
        """Refuse to write an empty folder."""
        if not self.splits.total():
            first = next(iter(self.examples.values()), "")
            seen = f"; {counted(self.codes.total(), 'item')} rejected, e.g. {first}" if first else ""
            raise InputError(
                f"the source contains no record of {self.about.title}{seen}", visible(source), f"it must contain {self.about.expects}"
            )

    def report(self, folder: Path, ui: Ui) -> None:
        """Compare the counts with the publisher's, and write the card."""
        for split, number in sorted(self.splits.items()):
            published = self.published.get(split, 0)
            # Options may add records that the publisher's number excludes.
            text = f"{_SPLIT_WORDS.get(split, split)}: {counted(number, 'record')}" + (
                f" of the {published:,} published" if number <= published else ""
            )
            (ui.warn if number < published and not self.config.limit else ui.info)(text)
        for name in self.about.fields:
            if not self.present[name]:
                ui.warn(f"no record has the field {name}")
        if "train" not in self.splits and "none" not in self.splits:
            ui.warn("the source has no train records; preprocess will split all records by hash, like --resplit")
        for code, number in sorted(self.codes.items()):
            ui.warn(f"{counted(number, 'item')} rejected ({code}), e.g. {self.examples[code]}; see rejects.jsonl")
        card = CARD.format(
            title=self.about.title,
            name=self.name,
            records=self.splits.total(),
            publisher=self.about.publisher,
            licence=self.about.licence,
            splits="\n".join(f"| {_SPLIT_WORDS.get(split, split)} | {number:,} |" for split, number in sorted(self.splits.items())),
            fields=", ".join(f"`{name}` ({kind})" for name, kind in self.about.fields.items() if self.present[name]),
            rejected=self.codes.total(),
            see=" (see `rejects.jsonl`)" if self.codes else "",
            left_out="".join(f"\nLeft out: {number:,}: {reason}.\n" for reason, number in sorted(self.left_out.items())),
        )
        (folder / "README.md").write_text(card, encoding="utf-8")

    def account(self, ledger: Ledger) -> None:
        """Note what was left out and rejected."""
        seen = self.counts()["seen"]
        for reason, number in sorted(self.left_out.items()):
            ledger.leave_out("records", reason, count=number, of=seen)
        for code, number in sorted(self.codes.items()):
            ledger.leave_out("items", f"rejected as {code}, e.g. {self.examples[code]}; see rejects.jsonl", count=number, of=seen)

    def fields(self) -> dict[str, dict[str, Any]]:
        """Manifest entry of the fields found."""
        return {name: {"modality": kind} for name, kind in self.about.fields.items() if self.present[name]}

    def counts(self) -> dict[str, Any]:
        """Counts for the manifest."""
        ok, rejected, left_out = self.splits.total(), self.codes.total(), self.left_out.total()
        body: dict[str, Any] = {"seen": ok + rejected + left_out, "ok": ok, "rejected": rejected, "left_out": left_out}
        return {**body, "records": ok, "splits": dict(self.splits), "labels": len(self.labels), "present": dict(self.present)}

    def summary(self) -> dict[str, Any]:
        """Summary for the manifest, including the licence."""
        facts = {"name": self.about.title, "publisher": self.about.publisher, "licence": self.about.licence}
        return {**facts, "published": self.published, "rejects": dict(self.codes), "left_out": dict(self.left_out)}
