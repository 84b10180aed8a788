"""Data sets with one field, from `init` to the report without any edit, each with a tiny configuration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmcli.artifacts import store
from mmcli.stages.init.stage import init

TINY = """
seed = 0

[preprocess]
image-size = 16
val = 0.2
test = 0.2

[train-gan]
kimg = 0.5
batch-size = 32
width = 8
ticks = 2
{more}
[generate]
num = 24
"""


Run = Callable[..., str]


def report_of(raw: Path, run_plan: Run, more: str = "") -> Path:
    """Make the project of a raw folder; returns its work folder."""
    project, _ = init(raw)
    (project / "tiny.toml").write_text(TINY.format(more=more))
    run_plan(project, "CONFIG=tiny.toml")
    return project / "work"


def kinds_in(work: Path) -> dict[str, str]:
    return {path.name: store.open_artifact(path).manifest.kind for path in work.iterdir() if not path.name.startswith(".")}


def scores_of(work: Path, field: str) -> dict[str, float]:
    found: dict[str, float] = store.open_artifact(work / f"6-scores-{field}").manifest.summary
    return found


def kinds_of(field: str) -> dict[str, str]:
    chain = {f"4-gan-{field}": "gan", f"5-samples-{field}": "samples", f"6-scores-{field}": "scores"}
    return {"1-dataset": "dataset", **chain, "report": "report"}


@pytest.mark.tf
def test_a_table_of_texts_makes_texts_from_nothing(tmp_path: Path, run_plan: Run) -> None:
    rng = np.random.default_rng(0)
    words = [["a", "the", "my"], ["small", "old", "red"], ["cat", "dog", "car", "house"], ["sleeps", "waits", "shines"]]
    lines = [" ".join(str(rng.choice(choice)) for choice in words) for _ in range(160)]
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "lines.csv").write_text("line\n" + "\n".join(lines) + "\n")
    work = report_of(tmp_path / "raw", run_plan, 'critic = "dense"\n')
    assert kinds_in(work) == kinds_of("line")
    gan = store.open_artifact(work / "4-gan-line").manifest
    assert (gan.summary["given"], [ref.kind for ref in gan.inputs]) == ([], ["dataset"])
    samples = [json.loads(line) for line in (work / "5-samples-line" / "metadata.jsonl").read_text().splitlines()]
    assert len(samples) == 24
    assert not any(key == "label" or key.startswith("given_") for line in samples for key in line)
    assert len({line.get("line") or line["line_file_name"] for line in samples}) > 1
    scores = scores_of(work, "line")
    assert {"frechet", "forward_bleu_2", "distinct_2", "copies"} <= scores.keys()
    assert not {"condition_accuracy", "diversity", "inception_score"} & scores.keys()  # nothing was asked for
    page = (work / "report" / "index.html").read_text()
    assert "train-gan" in page
    assert "given nothing" in page
    assert not any(words in page for words in ('class="box k-fused"', "from any of the other fields", "given label", "1 fields"))


@pytest.mark.tf
def test_class_folders_make_images_of_a_class(tmp_path: Path, run_plan: Run) -> None:
    from sklearn.datasets import load_digits

    digits = load_digits()
    for i in range(160):
        place = tmp_path / "raw" / str(digits.target[i] % 4)
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((digits.images[i] * 15.9).astype(np.uint8)).save(place / f"{i:04d}.png")
    work = report_of(tmp_path / "raw", run_plan, 'preset = "compact"\n')
    assert kinds_in(work) == kinds_of("image")
    assert store.open_artifact(work / "4-gan-image").manifest.summary["given"] == ["label"]
    labels = [json.loads(line)["label"] for line in (work / "5-samples-image" / "metadata.jsonl").read_text().splitlines()]
    assert len(labels) == 24
    assert set(labels) <= {"0", "1", "2", "3"}
    assert {"condition_accuracy", "diversity", "inception_score", "frechet"} <= scores_of(work, "image").keys()
    page = (work / "report" / "index.html").read_text()
    assert "classified as the requested label" in page
    assert "<b>image</b> by class, scored against real data" in page
    assert "given label" in page
    assert not any(words in page for words in ('class="box k-embeddings"', "given nothing"))
