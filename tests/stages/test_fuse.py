"""Training fusion on small embeddings, and what is refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import arrays, store
from mmcli.conditioning.options import FuseConfig
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import runner

fuse = runner("fuse")


TINY: dict[str, Any] = {"epochs": 6, "batch_size": 32, "latents": 2, "heads": 2}
Write = Callable[..., Path]


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


@pytest.mark.tf
def test_fused_artifact_holds_conditions_networks_and_scores(embeddings: Write, tmp_path: Path) -> None:
    spoken = io.StringIO()
    outcome = fuse(embeddings(nothing=(7,), spread=0.5), tmp_path / "fused", FuseConfig(**TINY), Ui(stream=spoken))
    artifact = store.open_artifact(tmp_path / "fused", "fused")
    condition, latents = (arrays.load(artifact.file(name)) for name in ("condition.npy", "latents.npy"))
    assert condition.shape == (120, 16)
    assert latents.shape == (120, 2, 16)
    assert np.isfinite(condition).all()
    assert not condition[7].any()
    assert condition[8].any()
    assert "r000007" in spoken.getvalue()
    assert json.loads(artifact.file("rejects.jsonl").read_text())["id"] == "r000007"
    assert "labels" in spoken.getvalue()
    summary = outcome.body["summary"]
    assert set(summary["subsets"]) == {"image", "sound", "text", "image+sound", "image+text", "sound+text", "image+sound+text"}
    assert set(summary["alone"]) == {"image", "sound", "text"}
    assert summary["subsets"]["image+sound+text"]["accuracy"] > 0.9
    assert json.loads(artifact.file("model.json").read_text())["extra"] == {
        "fields": ["image", "sound", "text"],
        "dim": 16,
        "latents": 2,
        "tokens": 3,
    }


@pytest.mark.tf
def test_equal_runs_give_equal_artifacts_and_a_second_run_does_nothing(embeddings: Write, tmp_path: Path) -> None:
    source, config = embeddings(), FuseConfig(**{**TINY, "epochs": 2})
    first = fuse(source, tmp_path / "a", config, quiet())
    second = fuse(source, tmp_path / "b", config, quiet())
    assert first.body["id"] == second.body["id"]
    assert fuse(source, tmp_path / "a", config, quiet()).status == "up to date"


@pytest.mark.tf
@pytest.mark.parametrize("objective", ["auto", "contrastive"])
def test_without_labels_hidden_fields_are_predicted(embeddings: Write, tmp_path: Path, objective: str) -> None:
    config = FuseConfig(**TINY, objective=objective)
    summary = fuse(embeddings(labels=False), tmp_path / "fused", config, quiet()).body["summary"]
    assert summary["objective"] == ("masked" if objective == "auto" else objective)
    assert "accuracy" not in summary["subsets"]["image"]
    assert 0.0 <= summary["subsets"]["image"]["retrieval"] <= 1.0
    assert "noise" not in summary


@pytest.mark.tf
def test_compare_scores_every_method_and_goes_on_after_a_kill(embeddings: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcli.conditioning.fusion.METHODS", ("gated", "poe", "mean"))  # the others take longer
    source, spoken, config = embeddings(spread=0.5), io.StringIO(), FuseConfig(**{**TINY, "epochs": 1}, method="mean", compare=True)
    building = tmp_path / ".fused.building"
    interrupted = Ui(stream=_Stop("method 2"))
    with pytest.raises(KeyboardInterrupt):
        fuse(source, tmp_path / "fused", config, interrupted)
    assert set(json.loads((building / "methods.json").read_text())) == {"gated"}
    summary = fuse(source, tmp_path / "fused", config, Ui(stream=spoken)).body["summary"]
    assert summary["method"] == "mean"
    assert set(summary["methods"]) == {"gated", "poe", "mean"}
    assert all(0.0 <= row["accuracy"] <= 1.0 and row["parameters"] > 0 for row in summary["methods"].values())
    assert "method 1" not in spoken.getvalue()
    assert "unfused" in spoken.getvalue()


@pytest.mark.tf
@pytest.mark.parametrize("method", ["attention", "cross-attention", "gated", "concat", "mean", "bilinear", "poe"])
def test_masked_content_changes_no_bit_of_a_trained_artifact_in_mixed_precision(
    embeddings: Write, tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from mmcli.conditioning import conditioner

    monkeypatch.setattr("mmcli.stages.fuse.scores.score", lambda *_: {"scored_on": "test", "subsets": {}, "alone": {}})  # takes long
    fuse(embeddings(count=40), tmp_path / "fused", FuseConfig(**{**TINY, "epochs": 1}, method=method), quiet())
    rng = np.random.default_rng([3])
    tokens = rng.standard_normal((8, 3, 3, 16)).astype(np.float32)
    mask = np.array([[n >> f & 1 for f in range(3)] for n in range(8)], np.float32)
    policy = keras.mixed_precision.dtype_policy()
    try:
        keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
        maker = conditioner.load(tmp_path / "fused")
        found = maker.fuse(tokens, mask)
        before = (found.vector, found.tokens)
        for garbage in (np.nan, np.inf, 1e30, -3.0):
            spoilt = maker.fuse(np.where(mask[:, :, None, None] > 0, tokens, np.float32(garbage)), mask)
            assert all(a.tobytes() == b.tobytes() for a, b in zip(before, (spoilt.vector, spoilt.tokens), strict=True))
    finally:
        keras.mixed_precision.set_dtype_policy(policy)
    assert all(np.isfinite(a).all() and not a[0].any() and a[1:].any() for a in before)


@pytest.mark.tf
def test_an_empty_test_split_and_noise_are_told(embeddings: Write, tmp_path: Path) -> None:
    spoken = io.StringIO()
    source = embeddings(fields=("image", "text"), nothing=tuple(range(9, 120, 10)), missing=0.0)
    summary = fuse(source, tmp_path / "fused", FuseConfig(**{**TINY, "epochs": 1}), Ui(stream=spoken)).body["summary"]
    assert summary["scored_on"] == "val"
    told = spoken.getvalue()
    assert all(
        part in told
        for part in ("scoring the val split instead", "noise / signal", "image alone", "attention by field in complete records: image ")
    )


class _Stop(io.StringIO):
    """Stands for Ctrl-C at a line of output."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self._at = at

    def write(self, text: str) -> int:
        if self._at in text:
            raise KeyboardInterrupt
        return super().write(text)


