"""Checks on output paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmcli.artifacts import paths
from mmcli.core.errors import UsageError


def test_relative_and_odd_paths_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    assert paths.absolute(Path("x")) == tmp_path / "a" / "x"
    assert paths.absolute(Path()) == tmp_path / "a"
    assert paths.absolute(Path("..")) == tmp_path
    assert paths.absolute(Path("../b/../c")) == tmp_path / "c"


def test_links_are_followed_in_the_parent_only(tmp_path: Path) -> None:
    (tmp_path / "real" / "below").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    assert paths.absolute(tmp_path / "link" / "below" / ".." / "x") == tmp_path / "real" / "x"
    assert paths.absolute(tmp_path / "link") == tmp_path / "link"


@pytest.mark.parametrize("path", ["/", "//", "/..", "/tmp/../"])
def test_the_root_is_no_output(path: str) -> None:
    if Path(path).resolve() != Path("/"):
        pytest.skip("not the root here")
    with pytest.raises(UsageError, match="root"):
        paths.absolute(Path(path))


def test_nesting_is_seen_through_links(tmp_path: Path) -> None:
    (tmp_path / "in" / "below").mkdir(parents=True)
    (tmp_path / "alias").symlink_to("in")
    for out in ("in", "alias", "in/out", "alias/out", "."):
        with pytest.raises(UsageError):
            paths.check_nesting(tmp_path / out, tmp_path / "in", "RAW")
    paths.check_nesting(tmp_path / "alias" / "out", tmp_path / "in", "RAW", inside=True)
    paths.check_nesting(tmp_path / "in-2", tmp_path / "in", "RAW")


def test_a_loop_of_links_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    paths.check_nesting(tmp_path / "out", tmp_path / "a", "RAW")
    assert paths.absolute(tmp_path / "a").name == "a"
