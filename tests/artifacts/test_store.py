"""Begin, commit and open: what is kept, what is replaced, what is refused."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import mmcli
from mmcli.artifacts import jsonio, manifest, publish, store
from mmcli.core.errors import EnvironmentUnfitError, InputError, IntegrityError, UsageError


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_committed_artifact_reads_back(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    body = make(tmp_path / "out", 3)
    assert read_value(tmp_path / "out") == 3
    assert names(tmp_path) == [".out.lock", "out"]
    opened = store.open_artifact(tmp_path / "out", "dataset")
    assert (opened.id, opened.manifest) == (body.id, body)
    assert (opened.manifest.counts["records"], opened.manifest.versions["mmcli"]) == (30, mmcli.__version__)


def test_equal_runs_give_the_same_id_and_bytes(tmp_path: Path, make: Callable) -> None:
    first, second, other = make(tmp_path / "a", 1), make(tmp_path / "b", 1), make(tmp_path / "c", 2)
    assert first.id == second.id != other.id
    assert (tmp_path / "a" / "artifact.json").read_bytes() == (tmp_path / "b" / "artifact.json").read_bytes()


def test_up_to_date_touches_the_manifest_and_nothing_else(tmp_path: Path, make: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    for file in out.rglob("*"):
        os.utime(file, (1, 1))
    make(out, 1)
    assert (out / "artifact.json").stat().st_mtime > 1
    assert all(file.stat().st_mtime == 1 for file in out.rglob("*") if file.is_file() and file.name != "artifact.json")


def test_a_stale_artifact_is_rebuilt_without_force(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    make(tmp_path / "out", 1)
    make(tmp_path / "out", 2)
    assert read_value(tmp_path / "out") == 2
    assert names(tmp_path) == [".out.lock", "out"]


@pytest.mark.parametrize("harm", ["remove", "truncate", "manifest"])
def test_a_damaged_artifact_is_not_up_to_date(harm: str, tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    if harm == "manifest":
        (out / "artifact.json").write_text((out / "artifact.json").read_text().replace('"seed": 1', '"seed": 2'))
    elif harm == "remove":
        (out / "0.txt").unlink()
    else:
        os.truncate(out / "0.txt", 3)
    with pytest.raises(IntegrityError):
        store.open_artifact(out)
    make(out, 1)
    assert read_value(out) == 1


def test_a_flipped_bit_asks_for_force_and_force_mends_it(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    (out / "0.txt").write_text("9 " * 20)
    with pytest.raises(IntegrityError, match=r"SHA-256") as caught:
        store.open_artifact(out)
    assert "--force" in caught.value.fix
    make(out, 1, force=True)
    assert read_value(out) == 1


@pytest.mark.parametrize("force", [False, True])
def test_a_foreign_folder_is_never_touched(force: bool, tmp_path: Path, make: Callable) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError):
        make(tmp_path / "out", 1, force=force)
    assert names(tmp_path) == ["out"]
    assert names(tmp_path / "out") == ["thesis.tex"]


@pytest.mark.parametrize("body", ["", "{", "[]", '{"name": "another program"}', '{"schema": 1, "kind": "dataset", "files": {}}'])
def test_an_artifact_json_of_another_program_does_not_make_a_folder_ours(body: str, tmp_path: Path, make: Callable) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "artifact.json").write_text(body)
    with pytest.raises(UsageError):
        make(tmp_path / "out", 1, force=True)
    assert (tmp_path / "out" / "artifact.json").read_text() == body


@pytest.mark.parametrize("name", ["notes.txt", "fields/mine/photo.png", ".git/config"])
def test_a_file_that_the_user_put_into_an_artifact_is_never_deleted(name: str, tmp_path: Path, make: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    (out / name).parent.mkdir(parents=True, exist_ok=True)
    (out / name).write_text("mine")
    with pytest.raises(UsageError) as caught:
        make(out, 2, force=True)
    assert caught.value.where.endswith(name)
    assert (out / name).read_text() == "mine"
    with pytest.raises(IntegrityError, match="does not list"):
        store.open_artifact(out)


def test_what_file_browsers_leave_is_no_obstacle(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    (out / ".DS_Store").write_text("x")
    assert read_value(out) == 1
    make(out, 2)
    assert read_value(out) == 2


def test_an_artifact_of_another_kind_is_not_replaced(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    make(tmp_path / "out", 1)
    with pytest.raises(UsageError, match="is an artifact of kind dataset, not fused"):
        make(tmp_path / "out", 1, kind="fused", force=True)
    assert read_value(tmp_path / "out") == 1


def test_an_artifact_of_another_schema_is_ours_to_rebuild(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    body = jsonio.read(out / "artifact.json") | {"schema": 99}
    jsonio.write(out / "artifact.json", body)
    with pytest.raises(IntegrityError, match="schema 99"):
        store.open_artifact(out)
    make(out, 1)
    assert read_value(out) == 1


@pytest.mark.parametrize("what", ["link", "file", "dangling"])
def test_an_output_that_is_no_folder_is_refused(what: str, tmp_path: Path, make: Callable) -> None:
    (tmp_path / "real").mkdir()
    if what == "file":
        (tmp_path / "out").write_text("mine")
    else:
        (tmp_path / "out").symlink_to(tmp_path / ("real" if what == "link" else "nowhere"))
    with pytest.raises(UsageError, match="not a folder"):
        make(tmp_path / "out", 1)
    assert names(tmp_path) == ["out", "real"]


def test_an_artifact_behind_a_link_can_be_read_and_its_parent_may_be_one(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "work").symlink_to(tmp_path / "disk")
    make(tmp_path / "work" / "out", 1)
    (tmp_path / "alias").symlink_to(tmp_path / "disk" / "out")
    assert read_value(tmp_path / "alias") == read_value(tmp_path / "work" / "out") == 1


@pytest.mark.parametrize("where", ["", "below", ".."])
def test_an_output_that_touches_an_input_is_refused(where: str, tmp_path: Path, make: Callable, read_value: Callable) -> None:
    source = tmp_path / "work" / "in"
    make(source, 1)
    out = source / where
    with pytest.raises(UsageError):
        make(out, 2, inputs=[store.relative_input(source, out, "dataset", "x")])
    assert read_value(source) == 1
    assert not (source / "below").exists()


def test_the_work_of_an_interrupted_run_is_kept_for_the_same_plan_only(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def interrupted(value: int) -> bool:
        with store.begin(out, kind="gan", config={"value": value}, seed=0, inputs=[]) as build:
            (build.path / "checkpoint").mkdir(exist_ok=True)
            (build.path / "checkpoint" / "mine").write_text(str(value))
            return build.resumed

    assert [interrupted(1), interrupted(1), interrupted(2), interrupted(2), interrupted(1)] == [False, True, False, True, False]
    assert not out.exists()


def test_an_update_of_mmcli_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def resumed() -> bool:
        with store.begin(tmp_path / "out", kind="gan", config={}, seed=0, inputs=[]) as build:
            return build.resumed

    assert [resumed(), resumed()] == [False, True]
    monkeypatch.setattr(mmcli, "__version__", "99.0")
    assert resumed() is False


def test_clear_leaves_an_empty_folder_of_the_same_plan(tmp_path: Path) -> None:
    for _ in range(2):
        with store.begin(tmp_path / "out", kind="dataset", config={}, seed=0, inputs=[]) as build:
            build.clear()
            assert names(build.path) == ["plan.json"]
            assert not build.resumed
            (build.path / "work").mkdir()


def test_half_written_files_of_a_killed_run_are_not_published(tmp_path: Path) -> None:
    with store.begin(tmp_path / "out", kind="gan", config={}, seed=0, inputs=[]) as build:
        (build.path / "weights.safetensors.tmp").write_text("half")
        (build.path / "a.txt").write_text("whole")
        assert list(build.commit().files) == ["a.txt"]
    assert names(tmp_path / "out") == ["a.txt", "artifact.json"]


def test_a_building_folder_that_is_not_ours_is_left_alone(tmp_path: Path, make: Callable) -> None:
    (tmp_path / ".out.building").mkdir()
    (tmp_path / ".out.building" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError):
        make(tmp_path / "out", 1)
    assert (tmp_path / ".out.building" / "mine.txt").read_text() == "mine"


def test_numpy_values_and_nan_in_the_summary_are_written(tmp_path: Path) -> None:
    import numpy as np

    with store.begin(tmp_path / "out", kind="similarity", config={"pair": (1, 2)}, seed=0, inputs=[]) as build:
        build.commit(summary={"fid": np.float32(0.5), "kid": float("nan"), "rows": np.arange(2)}, counts={"ok": np.int64(3)})
    body = manifest.read_manifest(tmp_path / "out")
    assert (body.summary, body.counts) == ({"fid": 0.5, "kid": None, "rows": [0, 1]}, {"ok": 3})
    with store.begin(tmp_path / "out", kind="similarity", config={"pair": (1, 2)}, seed=0, inputs=[]) as build:
        assert build.up_to_date


def test_arguments_that_are_not_utf8_survive(tmp_path: Path) -> None:
    title = os.fsdecode(b"caf\xe9")
    for _ in range(2):
        with store.begin(tmp_path / title, kind="report", config={"title": title}, seed=0, inputs=[]) as build:
            if not build.up_to_date:
                build.commit()
    assert build.up_to_date
    assert manifest.read_manifest(tmp_path / title).config == {"title": title}


def test_many_files_are_committed(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    make(tmp_path / "out", 1, files=100)
    assert read_value(tmp_path / "out") == 1


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    with store.begin(out, kind="dataset", config={"value": 2}, seed=2, inputs=[]):
        with pytest.raises(EnvironmentUnfitError, match="another run"):
            make(out, 3)
        assert read_value(out) == 1


def test_work_whose_plan_cannot_be_read_is_not_deleted(tmp_path: Path, make: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    with store.begin(tmp_path / "out", kind="dataset", config={"value": 1}, seed=0, inputs=[]) as build:
        (build.path / "checkpoint").write_text("hours")

    read = jsonio.read

    def fail(path: Path, *limit: int) -> object:
        if path.name == publish.PLAN:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return read(path, *limit)

    monkeypatch.setattr(jsonio, "read", fail)
    with pytest.raises(EnvironmentUnfitError):
        make(tmp_path / "out", 1)
    assert (build.path / "checkpoint").read_text() == "hours"


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    code = (
        "import os, pathlib, signal, sys\n"
        "from mmcli.artifacts import store\n"
        "with store.begin(pathlib.Path(sys.argv[1]), kind='dataset', config={}, seed=0, inputs=[]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")]).returncode == -9
    assert names(tmp_path) == [".out.building", ".out.lock"]
    make(tmp_path / "out", 1)
    assert read_value(tmp_path / "out") == 1


def test_a_folder_without_a_manifest_is_incomplete(tmp_path: Path, make: Callable) -> None:
    make(tmp_path / "out", 1)
    (tmp_path / "out" / "artifact.json").unlink()
    with pytest.raises(InputError, match="incomplete"):
        store.open_artifact(tmp_path / "out")


def test_a_file_replaced_by_a_link_to_an_equal_file_is_refused(tmp_path: Path, make: Callable) -> None:
    out = tmp_path / "out"
    make(out, 1)
    shutil.move(out / "0.txt", tmp_path / "0.txt")
    (out / "0.txt").symlink_to(tmp_path / "0.txt")
    with pytest.raises(IntegrityError, match="missing"):
        store.open_artifact(out)


def test_only_listed_files_are_handed_out(tmp_path: Path, make: Callable) -> None:
    make(tmp_path / "out", 1)
    with pytest.raises(IntegrityError, match="no file"):
        store.open_artifact(tmp_path / "out").file("../secret")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path, make: Callable) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(EnvironmentUnfitError, match="not allowed"):
            make(tmp_path / "out", 1)
    finally:
        tmp_path.chmod(0o700)
