"""Which data set an artifact was made from, and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.artifacts import store
from mmcli.artifacts.lineage import dataset_of
from mmcli.artifacts.store import Artifact
from mmcli.core.errors import InputError, IntegrityError


@pytest.fixture
def gan(make: Callable[..., Any], tmp_path: Path) -> Artifact:
    body = make(tmp_path / "data", 1)
    make(tmp_path / "gan", 2, kind="gan", inputs=[store.relative_input(tmp_path / "data", tmp_path / "gan", "dataset", body.id)])
    return store.open_artifact(tmp_path / "gan", "gan")


def test_it_is_found_where_the_artifact_says_and_where_it_went(gan: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dataset_of(gan).path.name == "data"
    monkeypatch.chdir(gan.path)
    assert dataset_of(store.open_artifact(Path(), "gan")).id == dataset_of(gan).id
    (tmp_path / "data").rename(tmp_path / "elsewhere")
    assert dataset_of(gan, tmp_path / "elsewhere").path.name == "elsewhere"
    with pytest.raises(InputError, match="the data set of the GAN cannot be read"):
        dataset_of(gan)


def test_another_data_set_is_refused(gan: Artifact, make: Callable[..., Any], tmp_path: Path) -> None:
    make(tmp_path / "other", 3)
    with pytest.raises(IntegrityError, match="not the data set of the GAN"):
        dataset_of(gan, tmp_path / "other")


def test_an_artifact_without_one_says_so(make: Callable[..., Any], tmp_path: Path) -> None:
    make(tmp_path / "alone", 4, kind="embeddings")
    with pytest.raises(InputError, match="does not record its data set"):
        dataset_of(store.open_artifact(tmp_path / "alone", "embeddings"))
