"""`report`: one page, whatever the work folder holds, on which untrusted text stays text."""

from __future__ import annotations

import base64
import io
import re
import shutil
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from mmcli.artifacts import jsonio, store
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.reporting.options import ReportConfig
from mmcli.reporting.page import fact_of, headlines
from mmcli.stages.registry import config_of, runner

report = runner("report")

preprocess = runner("preprocess")


QUIET = Ui(quiet=True)
NASTY = "<script>alert(1)</script> {{7*7}} <img src=http://x.example/p.png onerror=alert(2)> ' \" \u202e\x1b[31m"


class _Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def _report(work, **options):
    report(work, work / "report", ReportConfig(**options), QUIET)
    return (work / "report" / "index.html").read_text(encoding="utf-8")


def _assert_inert(html):
    page = _Page(html)
    allowed = {"href": "#", "src": "data:"}
    for tag, attributes in page.tags:
        assert tag not in {"script", "iframe", "object", "embed", "link", "base", "form"}
        for name, value in attributes.items():
            assert not name.startswith("on"), (tag, name)
            assert name not in allowed or value.startswith(allowed[name]), (tag, value)
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script" not in policy
    return page


def _gan(folder):
    """A `gan` artifact with metrics and tick files."""
    with store.begin(folder, kind="gan", config={"target": "photo"}, seed=0, inputs=[]) as build:
        lines = [{"kimg": k, "loss_g": 1 / k, "loss_d": 0.5, "real_over_fake": 0.6, "kid": 1 / k} for k in range(1, 9)]
        (build.path / "metrics.jsonl").write_text("\n".join(jsonio.dumps(line, indent=None) for line in lines) + "\nnot json\n")
        (build.path / "samples").mkdir()
        for kimg in (1.0, 8.0):
            Image.fromarray(np.full((40, 80, 3), int(kimg) * 20, np.uint8)).save(build.path / f"samples/{kimg:09.1f}.png")
            Image.fromarray(np.zeros((8, 8), np.uint8)).save(build.path / f"samples/{kimg:09.1f}-0.png")
        build.commit(summary={"family": "gan", "target": "photo", "given": ["caption"], "kimg": 8.0})


def test_shows_data_samples_and_scores(keypad, samples, tmp_path):
    shutil.copytree(keypad / "raw", tmp_path / "raw")
    shutil.copytree(keypad / "1-dataset", tmp_path / "1-dataset")
    _gan(tmp_path / "4-gan-photo")
    made = samples(tmp_path / "5-samples-photo", tmp_path / "1-dataset", "photo")
    with store.begin(tmp_path / "6-scores", kind="scores", config={}, seed=0, inputs=[
        store.relative_input(made, tmp_path / "6-scores", "samples", store.open_artifact(made).id)
    ]) as build:  # fmt: skip
        jsonio.write(build.path / "scores.json", {"precision": {"value": 0.61, "real": 0.93, "better": "higher", "n": 40}})
        build.commit(summary={"precision": 0.61, "target": "photo"})
    html = _report(tmp_path, title="My digits")
    page = _assert_inert(html)
    for words in ("My digits", "160 records", "Labels and splits", "0.61", "0.93", "after 8 thousand items", "given caption", "Settings"):
        assert words in page.text, words
    titles = [attributes["aria-label"] for _, attributes in page.tags if "over thousands of items seen" in attributes.get("aria-label", "")]
    assert [title.partition(":")[0] for title in titles] == [
        "Losses",
        "Kernel distance to real items (lower is better)",
        "Real items ranked above generated ones",
    ]
    assert sum(tag == "audio" for tag, _ in page.tags) >= 10
    assert len(html) < 20 * 2**20
    for tag, attributes in page.tags:
        if tag == "img":
            Image.open(io.BytesIO(base64.b64decode(attributes["src"].split(",")[1]))).load()