@pytest.mark.tf
def test_attention_is_drawn_and_a_single_field_is_enough(embeddings: Write, tmp_path: Path) -> None:
    spoken = io.StringIO()
    config = FuseConfig(**{**TINY, "epochs": 1}, attention=2)
    outcome = fuse(embeddings(fields=("image",), missing=0.0), tmp_path / "fused", config, Ui(stream=spoken))
    assert (tmp_path / "fused" / "attention.png").stat().st_size > 1000
    assert outcome.body["summary"]["attention"] == pytest.approx({"image": 1.0})
    assert "the data set of the embeddings was not found" in spoken.getvalue()


def test_another_kind_is_refused(embeddings: Write, tmp_path: Path) -> None:
    with store.begin(tmp_path / "other", kind="dataset", config={}, seed=0, inputs=[]) as build:
        build.commit()
    with pytest.raises(IntegrityError, match="wrong kind"):
        fuse(tmp_path / "other", tmp_path / "fused", FuseConfig(), quiet())


def test_heads_that_do_not_divide_the_width_are_refused(embeddings: Write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a multiple of 5 heads"):
        fuse(embeddings(), tmp_path / "fused", FuseConfig(heads=5), quiet())


def test_a_train_split_without_any_field_is_refused(embeddings: Write, tmp_path: Path) -> None:
    source = embeddings(nothing=tuple(i for i in range(120) if i % 10 < 8))
    with pytest.raises(InputError, match="only 0 train records have a field"):
        fuse(source, tmp_path / "fused", FuseConfig(), quiet())


def test_a_missing_and_a_changed_file_are_refused(embeddings: Write, tmp_path: Path) -> None:
    source = embeddings()
    tokens = source / "tokens" / "text.npy"
    body = bytearray(tokens.read_bytes())
    body[-5] ^= 1
    tokens.write_bytes(bytes(body))
    with pytest.raises(IntegrityError, match="a file was modified"):
        fuse(source, tmp_path / "fused", FuseConfig(), quiet())
    tokens.unlink()
    with pytest.raises(IntegrityError, match="is missing"):
        fuse(source, tmp_path / "fused", FuseConfig(), quiet())


def test_too_few_records_are_refused(embeddings: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="train records have a field"):
        fuse(embeddings(count=3), tmp_path / "fused", FuseConfig(), quiet())


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("tokens/text.npy", (120, 3, 8), "differ in number of tokens or dimension"),
        ("tokens/text.npy", (100, 3, 16), "120 records"),
        ("vectors/text.npy", (120, 8), "120 records"),
        ("tokens/image.npy", (120, 16), "must be"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(embeddings: Write, tmp_path: Path, name: str, shape: tuple[int, ...], message: str) -> None:
    good = store.open_artifact(embeddings())
    with store.begin(tmp_path / "bad", kind="embeddings", config={}, seed=0, inputs=[]) as build:
        for file in good.manifest.files:
            target = build.path / file
            target.parent.mkdir(exist_ok=True)
            target.write_bytes((good.path / file).read_bytes())
        arrays.save(build.path / name, np.zeros(shape, np.float32))
        build.commit(fields=good.manifest.fields)
    with pytest.raises(IntegrityError, match=message):
        fuse(tmp_path / "bad", tmp_path / "fused", FuseConfig(), quiet())
