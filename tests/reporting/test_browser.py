"""Pages in a headless browser, where there is one: nothing is wider than the screen."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import jsonio, store
from mmcli.core.ui import Ui
from mmcli.metrics.score import KNOWN
from mmcli.reporting.live import NAME, LivePage
from mmcli.reporting.options import ReportConfig
from mmcli.stages.registry import config_of, runner
from mmcli.training.observer import Moment, Samples, Shown

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
LONG = "x" * 90


def widths(page: str, width: int, folder: Path) -> tuple[int, int]:
    """Width of the page's content and of its viewport, in a frame of some width."""
    script = """const frame = document.getElementById("frame");
    frame.onload = () => {
      const root = frame.contentDocument.documentElement;
      document.body.append(`widths ${root.scrollWidth} ${root.clientWidth} end`);
    };"""
    frame = f'<iframe id="frame" style="width:{width}px;height:900px;border:0" srcdoc="{html.escape(page)}"></iframe>'
    (folder / "frame.html").write_text(f"<!doctype html><body>{frame}<script>{script}</script>")
    command = [str(BROWSER), *OPTIONS, f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=4000", "--dump-dom"]
    done = subprocess.run([*command, (folder / "frame.html").as_uri()], capture_output=True, text=True, timeout=120, check=True)
    found = re.search(r"widths (\d+) (\d+) end", done.stdout.rpartition("</script>")[2])
    assert found, done.stderr
    return int(found[1]), int(found[2])


@pytest.fixture
def live(tmp_path: Path) -> str:
    """A live page with everything that it can hold, and long words."""
    (tmp_path / "building").mkdir()
    wave = np.zeros(80, np.float32)
    samples = Samples(1.0, np.zeros((300, 900, 3), np.uint8), [Shown(LONG, LONG, wave, 8000, LONG, wave)] * 4)
    preview = store.Preview(tmp_path / "building", tmp_path / "out", "gan")
    page = LivePage(tmp_path / "building", preview, LONG, {LONG: LONG}, None, lambda: samples)
    page.begin(Moment(0, 0.0, 0.0, 0.0))
    for step in (1, 2):
        page.tick(Moment(step, float(step), step / 10, 1.0, {f"loss_{name}": 1.0 for name in ("g", "d", LONG)}))
    return (tmp_path / "building" / NAME).read_text()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of a data set, a generator, its samples and scores, all with long words."""
    work = tmp_path_factory.mktemp("work")
    (work / "raw").mkdir()
    rows = [{"id": f"{LONG}-{i}", "label": f"{LONG}{i % 3}", "caption": f"{LONG} {i}", "reply_of_one": f"{i} {LONG}"} for i in range(12)]
    (work / "raw/metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    runner("preprocess")(work / "raw", work / "1-dataset", config_of("preprocess")(test=0.2), Ui(quiet=True))
    data = store.open_artifact(work / "1-dataset")
    for folder, kind, summary in (
        ("4-gan", "gan", {"family": "sequence", "target": "caption", "given": ["reply_of_one"], "kimg": 8.0}),
        ("6-scores", "scores", {"target": "caption", "verdict": {"word": "usable", "sentence": LONG}}),
    ):
        inputs = [store.relative_input(data.path, work / folder, "dataset", data.id)]
        with store.begin(work / folder, kind=kind, config={"name": LONG}, seed=0, inputs=inputs) as build:
            if kind == "scores":
                jsonio.write(build.path / "scores.json", {name: {"value": 0.5, "real": 0.9, "better": "higher", "n": 40} for name in KNOWN})
            build.commit(summary=summary)
    runner("report")(work, work / "report", ReportConfig(title=LONG), Ui(quiet=True))
    return (work / "report/index.html").read_text()


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_the_report_is_no_wider_than_the_screen(report: str, width: int, tmp_path: Path) -> None:
    assert report.count(LONG) > 20
    content, viewport = widths(report, width, tmp_path)
    assert content <= viewport


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_the_live_page_is_no_wider_than_the_screen(live: str, width: int, tmp_path: Path) -> None:
    content, viewport = widths(live, width, tmp_path)
    assert content <= viewport