def test_untrusted_text_stays_text(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    lines = [{"id": f"r{i}", "label": NASTY, "caption": f"{NASTY} {i}"} for i in range(30)]
    bad = {"id": "x", "caption": "fine", "photo_file_name": "<b>gone</b>.png"}
    (raw / "metadata.jsonl").write_text("".join(jsonio.dumps(line, indent=None) + "\n" for line in [*lines, bad]))
    preprocess(raw, tmp_path / "1-dataset", config_of("preprocess")(max_reject_rate=1.0), QUIET)
    html = _report(tmp_path, title=NASTY)
    page = _assert_inert(html)
    assert "<script>alert(1)</script>" in page.text
    assert "{{7*7}}" in page.text
    assert not re.search("[\x1b\u202e]", html)


def test_missing_stages_do_not_appear(keypad, tmp_path):
    shutil.copytree(keypad / "1-dataset", tmp_path / "1-dataset")
    text = _Page(_report(tmp_path)).text
    assert "Data set" in text
    for absent in ("All fields in one space", "Generator", "Scores, real data"):
        assert absent not in text


def test_a_damaged_artifact_costs_its_own_section_only(keypad, samples, tmp_path):
    shutil.copytree(keypad / "1-dataset", tmp_path / "1-dataset")
    samples(tmp_path / "5-samples", tmp_path / "1-dataset", "photo")
    (tmp_path / "5-samples" / "rows.npy").write_bytes(b"junk")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "artifact.json").write_text("{")
    text = _Page(_report(tmp_path)).text
    assert "Labels and splits" in text
    assert "broken: artifact.json cannot be read" in text
    assert "not a NumPy file" in text


def test_is_up_to_date_until_an_artifact_changes(keypad, samples, tmp_path):
    shutil.copytree(keypad / "1-dataset", tmp_path / "1-dataset")
    statuses = [report(tmp_path, tmp_path / "report", ReportConfig(), QUIET).status for _ in range(2)]
    samples(tmp_path / "5-samples", tmp_path / "1-dataset", "caption")
    statuses.append(report(tmp_path, tmp_path / "report", ReportConfig(), QUIET).status)
    assert statuses == ["written", "up to date", "written"]


def test_a_folder_without_artifacts_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="contains no artifact"):
        report(tmp_path, tmp_path / "report", ReportConfig(), QUIET)
    with pytest.raises(InputError, match="no such folder"):
        report(tmp_path / "none", tmp_path / "report", ReportConfig(), QUIET)


def test_shows_subsets_methods_noise_and_attention_of_a_fusion(tmp_path):
    row = {"accuracy": 0.9, "single": 0.8, "parameters": 63_552, "epochs": 7}
    summary = {
        "method": "attention",
        "scored_on": "val",
        "subsets": {"a<b>": {"records": 9, "accuracy": 0.75, "retrieval": 0.625, "reconstruction": 0.4321}},
        "alone": {"a<b>": 0.5},
        "attention": {"a<b>": 0.6, "c": 0.4},
        "methods": {"attention": row, "mean": {**row, "worst": 0.125}},
        "noise": {name: {"0": 1.0, "4": 0.5} for name in ("a<b>", "a<b> alone")},
    }
    with store.begin(tmp_path / "3-fused", kind="fused", config={}, seed=0, inputs=[]) as build:
        Image.new("RGB", (40, 30)).save(build.path / "attention.png")
        build.commit(summary=summary)
    page = _assert_inert(_report(tmp_path))
    for part in ("On the val split", "75 %", "62.5 %", "0.432", "50 %", "60 % from a<b> and 40 % from c", "63,552", "12.5 %", "a<b> alone"):
        assert part in page.text
    assert any(tag == "img" and a["alt"] == "attention on words, patches and moments" for tag, a in page.tags)


def _scored(work, made, word, sentence):
    """A `scores` artifact of samples with a verdict."""
    inputs = [store.relative_input(made, work / "6-scores", "samples", store.open_artifact(made).id)]
    with store.begin(work / "6-scores", kind="scores", config={"word": word}, seed=0, inputs=inputs) as build:
        jsonio.write(build.path / "scores.json", {"precision": {"value": 0.97, "real": 0.93, "better": "higher", "n": 40}})
        build.commit(summary={"precision": 0.97, "target": "photo", "verdict": {"word": word, "sentence": sentence}})


@pytest.fixture
def work(keypad, samples, tmp_path):
    """A data set and samples of its photos."""
    shutil.copytree(keypad / "1-dataset", tmp_path / "1-dataset")
    samples(tmp_path / "5-samples-photo", tmp_path / "1-dataset", "photo")
    return tmp_path


