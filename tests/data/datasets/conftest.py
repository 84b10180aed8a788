"""Publishers' layouts in small, written from scratch."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.core.ui import Ui
from mmcli.data.datasets.options import ImportConfig
from mmcli.stages.registry import runner

Files = Mapping[str, bytes | str]

import_data = runner("import")


def as_bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes files below a folder and returns it."""

    def make(files: Files, name: str = "source") -> Path:
        for path, content in files.items():
            target = tmp_path / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(as_bytes(content))
        return tmp_path / name

    return make


@pytest.fixture(params=["folder", "tar.gz", "zip"])
def source(request: pytest.FixtureRequest, tmp_path: Path, folder: Callable[..., Path]) -> Callable[[Files], Path]:
    """Writes files as a folder, a tar and a zip: an importer reads all three alike."""

    def make(files: Files) -> Path:
        path = tmp_path / f"source.{request.param}"
        if request.param == "folder":
            return folder(files)
        if request.param == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                for name, content in files.items():
                    archive.writestr(name, as_bytes(content))
        else:
            path.write_bytes(tar_bytes(files, "w:gz"))
        return path

    return make


def tar_bytes(files: Files, mode: str = "w") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(as_bytes(content))
            archive.addfile(info, io.BytesIO(as_bytes(content)))
    return packed.getvalue()


@pytest.fixture(name="tar_bytes")
def tar_bytes_fixture() -> Callable[..., bytes]:
    """Packs files into a tar."""
    return tar_bytes


class Imported:
    """A raw folder that an importer wrote."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.manifest = json.loads((out / "artifact.json").read_text())
        self.rows = [json.loads(line) for line in (out / "metadata.jsonl").read_text().split("\n") if line]
        self.rejects = [json.loads(line) for line in (out / "rejects.jsonl").read_text().split("\n") if line]

    def column(self, *names: str) -> list[Any]:
        if len(names) == 1:
            return [row.get(names[0]) for row in self.rows]
        return [tuple(row.get(name) for name in names) for row in self.rows]

    @property
    def splits(self) -> dict[str, int]:
        return self.manifest["counts"]["splits"]

    @property
    def codes(self) -> list[str]:
        return [row["code"] for row in self.rejects]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Imported]:
    """Imports a source with options."""

    def call(name: str, path: Path, second: Path | None = None, out: str = "raw", **options: Any) -> Imported:
        import_data(name, path, second, tmp_path / out, ImportConfig(**options), Ui(quiet=True))
        imported = Imported(tmp_path / out)
        counts = imported.manifest["counts"]
        assert counts["seen"] == counts["ok"] + counts["rejected"] + counts["left_out"]
        return imported

    return call


@pytest.fixture
def image() -> Callable[..., bytes]:
    """An image's file."""

    def make(kind: str = "PNG", value: int = 0, mode: str = "RGB") -> bytes:
        packed = io.BytesIO()
        Image.new(mode, (8, 6), value if mode == "L" else (value, value, value)).save(packed, kind)
        return packed.getvalue()

    return make


@pytest.fixture
def wav() -> Callable[..., bytes]:
    """A sound's file."""

    def make(kind: str = "WAV", rate: int = 8000, frames: int = 800) -> bytes:
        packed = io.BytesIO()
        soundfile.write(packed, np.sin(np.arange(frames) * 0.3).astype(np.float32) * 0.5, rate, format=kind, subtype="PCM_16")
        return packed.getvalue()

    return make
