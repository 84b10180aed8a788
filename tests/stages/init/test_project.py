"""`init` writes a project for a folder of the user's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from mmcli.core import values
from mmcli.core.errors import InputError, UsageError
from mmcli.stages.init.stage import FILES, init
from mmcli.stages.registry import config_of

PROGRAM = "echo mmcli"  # says a version without a start of Python


def planned(project: Path, *variables: str) -> list[str]:
    """The commands that make would run."""
    command = ["make", "-n", "-C", project, f"MMCLI={PROGRAM}", *variables]
    plan = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [line.removeprefix(PROGRAM).strip() for line in plan.splitlines() if line.startswith(PROGRAM)]


def stages(commands: list[str]) -> list[str]:
    return [command.split()[0] for command in commands]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "my photos"
    folder.mkdir()
    for i in range(20):
        Image.new("RGB", (40, 30), (i * 12, 100, 100)).save(folder / f"{i:04d}.jpg")
        (folder / f"{i:04d}.txt").write_text(f"a colour of strength {i}")
    return folder


def test_it_finds_the_fields_and_writes_three_files_beside_the_folder(photos: Path) -> None:
    before = sorted(path.name for path in photos.iterdir())
    project, plan = init(photos)
    assert project == photos.with_name("my photos-mmcli")
    assert sorted(path.name for path in project.iterdir()) == sorted(FILES)
    assert (plan.survey.fields, plan.survey.num_records, plan.target) == ({"text": "text", "image": "image"}, 20, "image")
    assert sorted(path.name for path in photos.iterdir()) == before
    assert "'a colour of strength 0'" in (project / "README.md").read_text()


def test_the_configuration_holds_options_that_exist(photos: Path) -> None:
    project, _ = init(photos)
    body = tomllib.loads((project / "mmcli.toml").read_text())
    stages = ("preprocess", "embed", "fuse", "train-gan", "generate")
    assert body.keys() - {"seed"} == set(stages)
    for stage in stages:
        values.resolve(config_of(stage), stage, {}, {}, body[stage], stage)


def test_nothing_of_the_template_is_left(photos: Path) -> None:
    project, _ = init(photos)
    for name in FILES:
        assert not re.search("@[A-Z_]+@", (project / name).read_text())


@pytest.mark.parametrize("name", ["my photos", "photos"])
def test_make_plans_the_whole_chain(photos: Path, name: str) -> None:
    folder = photos.rename(photos.with_name(name))
    project, _ = init(folder)
    commands = planned(project)
    assert stages(commands) == ["preprocess", "embed", "fuse", "train-gan", "generate", "evaluate", "report"]
    assert f'"../{name}"' in commands[0]


def test_a_file_that_exists_is_never_overwritten(photos: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "README.md").write_text("mine")
    with pytest.raises(UsageError, match=r"README.md already exists"):
        init(photos, project)
    assert [path.name for path in project.iterdir()] == ["README.md"]
    assert (project / "README.md").read_text() == "mine"


def test_another_target_can_be_named(photos: Path, tmp_path: Path) -> None:
    project, plan = init(photos, tmp_path / "project", "text")
    assert (plan.target, plan.why) == ("text", "as asked")
    assert "TARGET ?= text\nGIVEN ?= image\n" in (project / "Makefile").read_text()
    assert re.search(r"--image '?\.\./my photos/0000\.jpg", (project / "README.md").read_text())
    with pytest.raises(UsageError, match="no field"):
        init(photos, tmp_path / "other", "sound")


ALONE = ["preprocess", "train-gan", "generate", "evaluate", "report"]


def test_a_field_alone_is_made_without_embed_and_fuse(photos: Path) -> None:
    for path in photos.glob("*.txt"):
        path.unlink()
    project, plan = init(photos)
    assert (plan.survey.fields, plan.target) == ({"image": "image"}, "image")
    commands = planned(project)
    assert stages(commands) == ALONE
    assert "--target image --given none" in commands[1]
    assert "--from" not in commands[2]
    body = tomllib.loads((project / "mmcli.toml").read_text())
    assert body.keys() == {"seed", "preprocess", "train-gan", "generate"}
    assert "mmcli generate work/4-gan-image --num 16 -o work/more" in (project / "README.md").read_text()
    for name in FILES:
        assert not re.search("@[A-Z_]+@", (project / name).read_text())


def test_class_folders_condition_on_the_class(photos: Path) -> None:
    for i, path in enumerate(sorted(photos.glob("*.jpg"))):
        (photos / f"class {i % 2}").mkdir(exist_ok=True)
        path.rename(photos / f"class {i % 2}" / path.name)
    for path in photos.glob("*.txt"):
        path.unlink()
    project, plan = init(photos)
    assert plan.survey.labels == {"class 0": 10, "class 1": 10}
    commands = planned(project)
    assert stages(commands) == ALONE
    assert "--given label" in commands[1]
    assert "--from work/1-dataset" in commands[2]
    assert "--from" not in planned(project, "GIVEN=none")[2]
    assert "--label 'class 0'" in (project / "README.md").read_text()


def test_labels_that_hardly_repeat_are_no_classes(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("text,label\n" + "".join(f"word {i},l{i}\n" for i in range(20)))
    project, _ = init(tmp_path / "raw")
    assert "--given none" in planned(project)[1]


@pytest.mark.parametrize("alone", [False, True])
def test_a_table_of_texts(tmp_path: Path, alone: bool) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    table = raw / "jokes.csv"
    table.write_text("joke\n" + "".join(f"word {i}\n" for i in range(20)))
    project, plan = init(table, tmp_path / "project") if alone else init(raw)
    assert (plan.survey.fields, plan.target, plan.survey.num_records) == ({"joke": "text"}, "joke", 20)
    assert stages(planned(project)) == ALONE
    assert f'"../raw{"/jokes.csv" if alone else ""}"' in planned(project)[0]


def test_a_project_beside_a_table_is_called_after_it(tmp_path: Path) -> None:
    (tmp_path / "jokes.csv").write_text("joke\na b\nc d\n")
    assert init(tmp_path / "jokes.csv")[0] == tmp_path / "jokes.csv-mmcli"


def test_a_folder_that_nothing_can_be_made_of_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("text,split\nhello,nonsense\n")
    with pytest.raises(InputError, match="no record") as caught:
        init(tmp_path / "raw")
    assert "mmcli validate" in caught.value.fix


def test_make_runs_the_program_that_init_ran_as(photos: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = tmp_path / "my $bin#" / "mmcli"
    script.parent.mkdir()
    script.write_text('#!/bin/sh\necho "I am $0"\n')
    script.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(script), "init"])
    project, _ = init(photos)
    done = subprocess.run(["make", "-s", "-C", project, "check"], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"I am {script}\n")


def test_started_in_another_way_make_runs_it_by_python(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["notebook.py"])
    project, _ = init(photos)
    assert f"MMCLI ?= {sys.executable} -m mmcli\n" in (project / "Makefile").read_text()


def test_a_program_that_is_gone_is_an_error_with_a_fix(photos: Path) -> None:
    project, _ = init(photos)
    command = ["make", "-C", project, "MMCLI=/no/such/mmcli"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "mmcli cannot be run as: /no/such/mmcli. Fix: install it again, or name it: make MMCLI=" in done.stderr
    assert subprocess.run([*command, "clean"], capture_output=True).returncode == 0
    fixed = subprocess.run([*command[:3], "-n", f"MMCLI={PROGRAM}"], capture_output=True, text=True)
    assert (fixed.returncode, fixed.stderr) == (0, "")


@pytest.mark.parametrize("name", ["my photos", "photos"])
@pytest.mark.parametrize("change", ["new file", "removed file", "changed file", "configuration", "none"])
def test_make_notices_what_changed_also_below_class_folders(photos: Path, name: str, change: str) -> None:
    raw = photos.rename(photos.with_name(name))
    (raw / "class").mkdir()
    for path in raw.glob("*.jpg"):
        path.rename(raw / "class" / path.name)
    for path in raw.glob("*.txt"):
        path.unlink()
    project, _ = init(raw)
    for path in (raw, *raw.rglob("*"), *project.iterdir()):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    for step in ("1-dataset", "4-gan-image", "5-samples-image", "6-scores-image", "report"):
        artifact = project / "work" / step / "artifact.json"
        artifact.parent.mkdir(parents=True)
        artifact.write_text("{}")
    assert planned(project) == []
    if change == "new file":  # older than the data set, as a copy with its time may be
        shutil.copy2(raw / "class" / "0000.jpg", raw / "class" / "new.jpg")
    elif change == "removed file":
        (raw / "class" / "0000.jpg").unlink()
    elif change == "changed file":
        (raw / "class" / "0000.jpg").write_bytes(b"other")
    elif change == "configuration":
        (project / "mmcli.toml").touch()
    for path in (raw, *raw.rglob("*"), *project.iterdir()):
        if path.stat().st_mtime > 1_000_000_000:
            os.utime(path, (5_000_000_000, 5_000_000_000))  # whatever the resolution of the clock
    assert stages(planned(project)) == ([] if change == "none" else ALONE)


def test_another_target_is_made_beside_the_first(photos: Path) -> None:
    project, _ = init(photos)
    for step in ("1-dataset", "2-embeddings", "3-fused", "4-gan-image", "5-samples-image", "6-scores-image", "report"):
        artifact = project / "work" / step / "artifact.json"
        artifact.parent.mkdir(parents=True)
        artifact.write_text("{}")
    assert planned(project) == []
    assert stages(planned(project, "TARGET=text", "GIVEN=image")) == ["train-gan", "generate", "evaluate", "report"]


def test_the_project_may_not_lie_in_the_raw_folder(photos: Path) -> None:
    with pytest.raises(UsageError, match="inside"):
        init(photos, photos / "project")


def test_a_path_that_make_would_misread_is_refused(photos: Path) -> None:
    odd = photos.with_name("photos $(rm -rf x)#")
    shutil.move(photos, odd)
    with pytest.raises(UsageError, match="make"):
        init(odd)
