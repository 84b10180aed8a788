"""A modality that only these tests know goes the whole way, and nothing else is touched for it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.core.errors import IntegrityError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_from_json, registry

pytestmark = pytest.mark.tf
LENGTH = 16


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


@pytest.fixture(scope="module")
def series() -> Iterator[None]:
    """Knows the modality; workers find its modules as this process does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parent)
        from series import MODALITY

        patch.setattr("mmcli.training.judge.MIN_STEPS", 20)

        with registry.registered(MODALITY):
            yield


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Series that rise or fall, with the word for it."""
    folder, rng = tmp_path_factory.mktemp("raw"), np.random.default_rng(0)
    rows = []
    for i in range(80):
        rises = bool(i % 2)
        values = np.linspace(-1, 1, LENGTH) * (3.0 if rises else -3.0) + 0.1 * rng.standard_normal(LENGTH)
        (folder / f"{i:03d}.csv").write_text("".join(f"{value}\n" for value in values))
        word = "rises" if rises else "falls"
        rows.append(
            {
                "id": f"{i:03d}",
                "label": word,
                "caption": f"the line {word} {'slowly' if i % 3 else 'fast'}",
                "curve_file_name": f"{i:03d}.csv",
            }
        )
    (folder / "bad.csv").write_text("one\n")
    rows.append({"id": "bad", "label": "rises", "caption": "the line rises", "curve_file_name": "bad.csv"})
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.fixture(scope="module")
def work(series: None, raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Every stage, one after the other."""
    import keras

    import mmcli

    work = tmp_path_factory.mktemp("work")
    mmcli.preprocess(raw, out=work / "1-dataset", series_length=LENGTH, workers=1, test=0.2)
    mmcli.embed(work / "1-dataset", out=work / "2-embeddings", epochs=1, dim=8, tokens=2, series_width=4)
    mmcli.fuse(work / "2-embeddings", out=work / "3-fused", epochs=1, latents=2, heads=2)
    mmcli.train_gan(work / "1-dataset", work / "3-fused", out=work / "4-gan", target="curve", steps=4, batch_size=8, ticks=2, noise_dim=4)
    mmcli.generate(work / "4-gan", out=work / "5-samples", from_dataset=work / "1-dataset")
    mmcli.evaluate(work / "5-samples", work / "1-dataset", out=work / "6-scores")
    mmcli.report(work, out=work / "report")
    yield work
    keras.mixed_precision.set_dtype_policy("float32")  # train_gan chooses the faster one for the process


def test_preprocess_reads_it_and_says_what_it_cannot(work: Path) -> None:
    data = store.open_artifact(work / "1-dataset", "dataset").manifest
    assert data.fields["curve"] == {"modality": "series", "shape": [LENGTH, 1], "dtype": "float32", "units": "of the greatest"}
    assert data.summary["rejects"] == {"SERIES_NO_NUMBER": 1}
    assert np.abs(np.load(work / "1-dataset/fields/curve.npy")).max() > 0.9


def test_samples_are_files_of_it(work: Path) -> None:
    samples = store.open_artifact(work / "5-samples", "samples")
    files = [name for name in samples.manifest.files if name.endswith(".csv")]
    assert files
    assert all(len(samples.file(name).read_text().split()) == LENGTH for name in files)


def test_scores_and_page_show_it(work: Path) -> None:
    scores = json.loads((work / "6-scores/scores.json").read_text())
    assert {"condition_accuracy", "frechet", "coverage"} <= set(scores)
    page = (work / "report/index.html").read_text()
    assert "mean of the series" in page
    assert 'class="shot strip' in page


def test_a_given_series_is_a_condition_and_a_query(work: Path, raw: Path, tmp_path: Path) -> None:
    import mmcli

    mmcli.train_gan(work / "1-dataset", work / "3-fused", out=tmp_path / "gan", target="caption", steps=2, batch_size=8, ticks=1, width=8)
    mmcli.generate(tmp_path / "gan", out=tmp_path / "samples", series=(str(raw / "000.csv"),), num=2)
    line = json.loads((tmp_path / "samples/metadata.jsonl").read_text().splitlines()[0])
    assert line["given_curve"] == "000.csv"
    found = mmcli.search(work / "2-embeddings", series=(str(raw / "000.csv"),), target="caption", top=3)
    assert found


def test_it_is_known_for_a_while_only(series: None) -> None:
    other = replace(registry.find("series"), name="waves", builders={})
    with registry.registered(other):
        assert registry.find("waves") is other
        with pytest.raises(ValueError, match="already"):
            registry.register(other)
    with pytest.raises(IntegrityError, match="unknown modality waves"):
        codec_from_json({"modality": "waves"})


def test_builders_carry_the_name_of_their_modality(series: None) -> None:
    with pytest.raises(ValueError, match=r"series\.encoder"):
        registry.register(replace(registry.find("series"), name="waves"))
