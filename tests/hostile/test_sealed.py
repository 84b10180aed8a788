"""Artifacts whose hashes are right and whose content lies: exit code 5 with the file and the key, before anything is allocated."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmcli.artifacts import arrays, jsonio, manifest, store
from mmcli.artifacts.score_files import check_figures, read_classes, read_comparison, read_nearest, read_scores
from mmcli.core.errors import IntegrityError
from mmcli.core.ui import Ui
from mmcli.modalities.fields import open_rows, open_sequences
from mmcli.modalities.network_fit import checked_codecs
from mmcli.stages.registry import config_of, runner

QUIET = Ui(quiet=True)


def seal(folder: Path, **changes: Any) -> Path:
    """Give a folder a manifest that agrees with itself, with some keys changed."""
    body = jsonio.read(folder / "artifact.json") if (folder / "artifact.json").exists() else {}
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "artifact.json"
    }
    known = {key: value for key, value in body.items() if key not in ("checksum", "schema", "id", "inputs")}
    plain = {"kind": "dataset", "config": {}, "seed": 0, "inputs": [], "fields": {}, "counts": {}, "summary": {}, "versions": {}}
    made = manifest.Manifest(**{**plain, **known, **changes, "files": files})
    jsonio.write(folder / "artifact.json", replace(made, id=made.digest()).to_json())
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small data set of texts, images and sounds."""
    work = tmp_path_factory.mktemp("sealed")
    runner("demo-data")(work / "raw", config_of("demo-data")(num_records=20), QUIET)
    config = config_of("preprocess")(image_size=8, seconds=0.2, sample_rate_hz=4000)
    runner("preprocess")(work / "raw", work / "dataset", config, QUIET)
    return work / "dataset"


@pytest.fixture
def dataset(original: Path, tmp_path: Path) -> Path:
    shutil.copytree(original, tmp_path / "work" / "dataset")
    return tmp_path / "work" / "dataset"


def preview(folder: Path) -> str:
    """What `info --preview` says is wrong."""
    from mmcli.stages.info.stage import dataset_preview

    with pytest.raises(IntegrityError) as caught:
        dataset_preview(folder)
    return f"{caught.value.what} | {caught.value.where}"


def report_problems(work: Path, out: Path) -> str:
    """The page of a work folder that can be read without its corrupted artifacts."""
    runner("report")(work, out, config_of("report")(), QUIET)
    return (out / "index.html").read_text()


def change_codec(folder: Path, name: str, **changes: Any) -> Path:
    path = folder / "fields" / f"{name}.codec.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return seal(folder)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("caption", {"rules": []}, "rules is a list, not an object"),
        ("photo", {"fit": "squeeze", "aspect": 1e9}, "aspect is 1000000000.0"),
        ("sound", {"sample_rate_hz": -4000}, "sample_rate_hz is -4000"),
        ("photo", {"height": 16}, "the codec's shape is [16, 8, 1], but the manifest says [8, 8, 1] of photo"),
        ("caption", {"length": 5}, "the codec's shape is [5]"),
    ],
)
def test_a_lying_codec_is_named_and_costs_its_section_only(
    dataset: Path, tmp_path: Path, name: str, change: dict[str, Any], words: str
) -> None:
    said = preview(change_codec(dataset, name, **change))
    assert words in said
    assert said.endswith(f"{name}.codec.json")
    page = report_problems(tmp_path / "work", tmp_path / "page")
    assert "Not shown" in page
    assert f"({name}.codec.json)" in page


@pytest.mark.parametrize("rows", [0, 3, 21])
def test_rows_that_do_not_fit_the_records(dataset: Path, rows: int) -> None:
    array = np.array(arrays.load(dataset / "fields/photo.npy"))
    arrays.save(dataset / "fields/photo.npy", np.resize(array, (rows, *array.shape[1:])))
    assert f"shape ({rows}, 8, 8, 1) do not fit the records and the codec, which need uint8 (20, 8, 8, 1)" in preview(seal(dataset))


def test_rows_of_another_type_or_shape(dataset: Path) -> None:
    array = np.array(arrays.load(dataset / "fields/photo.npy"))
    for changed in (array.astype(np.float32), array[..., 0], np.repeat(array, 3, -1)):
        arrays.save(dataset / "fields/photo.npy", changed)
        assert "do not fit the records and the codec" in preview(seal(dataset))


@pytest.mark.parametrize("number", [-1, 10**6])
def test_an_id_outside_the_vocabulary(dataset: Path, number: int) -> None:
    ids = np.array(arrays.load(dataset / "fields/caption.npy"))
    ids[7, 0] = number
    arrays.save(dataset / "fields/caption.npy", ids)
    assert "a text has an id outside the vocabulary" in preview(seal(dataset))


