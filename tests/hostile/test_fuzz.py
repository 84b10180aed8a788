"""A sample of `benchmarks/fuzz_artifacts.py`: single values of sealed artifacts are replaced, and every quick command is run."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import arrays, jsonio, records, store
from mmcli.artifacts.store import Artifact
from mmcli.modalities import codec_of
from mmcli.modalities.fields import open_rows

CASES, BATCH = 40, 10
SETTINGS = "[preprocess]\nimage-size = 8\nseconds = 0.2\nsample-rate-hz = 4000\n"


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    """The script, as a module."""
    path = Path(__file__).parents[2] / "benchmarks" / "fuzz_artifacts.py"
    spec = importlib.util.spec_from_file_location("fuzz_artifacts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def work(fuzzer: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set, and artifacts of later stages with everything but networks."""
    folder = tmp_path_factory.mktemp("fuzz") / "work"
    folder.mkdir()
    (folder / "small.toml").write_text(SETTINGS)
    for command in (["demo-data", "--num-records", "24", "-o", "raw"], ["preprocess", "raw", "-o", "dataset"]):
        code, said = fuzzer.run([*command, "--config", "small.toml", "-q"], folder)
        assert code == 0, said
    data = store.open_artifact(folder / "dataset")
    write_embeddings(folder / "embeddings", data)
    write_gan(folder / "gan-photo", data)
    write_samples(folder / "samples-photo", data)
    write_scores(folder / "scores-photo", data, store.open_artifact(folder / "samples-photo"))
    return folder


def commit(build: store.Build, data: Artifact, fields: list[str], **summary: Any) -> None:
    """Copy the codecs of some fields and the records, and seal the artifact."""
    (build.path / "fields").mkdir(exist_ok=True)
    for name in fields:
        shutil.copy(data.path / f"fields/{name}.codec.json", build.path / f"fields/{name}.codec.json")
    shutil.copy(data.path / "records.parquet", build.path)
    build.commit(fields={name: data.manifest.fields[name] for name in fields}, counts=data.manifest.counts, summary=summary)