@pytest.mark.parametrize(("word", "figures"), [("usable", 1), ("collapsed", 0)])
def test_the_verdict_comes_first_and_no_figure_stands_above_a_failure(work, word, figures):
    _scored(work, work / "5-samples-photo", word, "It makes <one> item.")
    html = _report(work)
    _assert_inert(html)
    verdict = html.index("It makes &lt;one&gt; item.")
    assert html.index("<h1>") < verdict < html.index("</header>")
    section = html.index(f'<a href="#{page_anchor(html)}">photo</a>')
    assert section < html.index("New items")
    assert html.count("It makes &lt;one&gt; item.") == 2
    assert html.count('class="head"') == figures


@pytest.mark.parametrize(("queries", "word", "figures"), [(30, "usable", 1), (29, "usable", 0), (200, "garbled", 0)])
def test_retrieval_of_few_records_or_beside_a_failure_is_no_headline(queries, word, figures):
    summary = {"r1": 1.0, "chance": 0.1, "retrieval": {"a to b": {"queries": 500}, "b to a": {"queries": queries}}}
    node = SimpleNamespace(kind="embeddings", summary=summary, body=SimpleNamespace(counts={}))
    lineage = SimpleNamespace(of=lambda kind: [node] if kind == "embeddings" else [])
    scores = {
        "node": SimpleNamespace(anchor="a0"),
        "verdict": {"word": word, "sentence": "", "usable": word == "usable"},
        "headline": None,
        "rows": [],
    }
    assert len(headlines(lineage, [{"target": "photo", "scores": [scores]}])) == figures
    assert fact_of(node) == ("R@1 100 %" if queries >= 30 else "too few to tell")


def page_anchor(html):
    """Where the verdict at the top leads."""
    found = re.search(r'v-(?:good|bad)"><a href="#(\w+)">', html)
    assert found
    assert f'<div id="{found[1]}">' in html
    return found[1]


def test_every_link_of_the_contents_leads_to_a_section(work):
    html = _report(work)
    contents = re.search(r'<nav aria-label="Contents">(.*?)</nav>', html, re.DOTALL)
    assert contents
    targets = re.findall(r'href="#([\w-]+)"', contents[1])
    assert len(targets) >= 4
    assert all(html.count(f'id="{target}"') == 1 for target in targets)


def test_generated_items_stand_with_their_condition_and_the_record_itself(work):
    page = _Page(_report(work))
    alts = [a["alt"] for tag, a in page.tags if tag == "img"]
    assert any(re.fullmatch(r"generated image, given [A-Z].*, label \d", alt) for alt in alts)
    assert any(re.match(r"the record's own image, [A-Z]", alt) for alt in alts)
    assert any(re.fullmatch(r"image, photo of the record digit-\d+, label \d", alt) for alt in alts)
    assert "" not in alts
    assert page.text.count("the record itself") >= 10
    sounds = [a["aria-label"] for tag, a in page.tags if tag == "audio"]
    assert all(label.startswith("sound, sound of the record") for label in sounds)


def test_every_header_of_a_table_has_a_scope(work):
    headers = [a for tag, a in _Page(_report(work)).tags if tag == "th"]
    assert headers
    assert all(a.get("scope") in ("col", "row") for a in headers)


def test_a_training_that_runs_or_was_interrupted_is_shown(work):
    out = work / "4-gan-photo"
    data = store.open_artifact(work / "1-dataset")
    inputs = [store.relative_input(data.path, out, "dataset", data.id)]
    with store.begin(out, kind="gan", config={"target": "photo", "width": 12}, seed=0, inputs=inputs) as build:
        _report(work)
        (build.path / "samples").mkdir()
        Image.new("RGB", (40, 30)).save(build.path / "samples/000001.0.png")
        lines = [{"step": k, "kimg": k, "loss_g": 1 / k, "kid": 0.5} for k in (1, 2)]
        (build.path / "metrics.jsonl").write_text("".join(jsonio.dumps(line, indent=None) + "\n" for line in lines))
        running = _Page(_report(work))
    for words in ("still training", "4-gan-photo", "after 1 thousand items", "Losses and scores", "width"):
        assert words in running.text, words
    assert "Losses: loss g from 1 to 0.5, over thousands of items seen" in [a.get("aria-label") for _, a in running.tags]
    stopped = _Page(_report(work, title="later"))
    assert "Generator, interrupted" in stopped.text
    assert "still training" not in stopped.text


def test_the_title_is_that_of_the_folder_unless_another_is_given(work):
    assert f"<h1>{work.name}</h1>" in _report(work)
    assert "<h1>Mine</h1>" in _report(work, title="Mine")
