"""Artifacts are found, ordered and linked, however they are nested."""

from __future__ import annotations

import pytest

from mmcli.artifacts import store
from mmcli.reporting.diagram import pipeline
from mmcli.reporting.lineage import find
from mmcli.stages.report.stage import titles


@pytest.fixture
def work(tmp_path):
    made = {}
    summaries = {"gan": {"family": "gan", "target": "photo", "given": []}}

    def make(name, kind, *inputs):
        folder = tmp_path / name
        refs = [store.relative_input(tmp_path / other, folder, *made[other]) for other in inputs]
        with store.begin(folder, kind=kind, config={"name": name}, seed=0, inputs=refs) as build:
            made[name] = (kind, build.commit(summary=summaries.get(kind)).id)

    make("outside/raw", "raw")
    make("work/z-data", "dataset", "outside/raw")
    make("work/space", "embeddings", "work/z-data")
    make("work/a-fused", "fused", "work/space")
    make("work/classes", "classification", "work/space")
    make("work/pairs", "similarity", "work/space")
    make("work/deep/gan", "gan", "work/z-data", "work/a-fused")
    make("work/report", "report", "work/z-data")
    make("work/.judges/x", "judge", "work/z-data")
    return tmp_path / "work"


def test_order_is_that_of_the_data_and_raw_is_found_outside(work):
    lineage = find(work, work / "report", titles())
    assert [node.kind for node in lineage.nodes] == ["raw", "dataset", "embeddings", "similarity", "classification", "fused", "gan"]
    assert lineage.problems == []


def test_only_direct_parents_are_drawn(work):
    lineage = find(work, work / "report", titles())
    gan = lineage.of("gan")[0]
    assert gan.parents == (lineage.of("fused")[0].id,)
    assert lineage.input_of(gan, "dataset").id == lineage.of("dataset")[0].id


def test_the_diagram_links_every_box_to_its_section(work):
    lineage = find(work, work / "report", titles())
    drawn = pipeline(lineage, {})
    assert drawn.count('<a href="#a') == 7
    assert drawn.count('class="edge"') == 6
