"""Small raw folders with all three modalities."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Outcome
from mmcli.stages.registry import config_of, runner

preprocess = runner("preprocess")


WORDS = ("red", "green", "blue", "big", "small", "cat", "dog", "house")


def _write_raw(folder: Path, count: int = 24, *, colour: bool = True) -> Path:
    """A metadata folder of `count` records with a photo, a sound and a caption each."""
    (folder / "m").mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = []
    for i in range(count):
        pixels = rng.integers(0, 255, (20, 30, 3 if colour else 1), dtype=np.uint8)
        Image.fromarray(pixels if colour else pixels[..., 0]).save(folder / "m" / f"{i}.png")
        wave = np.sin(np.arange(6000) * (0.05 + 0.01 * i)) * 0.5
        soundfile.write(folder / "m" / f"{i}.wav", wave, 8000)
        words = " ".join(rng.choice(WORDS, 4))
        rows.append({"id": f"r{i:03d}", "photo_file_name": f"m/{i}.png", "sound_file_name": f"m/{i}.wav", "caption": f"A {words}."})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n")
    return folder


@pytest.fixture
def write_raw() -> Callable[..., Path]:
    return _write_raw


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    return _write_raw(tmp_path / "raw")


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Outcome]:
    """Run the stage into `tmp_path/ds`."""

    def run(raw: Path, out: str = "ds", **options: object) -> Outcome:
        return preprocess(raw, tmp_path / out, config_of("preprocess")(**{"workers": 1, **options}), Ui(quiet=True))

    return run