def test_offsets_and_waves_that_do_not_fit(dataset: Path) -> None:
    offsets, waves = dataset / "fields/sound.wave.offsets.npy", dataset / "fields/sound.wave.npy"
    kept, samples = np.array(arrays.load(offsets)), np.array(arrays.load(waves))
    for changed, words in [
        (kept[:-1], "offsets end at"),
        (np.concatenate([kept, kept[-1:]]), "do not fit the records"),
        (kept[::-1], "do not start with 0 and increase"),
    ]:
        arrays.save(offsets, changed)
        assert words in preview(seal(dataset))
    arrays.save(offsets, kept)
    arrays.save(waves, samples.astype(np.float32))
    assert "sounds must be 16-bit samples, not float32" in preview(seal(dataset))
    with pytest.raises(IntegrityError, match="16-bit samples"):
        open_sequences(store.open_artifact(dataset), "sound")


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("id", list(range(20)), "the column id of records.parquet contains int64"),
        ("label", [[1]] * 20, "the column label of records.parquet contains list"),
        ("photo.present", ["yes"] * 20, "the column photo.present of records.parquet contains string"),
        ("photo.present", [None, *[True] * 19], "does not say of each record which fields it has"),
        ("split", ["all"] * 20, "an unknown split"),
        ("caption.text", [1.5] * 20, "the column caption.text of records.parquet contains double"),
    ],
)
def test_a_column_of_another_type(dataset: Path, column: str, values: list[Any], words: str) -> None:
    table = pq.read_table(dataset / "records.parquet")
    pq.write_table(table.set_column(table.column_names.index(column), column, pa.array(values)), dataset / "records.parquet")
    assert words in preview(seal(dataset))


def test_what_is_right_is_read(dataset: Path) -> None:
    data = store.open_artifact(seal(dataset))
    assert {name: tuple(open_rows(data, name).shape)[1:] for name in ("photo", "sound")} == {"photo": (8, 8, 1), "sound": (16, 128)}


GAN: dict[str, Any] = {"family": "gan", "target": "photo", "given": ["caption"], "kimg": 1.0}
FIELDS = {"photo": {"modality": "image", "shape": [8, 8, 1], "dtype": "uint8"}, "caption": {"modality": "text"}}


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        ({}, "family is missing"),
        ({"family": "gan", "target": "photo"}, "given is missing"),
        ({**GAN, "given": 7}, "given is 7, not a valid list"),
        ({**GAN, "target": ["photo"]}, "target is a list"),
        ({**GAN, "kimg": "many"}, "kimg is 'many', not a valid number"),
        ({**GAN, "kimg": 1e300}, r"kimg is 1e\+300"),
        ({**GAN, "target": "sound"}, "names no field sound"),
        ({**GAN, "given": ["caption", "caption"]}, "names a field twice"),
        ({**GAN, "given": ["photo"]}, "names a field twice"),
        ({**GAN, "ledger": [{"topic": 1}]}, "ledger.0.topic is 1"),
    ],
)
def test_generate_refuses_an_odd_summary(tmp_path: Path, summary: dict[str, Any], words: str) -> None:
    (tmp_path / "gan").mkdir()
    seal(tmp_path / "gan", kind="gan", summary=summary, fields=FIELDS)
    with pytest.raises(IntegrityError, match=words):
        runner("generate")(tmp_path / "gan", None, tmp_path / "out", config_of("generate")(), QUIET)


@pytest.mark.parametrize(
    ("kind", "summary", "words"),
    [
        ("embeddings", {"r1": "high"}, "r1 is &#39;high&#39;, not a valid number"),
        ("embeddings", {"retrieval": {"a to b": [1]}}, "retrieval.a to b is a list"),
        ("fused", {"noise": {"a": {"loud": 0.5}}}, "noise"),
        ("gan", {**GAN, "kimg": None}, "kimg is None"),
        ("samples", {"target": "photo", "num": "a lot"}, "num is &#39;a lot&#39;, not a valid integer"),
        ("scores", {"keypad_accuracy": [1, 2]}, "keypad_accuracy is a list"),
        ("dataset", {"ledger": 7}, "ledger is 7"),
    ],
)
def test_a_report_goes_on_without_an_odd_summary(dataset: Path, tmp_path: Path, kind: str, summary: dict[str, Any], words: str) -> None:
    (tmp_path / "work" / "odd").mkdir()
    seal(tmp_path / "work" / "odd", kind=kind, summary=summary)
    page = report_problems(tmp_path / "work", tmp_path / "page")
    assert "Labels and splits" in page
    assert "Not shown" in page
    assert words in page


@pytest.mark.parametrize("key", ["config", "summary"])
def test_a_manifest_that_is_nested_too_deeply(dataset: Path, key: str) -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    body = {**jsonio.read(dataset / "artifact.json"), key: deep}
    (dataset / "artifact.json").write_text(json.dumps(body))
    with pytest.raises(IntegrityError, match="nested too deeply"):
        manifest.read_manifest(dataset)


