"""`embed` and what follows it, of a data set with one field."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import mmcli
from mmcli.artifacts import arrays, records
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import config_of, runner

embed = runner("embed")


TINY: dict[str, Any] = {"epochs": 20, "dim": 16, "tokens": 2, "batch_size": 32}


def digits(folder: Path, count: int, classes: bool = True) -> Path:
    """Handwritten digits in a folder per class."""
    from sklearn.datasets import load_digits

    found = load_digits()
    for i in range(count):
        place = folder / str(found.target[i]) if classes else folder
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray((found.images[i] * 15.9).astype(np.uint8)).save(place / f"{i:04d}.png")
    return folder


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("digits")
    outcome = mmcli.preprocess(digits(root / "raw", 200), out=root / "dataset", image_size=16, test=0.2)
    assert f"train-gan {root / 'dataset'} --target image" in outcome.next
    return root / "dataset"


@pytest.fixture(scope="module")
def embeddings(dataset: Path) -> Path:
    out = dataset.parent / "embeddings"
    mmcli.embed(dataset, out=out, **TINY, positives="duplicates")
    return out


@pytest.mark.tf
def test_it_has_vectors_probes_and_no_retrieval_between_fields(embeddings: Path) -> None:
    summary = json.loads((embeddings / "artifact.json").read_text())["summary"]
    assert {"retrieval", "r1", "alignment"} & {key for key, value in summary.items() if value} == set()
    assert summary["views"]["R@1"] > 2 * summary["views"]["chance_R@1"]
    assert summary["probes"]["image"] > 0.3
    vectors = arrays.load(embeddings / "vectors" / "image.npy")
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)


@pytest.mark.tf
def test_search_classify_and_similarity_stay_within_the_field(embeddings: Path, dataset: Path, tmp_path: Path) -> None:
    raw = dataset.parent / "raw"
    table = records.read(dataset)
    query = raw / f"{table.ids[0]}.png"
    found = mmcli.search(embeddings, image=[query], top=3)
    first = found.body["results"][0]["hits"][0]
    assert (first["id"], round(first["score"], 4)) == (table.ids[0], 1.0)
    assert mmcli.classify(embeddings, out=tmp_path / "c", method="probe").summary["accuracy"] > 0.3
    assert mmcli.similarity(embeddings, out=tmp_path / "s").summary["mean_cosine_of_the_diagonal"] == pytest.approx(1.0, abs=1e-5)
    with pytest.raises(UsageError, match="zero-shot classification needs a text field") as caught:
        mmcli.classify(embeddings, out=tmp_path / "z")
    assert "--method probe" in caught.value.fix
    with pytest.raises(InputError, match="the only one"):
        mmcli.search(embeddings, eval=True)


@pytest.mark.tf
def test_fuse_says_that_there_is_nothing_to_fuse(embeddings: Path, tmp_path: Path) -> None:
    outcome = mmcli.fuse(embeddings, out=tmp_path / "fused", epochs=1)
    assert any("nothing to fuse" in text and "train-gan DATASET --target image" in text for text in outcome.warnings)


@pytest.mark.tf
def test_items_that_are_all_alike_are_warned_of(tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / "raw").mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (90, 90, 90)).save(tmp_path / "raw" / f"{i:03d}.png")
    mmcli.preprocess(tmp_path / "raw", out=tmp_path / "dataset", image_size=8)
    outcome = mmcli.embed(tmp_path / "dataset", out=tmp_path / "out", **{**TINY, "epochs": 2}, positives="duplicates")
    assert any("too similar" in text for text in outcome.warnings)


def test_views_that_change_nothing_are_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--augment 0 disables augmentation") as caught:
        embed(dataset, tmp_path / "out", config_of("embed")(augment=0.0), Ui(stream=io.StringIO()))
    assert caught.value.where == "--augment"
    assert not (tmp_path / "out").exists()


def test_too_few_records_are_told(tmp_path: Path) -> None:
    mmcli.preprocess(digits(tmp_path / "raw", 3, classes=False), out=tmp_path / "dataset", image_size=8)
    with pytest.raises(InputError, match=r"too few train records have the field image: \d") as caught:
        mmcli.embed(tmp_path / "dataset", out=tmp_path / "out")
    assert caught.value.fix == "provide at least 4"


@pytest.mark.tf
def test_the_report_shows_the_field_by_itself(embeddings: Path, tmp_path: Path) -> None:
    mmcli.report(embeddings.parent, out=tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text()
    assert "A single field" in page
    assert "views R@1" in page
    assert "All fields in one space" not in page
