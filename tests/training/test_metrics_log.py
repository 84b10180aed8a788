"""The log of metrics survives kills and resumes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mmcli.artifacts.jsonlines import read_objects
from mmcli.training import metrics_log
from mmcli.training.metrics_log import MetricsLog


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = MetricsLog(path)
    log.write({"step": 1, "loss": 0.5})
    log.write({"step": np.int64(2), "loss": np.float32(0.25)})
    assert read_objects(path) == [{"step": 1, "loss": 0.5}, {"step": 2, "loss": 0.25}]


def test_missing_file_reads_as_empty(tmp_path: Path) -> None:
    assert read_objects(tmp_path / "metrics.jsonl") == []
    metrics_log.truncate_after(tmp_path / "metrics.jsonl", 5)
    assert list(tmp_path.iterdir()) == []


def test_resume_drops_lines_beyond_the_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    log = MetricsLog(path, key="epoch")
    for epoch in range(1, 6):
        log.write({"epoch": epoch})
    MetricsLog(path, key="epoch", after=3).write({"epoch": 4, "again": True})
    assert read_objects(path) == [{"epoch": 1}, {"epoch": 2}, {"epoch": 3}, {"again": True, "epoch": 4}]


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"ste')
    assert [line["step"] for line in read_objects(path)] == [1, 2]
    MetricsLog(path, after=2).write({"step": 3})
    assert [line["step"] for line in read_objects(path)] == [1, 2, 3]


def test_nan_becomes_null(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    MetricsLog(path).write({"step": 1, "loss": float("nan"), "best": np.float32("inf")})
    assert read_objects(path) == [{"step": 1, "loss": None, "best": None}]