@pytest.mark.parametrize(("depth", "good"), [(63, True), (64, True), (65, False), (900, False)])
def test_the_depth_of_json_is_bounded(depth: int, good: bool) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        if good:
            jsonio.loads(text)
        else:
            with pytest.raises(jsonio.JsonError, match="nested too deeply"):
                jsonio.loads(text)
    assert jsonio.loads(json.dumps([{"a": [i]} for i in range(1000)]))[999] == {"a": [999]}  # many, but not deep


def test_an_integer_that_no_float_can_hold_is_out_of_range() -> None:
    assert jsonio.loads("1" * 300) == int("1" * 300)
    with pytest.raises(jsonio.JsonError, match="out of range"):
        jsonio.loads("1" * 301)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seed": -1}, "seed is -1"),
        ({"counts": {"ok": -5}}, "counts.ok is -5"),
        ({"counts": {"present": {"photo": "all"}}}, "counts.present.photo is 'all'"),
        ({"fields": {"photo": {"modality": 7}}}, "fields.photo.modality is 7"),
        ({"fields": {"photo": {"modality": "image", "shape": [-1]}}}, r"fields.photo.shape.0 is -1"),
        ({"versions": {"numpy": 2}}, "versions.numpy is 2"),
    ],
)
def test_a_value_of_the_manifest_is_named_with_its_key(dataset: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(IntegrityError, match=words):
        manifest.read_manifest(seal(dataset, **change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shape": [16, 8, 1]}, r"has shape \[16, 8, 1\], but the codec of photo has \[8, 8, 1\]"),
        ({"shape": [8, 8, 10**9]}, "shape is out of bounds"),
        ({"width": 10**9}, "width is out of bounds"),
        ({"width": None}, "width is neither a number nor a string"),
        ({"scales": [4] * 65}, "the list scales is too long"),
    ],
)
def test_a_recipe_must_fit_the_codec(dataset: Path, change: dict[str, Any], words: str) -> None:
    config = {"shape": [8, 8, 1], "dim": 8, "tokens": 2}
    recipe = {"builder": "image.encoder", "config": config}
    model = {"schema": 1, "networks": {"encoder.photo": recipe}, "extra": {"fields": ["photo"]}}
    jsonio.write(dataset / "model.json", model)
    checked_codecs(store.open_artifact(seal(dataset)), ["photo"])
    recipe["config"] = {**config, **change}
    jsonio.write(dataset / "model.json", model)
    with pytest.raises(IntegrityError, match=words):
        checked_codecs(store.open_artifact(seal(dataset), verify=False), ["photo"])


SCORE = {"value": 0.5, "real": None, "better": "higher", "n": 4}


@pytest.mark.parametrize(
    ("read", "body", "words"),
    [
        (read_scores, {"kid": {**SCORE, "value": [1]}}, "kid.value is a list"),
        (read_scores, {"kid": {**SCORE, "better": "sideways"}}, "kid.better is 'sideways'"),
        (read_scores, {"kid": {"real": 1.0}}, "kid.value is missing"),
        (read_scores, {"kid": {**SCORE, "value": None}}, "kid: there is neither a value nor a reason"),
        (read_scores, [], "it is a list, not an object"),
        (read_classes, {"classes": ["a", "b"], "confusion": [[1, 0]], "rows": [{}, {}]}, "do not fit 2 classes"),
        (read_classes, {"classes": ["a"], "confusion": [[-1]], "rows": [{}]}, "confusion.0.0 is -1"),
        (read_nearest, {"pairs": [{"sample": -1, "train": "a", "distance": 0.5}]}, "pairs.0.sample is -1"),
        (read_nearest, {"pairs": [{"sample": 1, "train": 7, "distance": 0.5}]}, "pairs.0.train is 7"),
        (read_comparison, {"samples": [], "rows": [{"score": "kid", "better": "lower", "values": [0.1], "differences": []}]}, "0 samples"),
    ],
)
def test_files_of_scores_are_checked(tmp_path: Path, read: Callable[[Path], Any], body: Any, words: str) -> None:
    jsonio.write(tmp_path / "scores.json", body)
    with pytest.raises(IntegrityError, match=words):
        read(tmp_path / "scores.json")


def test_a_log_of_figures_holds_figures() -> None:
    lines = [{"kimg": 1, "loss": 0.5, "phase": "mle", "kept": True, "nll": None}]
    assert check_figures(lines, Path("metrics.jsonl")) == lines
    with pytest.raises(IntegrityError, match=r"1\.kimg"):
        check_figures([*lines, {"kimg": {"a": 1}}], Path("metrics.jsonl"))
