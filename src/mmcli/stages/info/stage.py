"""`info`: show the content of an artifact, a raw folder or a folder of artifacts."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mmcli.artifacts import manifest, preview, publish, store
from mmcli.core.display import visible
from mmcli.core.errors import InputError, MmcliError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.info.options import InfoConfig

_SHOWN_FILES = 12
_RESUME = "run the same command again; it resumes if its stage can"


def answer(path: Path, config: InfoConfig, ui: Ui) -> Answer:
    """Answer with the content of a folder."""
    del ui
    if config.preview or config.sheets:
        facts, lines = dataset_preview(path, Path(config.sheets) if config.sheets else None)
        return Answer(facts, lines)
    facts = describe(path, verify=config.verify)
    if facts["form"] == "artifacts":
        rows = [(row["name"], row["kind"], row["id"][:12], row["problem"] or size_words(row["bytes"])) for row in facts["artifacts"]]
        return Answer(facts, [Table(("name", "kind", "id", "size"), rows)])
    return Answer(facts, [str(facts["path"]), Table((), as_rows(facts))])


def describe(path: Path, *, verify: bool = False) -> dict[str, Any]:
    """Facts about a folder as JSON values; `form` is `artifact`, `artifacts` or `raw`.

    Args:
        path: The folder, or a table of texts.
        verify: Verify the SHA-256 of every file of the artifacts.

    Raises:
        InputError: The folder is missing, a file, or empty.
        IntegrityError, SafetyError: An artifact is corrupted.
    """
    if not path.exists() or preview.claim(path):
        plan = publish.plan_of(path)
        if plan:
            what = f"not finished: the run that creates it ({visible(plan['kind'])}) was interrupted or is still running"
            raise InputError(what, visible(path), _RESUME)
    if not path.exists():
        raise InputError("no such folder", visible(path), "check the path")
    if not path.is_dir():
        return {"form": "raw", "path": str(path), **_table(path)}
    if (path / manifest.NAME).is_file():
        return _artifact(path, verify=verify)
    below = sorted(child for child in path.iterdir() if not child.name.startswith(".") and (child / manifest.NAME).is_file())
    rows = [*(_row(child, verify=verify) for child in below), *_unfinished_rows(path)]
    if rows:
        return {"form": "artifacts", "path": str(path), "artifacts": sorted(rows, key=lambda row: str(row["name"]))}
    return {"form": "raw", "path": str(path), **_raw(path, [name for _, _, files in os.walk(path) for name in files])}


def dataset_preview(path: Path, sheets: Path | None = None) -> tuple[dict[str, Any], list[str]]:
    """Facts about a dataset as JSON values and as lines of text; `sheets` is the folder of its contact sheets.

    Raises:
        InputError, IntegrityError: It is not a dataset, or corrupted.
        UsageError: The contact sheets would be inside it.
    """
    from mmcli.reporting import preview

    artifact = store.open_artifact(path, "dataset")
    facts = preview.preview(artifact)
    lines = list(preview.as_lines(facts))
    if sheets is not None:
        if sheets.resolve().is_relative_to(path.resolve()):
            raise UsageError("the contact sheets would be inside the dataset", visible(sheets), "choose another folder with --sheets")
        facts["sheets"] = [str(written) for written in preview.write_sheets(artifact, sheets)]
        lines += facts["sheets"]
    return facts, lines


def _artifact(path: Path, *, verify: bool) -> dict[str, Any]:
    body = store.open_artifact(path, verify=verify).manifest
    sizes = {name: entry["size"] for name, entry in body.files.items()}
    facts: dict[str, Any] = {
        "form": "artifact",
        "path": str(path),
        "kind": body.kind,
        "id": body.id,
        "seed": body.seed,
        "config": body.config,
        "counts": body.counts,
        "fields": body.fields,
        "summary": body.summary,
        "inputs": [asdict(ref) for ref in body.inputs],
        "files": sizes,
        "bytes": sum(sizes.values()),
        "versions": body.versions,
        "verified": verify,
    }
    if body.kind in ("raw", "samples"):
        facts["suffixes"] = _suffixes(list(sizes))
    return facts


def _row(path: Path, *, verify: bool) -> dict[str, Any]:
    """One line about an artifact; corruption is reported, not raised."""
    try:
        body = store.open_artifact(path, verify=verify).manifest
    except MmcliError as error:
        return {"name": path.name, "kind": "corrupted", "id": "", "bytes": 0, "problem": error.what}
    size = sum(entry["size"] for entry in body.files.values())
    return {"name": path.name, "kind": body.kind, "id": body.id, "bytes": size, "problem": ""}


def _unfinished_rows(path: Path) -> Iterator[dict[str, Any]]:
    """One line about each artifact being built."""
    for out, plan in publish.builds(path):
        if not out.exists() or preview.claim(out):
            yield {"name": out.name, "kind": plan["kind"], "id": "", "bytes": 0, "problem": "not finished"}


def _table(path: Path) -> dict[str, Any]:
    from mmcli.data.layouts.base import TABLE_SUFFIXES

    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InputError("this is a file, not a folder", visible(path), "give the folder of an artifact, or of texts, images and sounds")
    return _raw(path, [path.name])


def _raw(path: Path, names: list[str]) -> dict[str, Any]:
    if not names:
        raise InputError("the folder contains no files", visible(path), "give the folder of an artifact, or of texts, images and sounds")
    found: dict[str, Any] = {"files": len(names), "suffixes": _suffixes(names), "layout": None, "fields": {}}
    from mmcli.data.layouts.folder import read_raw

    try:
        folder = read_raw(path)
        return found | {"layout": folder.layout, "fields": folder.fields}
    except InputError as error:
        return found | {"problem": error.what}


def _suffixes(names: list[str]) -> dict[str, int]:
    """Number of files per extension, the most frequent first."""
    counted = Counter(Path(name).suffix.lower() or "(none)" for name in names)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def as_rows(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """The facts about one folder as pairs of name and value."""
    rows = [(key, str(facts[key])) for key in ("kind", "layout", "id", "seed", "problem") if facts.get(key) not in (None, "")]
    rows += [(f"field {name}", _field_words(entry)) for name, entry in facts["fields"].items()]
    for key in ("counts", "summary", "config"):
        rows += [(f"{key} {name}", _short(value)) for name, value in facts.get(key, {}).items() if name != "ledger"]
    rows += [(entry.topic, entry.text()) for entry in Ledger.of(facts.get("summary", {})).entries]
    rows += [("input", f"{ref['kind']} {ref['id'][:12]} at {ref['path']}") for ref in facts.get("inputs", [])]
    rows += [(f"files {suffix}", f"{number:,}") for suffix, number in facts.get("suffixes", {}).items()]
    if isinstance(facts["files"], dict):
        listed = sorted(facts["files"].items(), key=lambda item: -item[1])[:_SHOWN_FILES]
        rows += [(f"file {name}", size_words(size)) for name, size in listed]
        rows.append(("files", f"{len(facts['files']):,}, {size_words(facts['bytes'])}" + (", all intact" if facts["verified"] else "")))
    return rows


def _field_words(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    rest = [f"{key} {_short(value)}" for key, value in entry.items() if key != "modality"]
    return ", ".join([str(entry.get("modality", "")), *rest])


def _short(value: Any) -> str:
    if isinstance(value, dict):
        words = {key: f"({_short(item)})" if isinstance(item, dict) else _short(item) for key, item in value.items() if item != {}}
        return ", ".join(f"{key} {text}" for key, text in words.items())
    if isinstance(value, list):
        return " x ".join(map(str, value)) if value and all(isinstance(item, int) for item in value) else ", ".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def size_words(size: int) -> str:
    """Bytes in a readable unit."""
    amount = float(size)
    for unit in ("B", "KiB", "MiB"):
        if amount < 1024:
            return f"{amount:,.0f} {unit}"
        amount /= 1024
    return f"{amount:,.1f} GiB"