def write_embeddings(folder: Path, data: Artifact) -> None:
    rng, fields = np.random.default_rng(0), list(data.manifest.fields)
    with store.begin(folder, kind="embeddings", config={}, seed=0, inputs=[]) as build:
        for name in fields:
            tokens = rng.normal(size=(24, 2, 8)).astype(np.float16)
            arrays.save(build.path / f"tokens/{name}.npy", tokens)
            vectors = tokens.mean(1, dtype=np.float32)
            arrays.save(build.path / f"vectors/{name}.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
        jsonio.write(build.path / "model.json", {"schema": 1, "networks": {}, "extra": {"fields": fields}})
        (build.path / "metrics.jsonl").write_text('{"epoch": 1, "loss": 2.0, "score": 0.1}\n{"epoch": 2, "loss": 1.0, "score": 0.2}\n')
        table = {"caption to photo": {"R@1": 0.5, "R@5": 0.6, "chance_R@1": 0.1, "queries": 4, "median_rank": 2.0, "mAP": 0.4}}
        commit(build, data, fields, r1=0.5, chance=0.1, retrieval=table, probes={"photo": 0.5}, scored_on="test")


def write_gan(folder: Path, data: Artifact) -> None:
    with store.begin(folder, kind="gan", config={"target": "photo"}, seed=0, inputs=[]) as build:
        lines = [{"kimg": k, "loss_g": 1.0 / k, "loss_d": 0.5, "real_over_fake": 0.6} for k in range(1, 5)]
        (build.path / "metrics.jsonl").write_text("".join(jsonio.dumps(line, indent=None) + "\n" for line in lines))
        recipe = {"builder": "image.generator", "config": {"shape": [8, 8, 1], "noise": 4, "condition": 24, "width": 4}}
        jsonio.write(build.path / "model.json", {"schema": 1, "networks": {"generator": recipe}, "extra": {"fields": ["caption"]}})
        commit(build, data, ["photo", "caption"], family="gan", target="photo", given=["caption"], kimg=4.0)


def write_samples(folder: Path, data: Artifact) -> None:
    codec, rows = codec_of(data, "photo"), np.asarray(open_rows(data, "photo")[:4])
    with store.begin(folder, kind="samples", config={}, seed=0, inputs=[]) as build:
        (build.path / "photo").mkdir()
        names = [codec.write(row, build.path / f"photo/{i}").relative_to(build.path).as_posix() for i, row in enumerate(rows)]
        lines = [{"id": str(i), "seed": i, "label": "7", "given_caption": "seven", "photo_file_name": name} for i, name in enumerate(names)]
        (build.path / "metadata.jsonl").write_text("".join(jsonio.dumps(line, indent=None) + "\n" for line in lines))
        arrays.save(build.path / "rows.npy", rows)
        commit(build, data, ["photo"], target="photo", given=["caption"], num=4)


def write_scores(folder: Path, data: Artifact, samples: Artifact) -> None:
    inputs = [store.relative_input(item.path, folder, item.manifest.kind, item.id) for item in (samples, data)]
    with store.begin(folder, kind="scores", config={}, seed=0, inputs=inputs) as build:
        score = {"value": 0.5, "real": 0.9, "better": "higher", "n": 4, "low": 0.4, "high": 0.6, "baselines": {"nearest": 0.7}}
        jsonio.write(build.path / "scores.json", {"precision": score, "coverage": {**score, "real": None}})
        table = {"classes": ["6", "7"], "confusion": [[1, 0], [1, 2]], "rows": [{"accuracy": 1.0}, {"accuracy": 0.7}]}
        jsonio.write(build.path / "per_class.json", table)
        numbers = np.flatnonzero(records.read(data.path).present("photo"))
        pairs = [{"sample": i, "train": records.read(data.path).ids[numbers[i]], "distance": 0.1 * i} for i in range(2)]
        jsonio.write(build.path / "nearest.json", {"pairs": pairs})
        verdict = {"word": "usable", "sentence": "90 % look real"}
        heads = [{"name": name, "num": 4, "paired": True, "verdict": verdict} for name in ("samples-photo", "others")]
        less = {"value": -0.1, "low": -0.2, "high": -0.05, "word": "worse"}
        rows = [{"score": "precision", "better": "higher", "values": [0.5, 0.4], "differences": [less]}]
        jsonio.write(build.path / "comparison.json", {"samples": heads, "rows": rows})
        jsonio.write(build.path / "judge.json", {"reference": "test split", "classes": ["6", "7"], "id": "0", "control": 4})
        build.commit(counts={"ok": 4}, summary={"target": "photo", "precision": 0.5, "coverage": 0.5})


def test_the_artifacts_are_sound(fuzzer: ModuleType, work: Path) -> None:
    """Without a change, everything is shown: otherwise the cases below would prove nothing."""
    code, said = fuzzer.run(["report", ".", "-o", "../page", "-q"], work)
    assert (code, said) == (0, "")
    rng = np.random.default_rng(0)
    for name in ("dataset", "embeddings", "samples-photo"):
        for command in fuzzer.commands(name, rng, light=True):
            if command[0] not in ("report", "evaluate"):
                code, said = fuzzer.run([part if part != "out-sheets" else "../sheets" for part in command], work)
                assert code == 0, (command, said)
                for path in work.glob("out-*"):
                    shutil.rmtree(path)


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_no_value_of_a_sealed_artifact_is_believed(fuzzer: ModuleType, work: Path, first: int) -> None:
    for number in range(first, first + BATCH):
        case = fuzzer.one_case(work, 0, number, light=True)
        for result in case["results"]:
            told = f"case {number}: {case['name']}/{case['told']}: {result['command']}: {result['said']}"
            assert result["code"] in fuzzer.ALLOWED, told
            assert result["s"] < fuzzer.MOST_SECONDS, told


@pytest.mark.parametrize("old", [1, "a", [1], {"a": 1}, None])
def test_ten_hostile_values_replace_one(fuzzer: ModuleType, old: Any) -> None:
    values = fuzzer.hostile_values(old)
    assert len(values) == 10
    assert type(values[0]) is not type(old)
    assert values[9] == ({} if isinstance(old, dict) else [] if isinstance(old, list) else "")
    body = {"x": [{"y": old}]}
    assert fuzzer.replaced(body, ("x", 0, "y"), 7) == {"x": [{"y": 7}]}
    assert ("x", 0, "y") in set(fuzzer.places(body))
    assert body == {"x": [{"y": old}]}
