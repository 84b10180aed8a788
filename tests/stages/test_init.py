"""`init` writes a project for a folder of the user's own."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from mmcli.core import values
from mmcli.core.errors import InputError, UsageError
from mmcli.stages.init.settings import settings_for
from mmcli.stages.init.stage import FILES, init
from mmcli.stages.registry import config_of


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
    project, survey, target = init(photos)
    assert project == photos.with_name("my photos-mmcli")
    assert sorted(path.name for path in project.iterdir()) == sorted(FILES)
    assert (survey.fields, survey.num_records, target) == ({"text": "text", "image": "image"}, 20, "image")
    assert sorted(path.name for path in photos.iterdir()) == before
    assert "'a colour of strength 0'" in (project / "README.md").read_text()


def test_the_configuration_holds_options_that_exist(photos: Path) -> None:
    project, _, _ = init(photos)
    body = tomllib.loads((project / "mmcli.toml").read_text())
    stages = ("preprocess", "embed", "fuse", "train-gan", "generate")
    assert body.keys() - {"seed"} == set(stages)
    for stage in stages:
        values.resolve(config_of(stage), stage, {}, {}, body[stage], stage)


def test_nothing_of_the_template_is_left(photos: Path) -> None:
    project, _, _ = init(photos)
    for name in FILES:
        assert not re.search("@[A-Z_]+@", (project / name).read_text())


@pytest.mark.parametrize("name", ["my photos", "photos"])
def test_make_plans_the_whole_chain(photos: Path, name: str) -> None:
    folder = photos.rename(photos.with_name(name))
    project, _, _ = init(folder)
    plan = subprocess.run(["make", "-n", "-C", project], capture_output=True, text=True, check=True).stdout
    stages = re.findall(r"^mmcli ([a-z-]+)", plan, re.MULTILINE)
    assert stages == ["preprocess", "embed", "fuse", "train-gan", "generate", "evaluate", "report"]
    assert f'"../{name}"' in plan


def test_a_file_that_exists_is_never_overwritten(photos: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "README.md").write_text("mine")
    with pytest.raises(UsageError, match=r"README.md already exists"):
        init(photos, project)
    assert [path.name for path in project.iterdir()] == ["README.md"]
    assert (project / "README.md").read_text() == "mine"


def test_another_target_can_be_named(photos: Path, tmp_path: Path) -> None:
    project, _, target = init(photos, tmp_path / "project", "text")
    assert target == "text"
    assert "TARGET ?= text\nGIVEN ?= image\n" in (project / "Makefile").read_text()
    assert re.search(r"--image '?\.\./my photos/0000\.jpg", (project / "README.md").read_text())
    with pytest.raises(UsageError, match="no field"):
        init(photos, tmp_path / "other", "sound")


def planned(project: Path, *variables: str) -> list[str]:
    """The commands that make would run."""
    plan = subprocess.run(["make", "-n", "-C", project, *variables], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^mmcli .*", plan, re.MULTILINE)


def stages(commands: list[str]) -> list[str]:
    return [command.split()[1] for command in commands]


ALONE = ["preprocess", "train-gan", "generate", "evaluate", "report"]


def test_a_field_alone_is_made_without_embed_and_fuse(photos: Path) -> None:
    for path in photos.glob("*.txt"):
        path.unlink()
    project, survey, target = init(photos)
    assert (survey.fields, target) == ({"image": "image"}, "image")
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
    project, survey, _ = init(photos)
    assert survey.labels == {"class 0": 10, "class 1": 10}
    commands = planned(project)
    assert stages(commands) == ALONE
    assert "--given label" in commands[1]
    assert "--from work/1-dataset" in commands[2]
    assert "--from" not in planned(project, "GIVEN=none")[2]
    assert "--label 'class 0'" in (project / "README.md").read_text()


def test_labels_that_hardly_repeat_are_no_classes(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("text,label\n" + "".join(f"word {i},l{i}\n" for i in range(20)))
    project, _, _ = init(tmp_path / "raw")
    assert "--given none" in planned(project)[1]


@pytest.mark.parametrize("alone", [False, True])
def test_a_table_of_texts(tmp_path: Path, alone: bool) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    table = raw / "jokes.csv"
    table.write_text("joke\n" + "".join(f"word {i}\n" for i in range(20)))
    project, survey, target = init(table, tmp_path / "project") if alone else init(raw)
    assert (survey.fields, target, survey.num_records) == ({"joke": "text"}, "joke", 20)
    assert stages(planned(project)) == ALONE
    assert f'"../raw{"/jokes.csv" if alone else ""}"' in planned(project)[0]
    watched = "$(RAW)" if alone else "$(RAW) $(wildcard $(RAW)/metadata.* $(RAW)/jokes.csv)"
    assert f"1-dataset/artifact.json: $(CONFIG) {watched}\n" in (project / "Makefile").read_text()


def test_a_project_beside_a_table_is_called_after_it(tmp_path: Path) -> None:
    (tmp_path / "jokes.csv").write_text("joke\na b\nc d\n")
    assert init(tmp_path / "jokes.csv")[0] == tmp_path / "jokes.csv-mmcli"


def test_a_folder_that_nothing_can_be_made_of_is_refused(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("text,split\nhello,nonsense\n")
    with pytest.raises(InputError, match="no record") as caught:
        init(tmp_path / "raw")
    assert "mmcli validate" in caught.value.fix


def test_the_project_may_not_lie_in_the_raw_folder(photos: Path) -> None:
    with pytest.raises(UsageError, match="inside"):
        init(photos, photos / "project")


def test_a_path_that_make_would_misread_is_refused(photos: Path) -> None:
    odd = photos.with_name("photos $(rm -rf x)#")
    shutil.move(photos, odd)
    with pytest.raises(UsageError, match="make"):
        init(odd)


def test_very_few_records_keep_the_smaller_held_out_splits() -> None:
    assert "test = 0.2" not in settings_for(20, 20, {"photo": "image"})["PREPROCESS"]
    assert "test = 0.2" in settings_for(100, 100, {"photo": "image"})["PREPROCESS"]
    assert "test = 0.2" not in settings_for(1000, 1000, {"photo": "image"})["PREPROCESS"]
