"""Small artifacts to run stages on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import arrays, jsonio, records, store, weights

FIELDS = ("image", "sound", "text")


def write_embeddings(
    folder: Path,
    *,
    count: int = 120,
    dim: int = 16,
    tokens: int = 3,
    classes: int = 4,
    labels: bool = True,
    spread: float = 1.0,
    missing: float = 0.1,
    fields: tuple[str, ...] = FIELDS,
    nothing: tuple[int, ...] = (),
    seed: int = 0,
) -> Path:
    """Write an `embeddings` artifact: a prototype per class and field, and noise of `spread`.

    `nothing` numbers records that have no field at all.
    """
    rng = np.random.default_rng([seed, 1])
    label = rng.integers(0, classes, count)
    splits = np.where(np.arange(count) % 10 == 8, "val", np.where(np.arange(count) % 10 == 9, "test", "train"))
    columns: dict[str, list[object]] = {
        "id": [f"r{i:06d}" for i in range(count)],
        "split": splits.tolist(),
        "label": [f"class {n}" if labels else None for n in label],
        "group": [None] * count,
    }
    absent = rng.integers(0, len(fields), count)
    lacks = rng.random(count) < missing
    with store.begin(folder, kind="embeddings", config={"dim": dim}, seed=seed, inputs=[]) as build:
        (build.path / "fields").mkdir(exist_ok=True)
        for number, name in enumerate(fields):
            prototypes = rng.standard_normal((classes, tokens, dim))
            rows = prototypes[label] + spread * rng.standard_normal((count, tokens, dim))
            present = ~(lacks & (absent == number))
            present[list(nothing)] = False
            rows[~present] = 0.0
            vectors = rows.mean(1) / np.maximum(np.linalg.norm(rows.mean(1), axis=1, keepdims=True), 1e-9)
            arrays.save(build.path / "tokens" / f"{name}.npy", rows.astype(np.float16))
            arrays.save(build.path / "vectors" / f"{name}.npy", vectors.astype(np.float32))
            jsonio.write(build.path / "fields" / f"{name}.codec.json", {"modality": "text"})
            columns |= {f"{name}.present": present.tolist(), f"{name}.source": ["inline"] * count, f"{name}.sha256": [""] * count}
        records.write(build.path, columns)
        jsonio.write(build.path / "model.json", {"schema": 1, "networks": {}, "extra": {}})
        weights.save(build.path / "weights.safetensors", {})
        build.commit(fields={name: {"modality": "text"} for name in fields}, counts={"records": count})
    return folder


@pytest.fixture
def embeddings(tmp_path: Path) -> Callable[..., Path]:
    """Writes an `embeddings` artifact into a temporary folder; see `write_embeddings`."""

    def write(name: str = "embeddings", **options: object) -> Path:
        return write_embeddings(tmp_path / name, **options)  # type: ignore[arg-type]

    return write


@pytest.fixture(scope="session")
def keypad(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder with `raw` and `1-dataset` of 160 keypad records; shared, so do not change it."""
    from mmcli.core.ui import Ui
    from mmcli.stages.demo_data.options import DemoDataConfig
    from mmcli.stages.registry import runner

    demo_data = runner("demo-data")
    from mmcli.stages.registry import runner

    preprocess = runner("preprocess")
    from mmcli.stages.registry import config_of

    work = tmp_path_factory.mktemp("keypad")
    demo_data(work / "raw", DemoDataConfig(num_records=160), Ui(quiet=True))
    config = config_of("preprocess")(image_size=16, seconds=0.5, test=0.2)
    preprocess(work / "raw", work / "1-dataset", config, Ui(quiet=True))
    return work


def write_samples(
    folder: Path,
    dataset: Path,
    target: str,
    *,
    count: int = 40,
    wrong: int = 0,
    given: str = "caption",
    more: dict[str, object] | None = None,
) -> Path:
    """Write a `samples` artifact of real test items; `wrong` of them carry another label."""
    from PIL import Image

    from mmcli.artifacts.raw import RawWriter
    from mmcli.modalities import codec_from_json
    from mmcli.modalities.fields import open_rows

    data, table = store.open_artifact(dataset), records.read(dataset)
    state = jsonio.read(dataset / f"fields/{target}.codec.json")
    codec = codec_from_json(state)
    chosen = np.resize(np.flatnonzero(table.present(target)[table.rows("test")]), count)
    chosen = table.rows("test")[chosen]
    rows = np.asarray(open_rows(data, target, codec)[chosen])
    ref = store.relative_input(dataset, folder, "dataset", data.id)
    with store.begin(folder, kind="samples", config={"num": count}, seed=0, inputs=[ref]) as build, RawWriter(build.path) as writer:
        for i, (number, row) in enumerate(zip(chosen, rows, strict=True)):
            path = codec.write(row, writer.media_path(target, f"{i:04d}", ""))
            label = str((int(table.labels[number]) + (i < wrong)) % 10)
            line = {"id": f"{i:04d}", "seed": i, "condition_id": table.ids[number], "label": label, f"given_{given}": "given"}
            writer.add({**line, f"{target}_file_name": writer.relative(path), **(more or {})})
        writer.close()
        arrays.save(build.path / "rows.npy", rows)
        Image.fromarray(codec.sheet(rows[:4])).save(build.path / "sheet.png")
        (build.path / "fields").mkdir()
        jsonio.write(build.path / f"fields/{target}.codec.json", state)
        summary = {"target": target, "given": [given], "num": count, "modality": codec.modality}
        build.commit(fields={target: data.manifest.fields[target]}, counts={"ok": count}, summary=summary)
    return folder


@pytest.fixture
def samples() -> Callable[..., Path]:
    """Writes a `samples` artifact; see `write_samples`."""
    return write_samples
