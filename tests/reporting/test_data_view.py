"""What the page shows of a data set beside its records."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from mmcli.artifacts import records, store
from mmcli.core.ui import Ui
from mmcli.reporting.options import ReportConfig
from mmcli.stages.registry import config_of, runner

report = runner("report")

preprocess = runner("preprocess")


@pytest.fixture
def page(tmp_path) -> str:
    raw = tmp_path / "raw"
    raw.mkdir()
    rows = []
    for i in range(20):
        Image.new("RGB", (8, 8), (10 * i, 0, 0)).save(raw / f"{i}.png")
        rows.append({"id": f"r{i}", "photo_file_name": f"{i // 2}.png", "caption": f"The zebra number {i} sleeps."})
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    made = preprocess(raw, tmp_path / "work" / "ds", config_of("preprocess")(workers=1, pos=True, max_reject_rate=0.9), Ui(quiet=True)).path
    assert len(records.read(store.open_artifact(made).path)) == 20
    report(tmp_path / "work", tmp_path / "page", ReportConfig(), Ui(quiet=True))
    return (tmp_path / "page" / "index.html").read_text()


def test_words_tags_histograms_duplicates_and_sheets(page):
    for words in ("Most frequent words", "zebra", "Parts of speech", "NOUN", "tokens per text", "mean of the pixels", "Contact sheet"):
        assert words in page
    assert "10 contents occur in several records" in page
    assert "UNPAIRED" in page
