"""A data set in numbers and contact sheets."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.artifacts import store
from mmcli.core.ui import Ui
from mmcli.metrics.histogram import histogram
from mmcli.reporting.preview import as_lines, preview, sheet, write_sheets
from mmcli.stages.registry import config_of, runner

preprocess = runner("preprocess")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> store.Artifact:
    folder = tmp_path_factory.mktemp("preview")
    raw = folder / "raw"
    raw.mkdir()
    rows = []
    for i in range(20):
        Image.fromarray(np.full((8, 8, 3), (0 if i < 10 else i * 10) % 255, np.uint8)).save(raw / f"{i}.png")
        soundfile.write(raw / f"{i}.wav", np.sin(np.arange(8000) * 0.1) * (i / 20), 8000)
        rows.append(
            {
                "id": f"r{i}",
                "label": "ab"[i % 2],
                "photo_file_name": f"{i}.png",
                "sound_file_name": f"{i}.wav",
                "caption": f"The cat number {i}.",
            }
        )
    rows.append({"id": "bad", "photo_file_name": "missing.png", "caption": "a dog"})
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    out = preprocess(raw, folder / "ds", config_of("preprocess")(workers=1, pos=True, augment=1), Ui(quiet=True)).path
    return store.open_artifact(out)


def test_counts_and_balance(dataset):
    facts = preview(dataset)
    assert facts["records"] == sum(facts["splits"].values()) == 21 + facts["splits"]["train"] // 2
    assert json.loads(json.dumps(facts)) == facts
    assert {row["label"] for row in facts["labels"]} == {"a", "b"}


def test_fields_have_their_measures(dataset):
    fields = preview(dataset)["fields"]
    assert fields["caption"]["words"][0][0] == "cat"
    assert fields["caption"]["pos"]["NOUN"] >= 40
    assert sum(fields["caption"]["lengths"]["counts"]) == sum(fields["caption"]["present"].values())
    assert sum(fields["photo"]["brightness"]["counts"]) == sum(fields["photo"]["present"].values())
    assert fields["sound"]["silent"] >= 1


def test_duplicates_are_found_but_copies_are_none(dataset):
    fields = preview(dataset)["fields"]
    assert fields["photo"]["duplicates"]["contents"] == 1
    assert fields["sound"]["duplicates"]["contents"] == 0


def test_rejects_by_reason(dataset):
    (reject,) = preview(dataset)["rejects"]
    assert (reject["code"], reject["count"]) == ("NOT_FOUND", 1)
    assert reject["examples"][0]["id"] == "bad"


def test_sheets_are_images(dataset, tmp_path):
    assert sheet(dataset, "photo", 8).shape[2] == 3
    assert [path.name for path in write_sheets(dataset, tmp_path / "sheets")] == ["caption.png", "photo.png", "sound.png"]


def test_lines_can_be_printed(dataset):
    lines = list(as_lines(preview(dataset)))
    assert any("1 item rejected (NOT_FOUND), e.g." in line for line in lines)
    assert any("most frequent words" in line for line in lines)


def test_frequent_words_are_those_that_say_something(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "metadata.jsonl").write_text(
        "".join(json.dumps({"id": str(i), "text": f"l'école de l'hiver, numéro {i}"}) + "\n" for i in range(20))
    )
    preprocess(raw, tmp_path / "ds", config_of("preprocess")(language="fr", workers=1), Ui(quiet=True))
    words = [word for word, _ in preview(store.open_artifact(tmp_path / "ds", "dataset"))["fields"]["text"]["words"]]
    assert words[:3] == ["hiver", "numéro", "école"]
    assert "l'" not in words


@pytest.mark.parametrize(
    "values",
    [np.arange(100), np.array([3]), np.array([0.1, 0.7]), np.array([2.5, 2.5]), np.zeros(0), np.array([0.1] * 3 + [0.30000000000000004])],
)
def test_every_value_is_in_a_bin(values):
    assert sum(histogram(values)["counts"]) == len(values)
