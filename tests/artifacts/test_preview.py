"""What can be seen of a build before it is finished, and what becomes of it."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from mmcli.artifacts import jsonio, publish, store
from mmcli.artifacts.store import Build
from mmcli.core.errors import InputError, UsageError
from mmcli.reporting import unfinished
from mmcli.stages.info.stage import describe

PAGE, SHEET = "live.html", "samples/000001.0.png"


def begin(out: Path, value: int = 1, *, kind: str = "report"):
    return store.begin(out, kind=kind, config={"value": value}, seed=0, inputs=[])


def write(build: Build, name: str, text: str) -> None:
    (build.path / name).parent.mkdir(exist_ok=True)
    (build.path / name).write_text(text)


def interrupted(out: Path, value: int = 1) -> None:
    """A run that shows a page and a sheet, and is killed."""
    with begin(out, value) as build:
        write(build, PAGE, f"page {value}")
        write(build, SHEET, f"sheet {value}")
        build.preview.show(PAGE, SHEET)


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_files_are_seen_in_the_output_folder_and_follow_the_build(tmp_path: Path) -> None:
    out = tmp_path / "gan"
    with begin(out) as build:
        preview = build.preview
        assert (preview.folder, out.exists()) == (out, False)
        write(build, PAGE, "first")
        preview.show(PAGE)
        assert (out / PAGE).read_text() == "first"
        (build.path / "new").write_text("second")
        os.replace(build.path / "new", build.path / PAGE)
        preview.show(PAGE)
        assert (out / PAGE).read_text() == "second"
        assert files(out) == {PAGE, publish.PLAN}


def test_the_artifact_takes_the_place_of_its_preview(tmp_path: Path) -> None:
    out = tmp_path / "gan"
    interrupted(out)
    with begin(out) as build:
        assert build.resumed
        build.commit()
    assert files(out) == {"artifact.json", PAGE, SHEET}
    assert (out / SHEET).read_text() == "sheet 1"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".gan.lock", "gan"]
    assert store.open_artifact(out, "report").manifest.files.keys() == {PAGE, SHEET}


def test_a_preview_is_no_artifact(tmp_path: Path) -> None:
    interrupted(tmp_path / "gan")
    with pytest.raises(InputError, match="incomplete or not an artifact"):
        store.open_artifact(tmp_path / "gan")
    with pytest.raises(InputError, match=r"not finished: the run that creates it \(report\)"):
        describe(tmp_path / "gan")
    assert [(row["name"], row["problem"]) for row in describe(tmp_path)["artifacts"]] == [("gan", "not finished")]


def test_builds_are_found_by_plans_that_can_be_read(tmp_path: Path) -> None:
    interrupted(tmp_path / "gan")
    plans = {"else": "[1]", "torn": "{", "none": '{"kind": 1}', ".": '{"kind": "gan"}'}
    for name, plan in ((f".{name}.building", plan) for name, plan in plans.items()):
        (tmp_path / name).mkdir()
        (tmp_path / name / publish.PLAN).write_text(plan)
    (tmp_path / ".empty.building").mkdir()
    assert [(out.name, plan["kind"], plan["config"]) for out, plan in publish.builds(tmp_path)] == [("gan", "report", {"value": 1})]


def test_a_build_that_ends_while_it_is_read_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(tmp_path / "gan")
    read = jsonio.read

    def read_once(path: Path) -> object:
        found = read(path)
        shutil.rmtree(path.parent)
        return found

    monkeypatch.setattr(jsonio, "read", read_once)
    (item,) = unfinished.find(tmp_path, {"report"})
    assert (item.name, item.kind, len(item.state())) == ("gan", "report", 64)
    assert unfinished.find(tmp_path, {"report"}) == []


def test_a_run_with_other_options_shows_nothing_of_the_last(tmp_path: Path) -> None:
    out = tmp_path / "gan"
    interrupted(out)
    with begin(out, 2) as build:
        assert not build.resumed
        assert not out.exists()
        write(build, PAGE, "page 2")
        build.preview.show(PAGE)
        assert files(out) == {PAGE, publish.PLAN}


def test_an_older_artifact_stays_whole(tmp_path: Path) -> None:
    out = tmp_path / "gan"
    with begin(out) as build:
        write(build, PAGE, "old")
        build.commit()
    with begin(out, 2) as build:
        write(build, PAGE, "new")
        preview = build.preview
        preview.show(PAGE)
        assert preview.folder == build.path
        assert (out / PAGE).read_text() == "old"
        store.open_artifact(out, "report")


@pytest.mark.parametrize("place", ["notes.txt", "samples/notes.txt"])
def test_a_file_of_the_user_is_never_lost(place: str, tmp_path: Path) -> None:
    out = tmp_path / "gan"
    interrupted(out)
    (out / place).write_text("mine")
    for value in (1, 2):
        with pytest.raises(UsageError, match="a file that does not belong to the artifact"), begin(out, value):
            pass
    assert (out / place).read_text() == "mine"


def test_a_preview_of_another_kind_is_not_replaced(tmp_path: Path) -> None:
    interrupted(tmp_path / "gan")
    with pytest.raises(UsageError, match="is an artifact of kind report, not dataset"), begin(tmp_path / "gan", kind="dataset"):
        pass


def test_a_plan_of_another_program_is_no_preview(tmp_path: Path) -> None:
    (tmp_path / "gan").mkdir()
    (tmp_path / "gan" / publish.PLAN).write_text('{"kind": "report"}')
    with pytest.raises(UsageError, match="was not made by mmcli"), begin(tmp_path / "gan"):
        pass


def test_what_is_left_of_a_preview_is_never_resumed(tmp_path: Path) -> None:
    """A run that dies after publishing leaves the preview in the build folder's place."""
    out = tmp_path / "gan"
    interrupted(out)
    shutil.rmtree(publish.sibling(out, "building"))
    os.rename(out, publish.sibling(out, "building"))
    with begin(out) as build:
        assert not build.resumed
        assert files(build.path) == {publish.PLAN}


def test_without_links_files_are_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links")

    monkeypatch.setattr(os, "link", no_links)
    interrupted(tmp_path / "gan")
    assert (tmp_path / "gan" / SHEET).read_text() == "sheet 1"
