"""Temporary files of libraries stay inside the artifact that is being built."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from mmcli.pipeline.scratch import scratch


@pytest.fixture
def building(tmp_path: Path) -> Path:
    (tmp_path / "building").mkdir()
    return tmp_path / "building"


def test_temporary_files_and_matplotlib_go_there_and_are_deleted(building: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/no/such/folder")
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    before = tempfile.tempdir
    with pytest.raises(ZeroDivisionError), scratch(building):  # noqa: PT012
        with tempfile.NamedTemporaryFile(delete=False) as handle:
            assert Path(handle.name).parent == building / "scratch"
        assert os.environ["TMPDIR"] == os.environ["MPLCONFIGDIR"] == str(building / "scratch")
        raise ZeroDivisionError
    assert list(building.iterdir()) == []
    assert (os.environ["TMPDIR"], os.environ.get("MPLCONFIGDIR"), tempfile.tempdir) == ("/no/such/folder", None, before)


def test_what_a_killed_run_left_is_deleted(building: Path) -> None:
    (building / "scratch" / "matplotlib").mkdir(parents=True)
    (building / "scratch" / "matplotlib" / "fonts.json").write_text("{}")
    with scratch(building):
        assert list((building / "scratch").iterdir()) == []
