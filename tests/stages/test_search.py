"""Search: recall on records, and what is refused; queries by new items are in test_queries."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import config_of
from mmcli.stages.search.stage import search

SearchConfig = config_of("search")

Write = Callable[..., Path]


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


def evaluated(**options: object) -> SearchConfig:
    return SearchConfig(eval=True, query_field="image", target="sound", **options)  # type: ignore[arg-type]


def test_recall_stands_beside_chance(embeddings: Write) -> None:
    figures = search(embeddings(missing=0.3), evaluated(), quiet()).figures
    assert figures["match"] == "label"
    assert 0 <= figures["R@1"] <= figures["R@10"] <= 1
    assert figures["chance_R@1"] == pytest.approx(0.25, abs=0.1)


def test_without_labels_only_the_own_item_counts(embeddings: Write) -> None:
    figures = search(embeddings(labels=False), evaluated(), quiet()).figures
    assert figures["match"] == "record"
    assert figures["chance_R@1"] == pytest.approx(1 / figures["gallery"])


def test_the_approximate_index_is_judged_by_the_exact_one(embeddings: Write, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="needs pip install 'mmcli[ann]'")
    source, path = embeddings(), tmp_path / "i.faiss"
    config = evaluated(method="approximate", index=str(path), top=5)
    first = search(source, config, quiet()).figures
    assert first["recall@5_of_exact"] > 0.95
    written = path.stat().st_mtime_ns
    assert search(source, config, quiet()).figures["recall@5_of_exact"] == first["recall@5_of_exact"]
    assert path.stat().st_mtime_ns == written


def test_a_foreign_index_is_never_opened(embeddings: Write, tmp_path: Path) -> None:
    pytest.importorskip("faiss", reason="needs pip install 'mmcli[ann]'")
    path = tmp_path / "i.faiss"
    path.write_bytes(b"IHNf" + b"\xff" * 64)
    with pytest.raises(UsageError, match="no index"):
        search(embeddings(), evaluated(method="approximate", index=str(path)), quiet())


def test_an_index_needs_approximate_search() -> None:
    with pytest.raises(UsageError, match="has no index"):
        SearchConfig(text=("x",), index="i.faiss")


def test_what_cannot_be_searched(embeddings: Write) -> None:
    source = embeddings()
    with pytest.raises(UsageError, match="no query"):
        search(source, SearchConfig(), quiet())
    with pytest.raises(UsageError, match="no field smell"):
        search(source, SearchConfig(text=("x",), target="smell"), quiet())
    with pytest.raises(UsageError, match="modality image"):
        search(source, SearchConfig(image=("x.png",)), quiet())
    with pytest.raises(InputError, match="recall needs two fields; text is the only one"):
        search(embeddings("one", fields=("text",)), SearchConfig(eval=True), quiet())
