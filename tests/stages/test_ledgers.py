"""Every stage tells what it read, left out and changed: on stderr, in the manifest, in JSON, in the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mmcli
from mmcli.artifacts import store
from mmcli.cli.app import app
from mmcli.core.ledger import Entry, Ledger
from mmcli.stages.info.stage import as_rows, describe


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02d}.txt").write_text(f"a line about the number {number}")
    (folder / "README.md").write_text("about this folder")
    (folder / ".cache").write_text("")
    return folder


def entries_of(artifact: Path) -> list[Entry]:
    return Ledger.from_json(store.open_artifact(artifact).manifest.summary["ledger"]).entries


def test_files_left_out_by_their_names_are_named(raw: Path) -> None:
    found = entries_of(mmcli.preprocess(raw, out=raw.parent / "data", workers=1).path)
    assert Entry("left out", "files", "hidden", 1, 0, (".cache",)) in found
    assert Entry("left out", "files", "named like a readme or licence", 1, 0, ("README.md",)) in found


def test_rejected_items_are_counted_by_their_reason(raw: Path) -> None:
    (raw / "03.txt").write_bytes(b"\0\1\2\0")
    found = entries_of(mmcli.preprocess(raw, out=raw.parent / "data", workers=1).path)
    rejected = [entry for entry in found if entry.what == "items"]
    assert [(entry.count, entry.of) for entry in rejected] == [(1, 20)]
    assert "03.txt" in rejected[0].detail


def test_it_is_printed_and_part_of_the_json(raw: Path) -> None:
    result = CliRunner().invoke(app, ["preprocess", str(raw), "-o", str(raw.parent / "data"), "--workers", "1", "--json"])
    assert "left out       files: 1 hidden (.cache)\n" in result.stderr
    ledger = json.loads(result.stdout)["summary"]["ledger"]
    assert {"topic": "left out", "what": "files", "detail": "hidden", "count": 1, "of": 0, "names": [".cache"]} in ledger
    log = (raw.parent / "data" / "log.txt").read_text()
    assert "files: 1 hidden (.cache)" in log


def test_quiet_prints_none_of_it(raw: Path) -> None:
    result = CliRunner().invoke(app, ["preprocess", str(raw), "-o", str(raw.parent / "data"), "--workers", "1", "-q"])
    assert result.exit_code == 0
    assert "left out" not in result.stderr


def test_it_does_not_change_the_id(raw: Path) -> None:
    first = mmcli.preprocess(raw, out=raw.parent / "a", workers=1)
    (raw / "README.md").unlink()
    second = mmcli.preprocess(raw, out=raw.parent / "b", workers=1)
    assert first.summary["ledger"] != second.summary["ledger"]
    assert first.id == second.id


def test_info_and_the_report_show_it(raw: Path) -> None:
    for name in ("licence", "readme.txt", "README.rst"):
        (raw / name).write_text("")
    mmcli.preprocess(raw, out=raw.parent / "work" / "data", workers=1)
    rows = as_rows(describe(raw.parent / "work" / "data"))
    assert ("left out", "files: 1 hidden (.cache)") in rows
    assert not any(name == "summary ledger" for name, _ in rows)
    mmcli.report(raw.parent / "work", out=raw.parent / "work" / "report")
    page = (raw.parent / "work" / "report" / "index.html").read_text()
    assert "Read, left out and changed" in page
    assert "files: 1 hidden (.cache)" in page
    assert "readme.txt<br>" in page


def test_a_forged_ledger_costs_nothing_else(raw: Path) -> None:
    from dataclasses import replace

    from mmcli.artifacts import manifest

    folder = mmcli.preprocess(raw, out=raw.parent / "work" / "data", workers=1).path
    body = manifest.read_manifest(folder)
    forged = replace(body, summary={**body.summary, "ledger": [{"topic": 1}]})
    manifest.write_manifest(folder, replace(forged, id=forged.digest()))
    assert ("kind", "dataset") in as_rows(describe(folder))
    found = mmcli.report(raw.parent / "work", out=raw.parent / "work" / "report")
    assert found.counts["problems"] == 1
    assert "an entry of the ledger is invalid" in (raw.parent / "work" / "report" / "index.html").read_text()
