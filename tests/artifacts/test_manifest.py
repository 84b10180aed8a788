"""`artifact.json`: what is accepted, what is refused, and with which error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.artifacts import jsonio, manifest
from mmcli.core.errors import EnvironmentUnfitError, InputError, IntegrityError, SafetyError


@pytest.fixture
def out(tmp_path: Path, make: Callable) -> Path:
    make(tmp_path / "out", 1)
    return tmp_path / "out"


def edit(out: Path, change: Callable[[dict[str, Any]], object]) -> None:
    body = jsonio.read(out / "artifact.json")
    change(body)
    jsonio.write(out / "artifact.json", body)


@pytest.mark.parametrize("key", ["kind", "id", "config", "seed", "files", "fields", "counts", "summary", "versions", "inputs", "checksum"])
def test_a_missing_or_changed_key_is_found(key: str, out: Path) -> None:
    whole = (out / "artifact.json").read_bytes()
    for change in (lambda body: body.pop(key), lambda body: body.update({key: None}), lambda body: body.update({key: {"edited": 1}})):
        edit(out, change)
        with pytest.raises(IntegrityError):
            manifest.read_manifest(out)
        (out / "artifact.json").write_bytes(whole)


@pytest.mark.parametrize("key", ["size", "sha256"])
def test_an_edited_entry_of_a_file_is_found_without_reading_the_file(key: str, out: Path) -> None:
    edit(out, lambda body: body["files"]["0.txt"].update({key: 7 if key == "size" else "0" * 64}))
    with pytest.raises(IntegrityError, match="was modified"):
        manifest.read_manifest(out)


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "null", '{"schema": 1', '{"schema": NaN}', "[" * 100_000])
def test_text_that_is_no_manifest_is_damage(text: str, out: Path) -> None:
    (out / "artifact.json").write_text(text)
    with pytest.raises(IntegrityError):
        manifest.read_manifest(out)


@pytest.mark.parametrize("schema", [0, 1, 3, 99, "2", None, [2], True])
def test_another_schema_is_named(schema: object, out: Path) -> None:
    edit(out, lambda body: body.update(schema=schema))
    with pytest.raises(IntegrityError, match="this version of mmcli reads 2"):
        manifest.read_manifest(out)


@pytest.mark.parametrize(
    ("kind", "inputs", "command"),
    [
        ("dataset", ["raw"], "preprocess {0}/raw"),
        ("embeddings", ["1-dataset"], "embed {0}/1-dataset"),
        ("fused", ["2-embeddings"], "fuse {0}/2-embeddings"),
        ("gan", ["1-dataset", "3-fused"], "train-gan {0}/1-dataset {0}/3-fused"),
        ("samples", ["4-gan", "1-dataset"], "generate {0}/4-gan"),
        ("scores", ["5-samples", "../1-dataset"], "evaluate {0}/5-samples {1}/1-dataset"),
    ],
)
def test_an_artifact_of_an_earlier_version_is_refused_with_the_command_that_rebuilds_it(
    kind: str, inputs: list[str], command: str, tmp_path: Path, make: Callable
) -> None:
    refs = [manifest.InputRef("x", "0", path) for path in inputs]
    folder = tmp_path / "work" / "out"
    (tmp_path / "work").mkdir()
    make(folder, 1, kind=kind, inputs=refs)
    edit(folder, lambda body: body.update(schema=1))
    with pytest.raises(IntegrityError, match="earlier version") as caught:
        manifest.read_manifest(folder, expected=(kind,))
    assert caught.value.exit_code == 5
    assert caught.value.fix.startswith(f"mmcli {command.format(tmp_path / 'work', tmp_path)} -o {folder},")


@pytest.mark.parametrize(
    "change",
    [{"kind": "judge"}, {"kind": None}, {"kind": []}, {"inputs": None}, {"inputs": [1]}, {"inputs": [{"path": 3}]}, {"inputs": []}],
)
def test_a_damaged_manifest_of_an_earlier_version_names_no_command(change: dict[str, Any], out: Path) -> None:
    edit(out, lambda body: body.update({"schema": 1, **change}))
    with pytest.raises(IntegrityError, match="earlier version") as caught:
        manifest.read_manifest(out)
    assert caught.value.fix.startswith("rerun the stage that made it")


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/etc/passwd", "C:\\x", "C:x", "a\\b", "file:///etc/passwd", "a\0b", "", ".", "a//b", "./a", "a/"],
)
def test_a_path_that_leaves_the_folder_is_refused_for_safety(name: str, out: Path) -> None:
    edit(out, lambda body: body["files"].update({name: {"size": 1, "sha256": "0" * 64}}))
    with pytest.raises(SafetyError):
        manifest.read_manifest(out)


@pytest.mark.parametrize("name", ["a", "fields/photo.npy", "a..b/c", "deep/er/and/er", "with space", "naïve.txt"])
def test_plain_relative_paths_are_accepted(name: str) -> None:
    assert manifest._lies_inside(name)


def test_the_wrong_kind_names_both(out: Path) -> None:
    with pytest.raises(IntegrityError, match="expected gan or fused, found dataset"):
        manifest.read_manifest(out, expected=("gan", "fused"))


def test_missing_folders_and_files_are_input_errors(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / "empty").mkdir()
    for name in ("none", "file.txt", "empty"):
        with pytest.raises(InputError):
            manifest.read_manifest(tmp_path / name)


def test_diagnostics_are_checked_but_do_not_change_the_id() -> None:
    def body(**files: str) -> manifest.Manifest:
        entries = {name.replace("_", "."): {"size": 1, "sha256": digest} for name, digest in files.items()}
        return manifest.Manifest("gan", {}, 0, [], entries)

    assert body(a_txt="1", log_txt="2").digest() == body(a_txt="1", log_txt="3", metrics_jsonl="4").digest()
    assert body(a_txt="1").digest() != body(a_txt="2").digest()


def test_a_manifest_that_could_not_be_read_again_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "MAX_BYTES", 100)
    with pytest.raises(EnvironmentUnfitError, match="too many"):
        manifest.write_manifest(tmp_path, manifest.Manifest("raw", {}, 0, [], {}))
    assert list(tmp_path.iterdir()) == []


def test_links_to_folders_count_as_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x").write_text("x")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert manifest.list_files(tmp_path) == ["a/x", "b"]


def test_versions_name_what_is_installed() -> None:
    found = manifest.library_versions(("numpy", "no-such-distribution"))
    assert set(found) == {"mmcli", "numpy"}
