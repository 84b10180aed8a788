"""`train-gan` on a few digits: what it writes, what it resumes from, and what it refuses."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.conditioning.options import FuseConfig
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import config_of, runner

GenerateConfig = config_of("generate")

TINY: dict[str, Any] = {"target": "photo", "steps": 4, "batch_size": 8, "width": 4, "ticks": 2, "eval_items": 16, "noise_dim": 8}
tf = pytest.mark.tf
TrainGanConfig, train_gan = config_of("train-gan"), runner("train-gan")


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


@pytest.fixture(scope="module")
def fused(keypad: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    work = tmp_path_factory.mktemp("spaces")
    with pytest.MonkeyPatch.context() as patch:  # what it looks like takes longer than training it
        patch.setattr("mmcli.stages.embed.stage._draw_map", lambda *_: None)
        patch.setattr("mmcli.stages.fuse.scores.score", lambda *_: {"scored_on": "test", "subsets": {}, "alone": {}})
        runner("embed")(keypad / "1-dataset", work / "embeddings", config_of("embed")(epochs=1, dim=8, tokens=2), quiet())
        runner("fuse")(work / "embeddings", work / "fused", FuseConfig(epochs=1, latents=2, heads=2), quiet())
    return work / "fused"


@pytest.fixture(scope="module")
def gan(keypad: Path, fused: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gan") / "gan"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcli.training.judge.MIN_STEPS", 20)
        train_gan(keypad / "1-dataset", fused, out, TrainGanConfig(**TINY), quiet())
    return out


@tf
def test_each_tick_scores_a_fixed_sample_and_the_summary_says_which_generator_it_is(gan: Path) -> None:
    artifact = store.open_artifact(gan, "gan")
    lines = [json.loads(line) for line in artifact.file("metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert {"kid", "condition_accuracy", "grad_g", "grad_d", "items_per_s", "graph_share"} <= set(lines[-1])
    summary = artifact.manifest.summary
    assert summary["kid_best"] == pytest.approx(min(line["kid"] for line in lines))
    assert summary["kid_last"] == pytest.approx(lines[-1]["kid"])
    assert summary["generator_is"] in ("best", "last")
    networks = json.loads(artifact.file("model.json").read_text())["networks"]
    assert ("generator.last" in networks) is (summary["generator_is"] == "best")


@tf
def test_images_can_be_made_from_nothing(keypad: Path, fused: Path, tmp_path: Path) -> None:
    config = TrainGanConfig(**{**TINY, "eval_items": 0, "given": ("none",), "preset": "r3gan", "depth": 1})
    outcome = train_gan(keypad / "1-dataset", fused, tmp_path / "gan", config, quiet())
    assert outcome.body["summary"]["given"] == []
    assert outcome.body["summary"]["preset"] == "r3gan"
    made = runner("generate")(tmp_path / "gan", None, tmp_path / "samples", GenerateConfig(num=3), quiet())
    assert made.body["counts"]["ok"] == 3


@tf
def test_images_can_be_made_of_labels(keypad: Path, fused: Path, tmp_path: Path) -> None:
    config = TrainGanConfig(**{**TINY, "eval_items": 0, "given": ("label",)})
    train_gan(keypad / "1-dataset", fused, tmp_path / "gan", config, quiet())
    artifact = store.open_artifact(tmp_path / "gan")
    assert artifact.manifest.summary["given"] == ["label"]
    assert artifact.manifest.fields["label"]["classes"] == 10
    assert "fusion" not in json.loads(artifact.file("model.json").read_text())["networks"]

    def made(name: str, data: Path | None, **options: Any) -> tuple[list[str], Any]:
        runner("generate")(tmp_path / "gan", data, tmp_path / name, GenerateConfig(**options), quiet())
        lines = (tmp_path / name / "metadata.jsonl").read_text().splitlines()
        return [json.loads(line).get("label") for line in lines], np.load(tmp_path / name / "rows.npy")

    (tmp_path / "classes.txt").write_text("3\n7\n")
    _, three = made("three", None, label="3", seeds="5,5")
    named, both = made("both", None, lines=str(tmp_path / "classes.txt"), seeds="5,5")
    assert named == ["3", "7"]
    assert (three[0] == both[0]).all()
    assert (both[0] != both[1]).any()
    assert set(made("records", keypad / "1-dataset", num=6)[0]) <= set("0123456789")
    assert made("none", None, num=2)[0] == [None, None]
    with pytest.raises(InputError, match="no such class"):
        made("wrong", None, label="eleven")


@tf
def test_labels_must_be_there_to_be_given(keypad: Path, fused: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mmcli.artifacts.records import Records

    monkeypatch.setattr(Records, "labels", property(lambda table: [None] * len(table)))
    with pytest.raises(InputError, match="have 0 classes"):
        train_gan(keypad / "1-dataset", fused, tmp_path / "gan", TrainGanConfig(**{**TINY, "given": ("label",)}), quiet())


@tf
def test_a_run_begins_from_another_and_says_what_it_took(keypad: Path, fused: Path, gan: Path, tmp_path: Path) -> None:
    spoken = io.StringIO()
    config = TrainGanConfig(**{**TINY, "eval_items": 0, "init_from": str(gan), "freeze_layers": 1, "given": ("caption",)})
    train_gan(keypad / "1-dataset", fused, tmp_path / "gan", config, Ui(stream=spoken))
    assert "generator: loaded" in spoken.getvalue()
    first, second = (store.open_artifact(path).file("model.json").parent for path in (gan, tmp_path / "gan"))
    from mmcli.artifacts import weights

    before, after = (weights.load(path / "weights.safetensors") for path in (first, second))
    frozen, free = "discriminator/0000.kernel", "discriminator/0002.kernel"
    assert (before[frozen] == after[frozen]).all()
    assert (before[free] != after[free]).any()


@tf
def test_networks_of_another_kind_cannot_be_begun_from(keypad: Path, fused: Path, gan: Path, tmp_path: Path) -> None:
    config = TrainGanConfig(**{**TINY, "eval_items": 0, "init_from": str(gan), "preset": "r3gan"})
    with pytest.raises(IntegrityError, match=r"image\.generator, but the generator to train is image\.generator\.r3gan"):
        train_gan(keypad / "1-dataset", fused, tmp_path / "gan", config, quiet())


@tf
def test_a_fused_folder_of_another_data_set_is_refused(keypad: Path, fused: Path, tmp_path: Path) -> None:
    runner("preprocess")(
        keypad / "raw", tmp_path / "other", config_of("preprocess")(image_size=16, seconds=0.5, test=0.2, augment=1), quiet()
    )
    with pytest.raises(IntegrityError, match="another data set"):
        train_gan(tmp_path / "other", fused, tmp_path / "gan", TrainGanConfig(**TINY), quiet())


@tf
def test_fewer_than_eight_records_are_too_few(keypad: Path, fused: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcli.stages.train_gan.stage.MIN_RECORDS", 10_000)
    with pytest.raises(InputError, match="train records have the field photo") as caught:
        train_gan(keypad / "1-dataset", fused, tmp_path / "gan", TrainGanConfig(**TINY), quiet())
    assert "10000" in caught.value.fix


@tf
@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"target": "sound", "preset": "r3gan"}, "--preset"),
        ({"target": "caption", "augment": ("flip",)}, "--augment"),
        ({"target": "caption", "loss": "hinge"}, "--loss"),
        ({"target": "caption", "xla": "on"}, "--xla"),
        ({"given": ("photo",)}, "--given"),
        ({"target": "smell"}, "--target"),
    ],
)
def test_what_a_modality_does_not_have_is_refused_before_anything_is_loaded(
    keypad: Path, fused: Path, tmp_path: Path, changes: dict[str, Any], where: str
) -> None:
    with pytest.raises(UsageError) as caught:
        train_gan(keypad / "1-dataset", fused, tmp_path / "gan", TrainGanConfig(**{**TINY, **changes}), quiet())
    assert caught.value.where == where
    assert not (tmp_path / "gan").exists()


def test_options_that_exclude_each_other_are_refused() -> None:
    for changes in ({"kimg": 1.0}, {"xla": "on", "devices": 2}, {"augment_p": "1.5"}, {"augment_p": "nan"}, {"augment": ("none", "flip")}):
        with pytest.raises(UsageError):
            dataclasses.replace(TrainGanConfig(**TINY), **changes)


@tf
def test_tokens_that_embed_kept_are_those_that_are_encoded_where_it_is_gone(keypad: Path, fused: Path, tmp_path: Path) -> None:
    from mmcli.artifacts import records
    from mmcli.conditioning.fused import FusedConditioner
    from mmcli.stages.train_gan import given

    data, space = store.open_artifact(keypad / "1-dataset"), store.open_artifact(fused)
    table = records.read(data.path)
    conditioner = FusedConditioner.load(fused)
    shape = (len(table), conditioner.field_tokens, conditioner.dim)
    kept = given._embedded(space, "caption", shape)
    assert kept is not None
    assert given._embedded(space, "caption", (len(table) + 1, *shape[1:])) is None
    encoded = given._encoded(conditioner, data, table, "caption", tmp_path)
    whole = slice(None)
    np.testing.assert_allclose(encoded.read(whole), kept.read(whole), atol=2e-3)
    shutil.copytree(fused, tmp_path / "moved")
    assert given._embedded(store.open_artifact(tmp_path / "moved"), "caption", shape) is None
    config = TrainGanConfig(**{**TINY, "eval_items": 0, "given": ("caption",)})
    train_gan(keypad / "1-dataset", tmp_path / "moved", tmp_path / "gan", config, quiet())
    assert not (tmp_path / "gan" / given.FOLDER).exists()


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@tf
def test_a_training_can_be_watched_in_the_output_folder_which_changes_nothing(
    keypad: Path, fused: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmcli.reporting import live

    looks, seen, spoken, tick_of, advance_of = list[int](), list[set[str]](), io.StringIO(), live.LivePage.tick, live.LivePage.advance
    out, config = tmp_path / "always", TrainGanConfig(**{**TINY, "eval_items": 0, "given": ("caption",)})

    def tick(page: live.LivePage, moment: Any) -> None:
        tick_of(page, moment)
        seen.append(files_of(out))

    def advance(page: live.LivePage, moment: Any) -> None:
        looks.append(moment.step)
        advance_of(page, moment)

    monkeypatch.setattr(live, "_FIRST_S", 1e9)
    never = train_gan(keypad / "1-dataset", fused, tmp_path / "never", config, quiet())
    monkeypatch.setattr(live, "_FIRST_S", -1.0)
    monkeypatch.setattr(live.LivePage, "tick", tick)
    monkeypatch.setattr(live.LivePage, "advance", advance)
    assert train_gan(keypad / "1-dataset", fused, out, config, Ui(stream=spoken)).id == never.id
    assert looks
    assert f"watch the training in a browser: {out / 'live.html'}" in spoken.getvalue()
    assert {"live.html", "samples/0000000.0.png", "samples/real.png", "samples/conditions.json"} <= seen[0]
    assert "artifact.json" not in seen[0]
    files = store.open_artifact(out, "gan").manifest.files
    assert {"live.html", "samples/0000000.0.png", "samples/real-0.png"} <= files.keys()
    assert not any(name.startswith("look") for name in files)
    page = (out / "live.html").read_text()
    assert "Finished." in page
    assert page.count("data:image/png") == 2


@tf
def test_each_item_of_the_grid_stands_with_the_record_it_is_conditioned_on(gan: Path, keypad: Path) -> None:
    from mmcli.artifacts import records

    table = records.read(keypad / "1-dataset")
    entries = json.loads((gan / "samples/conditions.json").read_text())
    assert len(entries) == 32
    rows = [table.ids.index(entry["id"]) for entry in entries]
    assert {table.columns["split"][row] for row in rows} == {"val"}
    captions, sounds = table.columns["caption.text"], table.present("sound")
    for row, entry in zip(rows, entries, strict=True):
        unsaid = f"sound ({table.labels[row]})" if sounds[row] else table.labels[row]
        assert entry["condition"] == (captions[row] or unsaid)
