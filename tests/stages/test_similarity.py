"""Matrices of similarities, from embeddings and from text models."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import csvfile, store
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities.text.words import formats
from mmcli.modalities.text.words.vectors import WordVectors
from mmcli.stages.registry import config_of, runner
from mmcli.stages.similarity.stage import Side, write_matrices

SimilarityConfig = config_of("similarity")

Write = Callable[..., Path]

similarity = runner("similarity")


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


def test_two_fields_meet_on_the_diagonal(embeddings: Write, tmp_path: Path) -> None:
    source = embeddings(spread=0.1)
    outcome = similarity(source, tmp_path / "out", SimilarityConfig(rows="image", columns="sound", split="train", most=30), quiet())
    artifact = store.open_artifact(tmp_path / "out", "similarity")
    assert set(artifact.manifest.files) >= {f"{name}.{kind}" for name in ("cosine", "euclidean") for kind in ("npy", "csv", "png")}
    cosine, euclidean = (np.load(artifact.file(f"{name}.npy")) for name in ("cosine", "euclidean"))
    assert cosine.shape == (30, 30)
    np.testing.assert_allclose(euclidean, np.sqrt(np.maximum(0, 2 - 2 * cosine)), atol=1e-3)
    assert outcome.body["summary"]["rows"] == 30
    assert (
        similarity(source, tmp_path / "out", SimilarityConfig(rows="image", columns="sound", split="train", most=30), quiet()).status
        == "up to date"
    )


def test_unknown_fields_and_empty_splits_are_named(embeddings: Write, tmp_path: Path) -> None:
    source = embeddings(nothing=tuple(range(9, 120, 10)))
    with pytest.raises(UsageError, match="no field smell"):
        similarity(source, tmp_path / "out", SimilarityConfig(rows="smell"), quiet())
    with pytest.raises(InputError, match="split test"):
        similarity(source, tmp_path / "out", SimilarityConfig(), quiet())
    assert not (tmp_path / "out").exists()


@pytest.mark.tf
@pytest.mark.parametrize("pooling", ["mean", "sif"])
def test_texts_by_word_vectors(tmp_path: Path, pooling: str) -> None:
    matrix = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    formats.write_glove(tmp_path / "v.txt", WordVectors(("red", "car", "blue", "bus"), matrix))
    (tmp_path / "lines.txt").write_text("red car\n\nblue bus\nunknown\n", encoding="utf-8")
    config = SimilarityConfig(text=("red car",), lines=str(tmp_path / "lines.txt"), pooling=pooling)
    similarity(tmp_path / "v.txt", tmp_path / "out", config, quiet())
    cosine = np.load(tmp_path / "out" / "cosine.npy")
    assert cosine.shape == (4, 4)
    assert cosine[0, 1] == pytest.approx(1.0)
    assert not cosine[3].any()


@pytest.mark.tf
def test_texts_without_a_known_word_are_told(tmp_path: Path) -> None:
    formats.write_glove(tmp_path / "v.txt", WordVectors(("a",), np.ones((1, 2), np.float32)))
    similarity(tmp_path / "v.txt", tmp_path / "out", SimilarityConfig(text=("a", "zebra")), quiet())
    assert "1 of 2 texts have no known word, e.g. zebra" in (tmp_path / "out" / "log.txt").read_text("utf-8")
    with pytest.raises(InputError, match="no word of the texts"):
        similarity(tmp_path / "v.txt", tmp_path / "none", SimilarityConfig(text=("zebra",)), quiet())
    assert not (tmp_path / "none").exists()


def test_a_text_model_needs_texts(tmp_path: Path) -> None:
    formats.write_glove(tmp_path / "v.txt", WordVectors(("a",), np.ones((1, 2), np.float32)))
    with pytest.raises(UsageError):
        similarity(tmp_path / "v.txt", tmp_path / "out", SimilarityConfig(), quiet())
    with pytest.raises(UsageError):
        similarity(tmp_path / "v.txt", tmp_path / "out", SimilarityConfig(text=("a",), pooling="cls"), quiet())


def test_vectors_of_different_width_do_not_compare(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="3 and 4"):
        write_matrices(tmp_path, Side(["a"], np.ones((1, 3))), Side(["b"], np.ones((1, 4))))


def test_csv_cells_cannot_run_as_formulas(tmp_path: Path) -> None:
    csvfile.write(tmp_path / "t.csv", ["", "=cmd|' /C calc'!A0"], [["+1", -0.5], ["@x", 2.0]])
    assert (tmp_path / "t.csv").read_text() == ",'=cmd|' /C calc'!A0\n'+1,-0.5\n'@x,2\n"
