"""Models of other programs are refused by name and by content, and never opened."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import pytest

from mmcli.artifacts import foreign, store
from mmcli.core.errors import InputError, SafetyError


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("config.json", "{}")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("model.pkl", b"anything"),
        ("model.PT", b"anything"),
        ("model.joblib", b""),
        ("model.h5", b"\x89HDF\r\n\x1a\n"),
        ("model.keras", archive()),
        ("renamed.txt", archive()),
        ("renamed.txt", b"\x89HDF\r\n\x1a\nrest"),
        *((f"renamed-{protocol}", pickle.dumps({"a": 1}, protocol)) for protocol in (2, 3, 4, 5)),
    ],
)
def test_a_file_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SafetyError) as caught:
        store.open_artifact(tmp_path / name, "gan")
    assert caught.value.exit_code == 6
    assert "mmcli train-gan" in caught.value.fix


def test_a_saved_model_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(SafetyError, match="SavedModel"):
        store.open_artifact(tmp_path)


def test_other_files_are_only_no_artifacts(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    foreign.refuse(tmp_path / "notes.txt")
    with pytest.raises(InputError):
        store.open_artifact(tmp_path / "notes.txt")
