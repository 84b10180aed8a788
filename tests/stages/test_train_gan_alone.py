"""`train-gan` from a data set alone: without other fields, embeddings or a fused artifact."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import config_of, runner

pytestmark = pytest.mark.tf
TINY: dict[str, Any] = {"steps": 4, "batch_size": 8, "width": 4, "ticks": 2}


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


def trained(dataset: Path, out: Path, **options: Any) -> dict[str, Any]:
    config = config_of("train-gan")(**{**TINY, **options})
    return runner("train-gan")(dataset, None, out, config, quiet()).summary


def made(gan: Path, out: Path, dataset: Path | None = None, **options: Any) -> list[dict[str, Any]]:
    runner("generate")(gan, dataset, out, config_of("generate")(**options), quiet())
    return [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set of one text field without labels."""
    work = tmp_path_factory.mktemp("texts")
    (work / "raw").mkdir()
    words = ["red", "green", "blue"], ["car", "house", "bird", "tree"]
    lines = [{"id": f"{i:03d}", "text": f"a {words[0][i % 3]} {words[1][i % 4]}"} for i in range(80)]
    (work / "raw/metadata.jsonl").write_text("\n".join(map(json.dumps, lines)))
    runner("preprocess")(work / "raw", work / "dataset", config_of("preprocess")(workers=1), quiet())
    return work / "dataset"


def test_a_text_alone_is_made_by_a_recurrent_generator_against_a_dense_discriminator(texts: Path, tmp_path: Path) -> None:
    summary = trained(texts, tmp_path / "gan", critic="dense", steps=20, adversarial=0.5)  # the only field is the target
    assert (summary["given"], summary["critic"], summary["family"]) == ([], "dense", "gan")
    assert {"nll_mle", "nll_adversarial", "adversarial_kept"} <= set(summary)
    networks = json.loads((tmp_path / "gan/model.json").read_text())["networks"]
    assert set(networks) == {"generator", "discriminator"}
    assert networks["discriminator"]["builder"] == "text.discriminator.dense"
    lines = made(tmp_path / "gan", tmp_path / "samples", num=5)
    assert [line["seed"] for line in lines] == list(range(5))
    with pytest.raises(UsageError, match="the GAN takes none") as caught:
        made(tmp_path / "gan", tmp_path / "refused", text=("a car",))
    assert "no conditions" in caught.value.fix


def test_labels_that_repeat_are_the_condition_where_nothing_else_is_given(keypad: Path, tmp_path: Path) -> None:
    summary = trained(keypad / "1-dataset", tmp_path / "gan", target="photo", eval_items=0)
    assert summary["given"] == ["label"]
    artifact = store.open_artifact(tmp_path / "gan", "gan")
    assert [ref.kind for ref in artifact.manifest.inputs] == ["dataset"]
    assert [line["label"] for line in made(tmp_path / "gan", tmp_path / "samples", label="7", seeds="3,4")] == ["7", "7"]
    whole = made(tmp_path / "gan", tmp_path / "whole", keypad / "1-dataset", num=9)
    assert len(whole) == 9
    made(tmp_path / "gan", tmp_path / "parts", keypad / "1-dataset", num=9, batch_size=2)
    rows = [np.load(tmp_path / name / "rows.npy") for name in ("whole", "parts")]
    assert np.array_equal(*rows)


def test_nothing_at_all_may_be_given(keypad: Path, tmp_path: Path) -> None:
    assert trained(keypad / "1-dataset", tmp_path / "gan", target="sound", given=("none",), eval_items=0)["given"] == []
    assert len(made(tmp_path / "gan", tmp_path / "samples", num=2)) == 2


def test_other_fields_need_a_fused_artifact(keypad: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="caption needs a fused artifact") as caught:
        trained(keypad / "1-dataset", tmp_path / "gan", target="photo", given=("caption",))
    assert caught.value.where == "--given"
    assert "embed and fuse" in caught.value.fix
    assert not (tmp_path / "gan").exists()


@pytest.mark.parametrize(
    ("target", "option"), [("photo", {"critic": "dense"}), ("photo", {"adversarial": 0.1}), ("caption", {"mismatch": 1.0})]
)
def test_an_option_of_other_targets_is_refused_by_name(keypad: Path, tmp_path: Path, target: str, option: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"is for .*; {target} is") as caught:
        trained(keypad / "1-dataset", tmp_path / "gan", target=target, **option)
    assert caught.value.where == f"--{next(iter(option))}"
