"""Every method of embed on a tiny data set: it trains, is saved, and is rebuilt for search and classify."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import arrays, store, weights
from mmcli.core.errors import InputError, IntegrityError, SafetyError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities.text.words import formats
from mmcli.modalities.text.words.vectors import WordVectors
from mmcli.stages.classify.options import ClassifyConfig
from mmcli.stages.demo_data.options import DemoDataConfig
from mmcli.stages.registry import config_of, runner
from mmcli.stages.search.stage import search

SimilarityConfig = config_of("similarity")

SearchConfig = config_of("search")

pytestmark = pytest.mark.tf

demo_data = runner("demo-data")

similarity = runner("similarity")

classify = runner("classify")

embed = runner("embed")

preprocess = runner("preprocess")


TINY: dict[str, Any] = {"epochs": 1, "dim": 8, "tokens": 2, "batch_size": 16}


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


@pytest.fixture(autouse=True)
def _without_a_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcli.stages.embed.stage._draw_map", lambda *_: None)  # takes longer than the training


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("keypad")
    demo_data(root / "raw", DemoDataConfig(num_records=40), quiet())
    preprocess(root / "raw", root / "dataset", config_of("preprocess")(image_size=16, seconds=0.25, val=0.2, test=0.2), quiet())
    return root / "dataset"


@pytest.fixture
def run(dataset: Path, tmp_path: Path) -> Callable[..., Path]:
    def make(**options: Any) -> Path:
        embed(dataset, tmp_path / "out", config_of("embed")(**TINY, **options), quiet())
        return tmp_path / "out"

    return make


def finds_again(folder: Path) -> bool:
    """Whether the rebuilt encoder gives a record's text the vector that embed stored for it."""
    from mmcli.conditioning.embedded import Embedded

    data = Embedded(folder)
    row = int(data.rows("caption", "all")[0])
    found = data.encode([("caption", str(data.table.texts("caption")[row]))], quiet(), 0)[0]
    return bool(np.allclose(found, data.vectors("caption")[row], atol=1e-5))


@pytest.mark.parametrize(
    "options",
    [
        {"text_method": "lstm", "audio_method": "lstm", "pooling": "mean"},
        {"text_method": "word2vec", "pooling": "sif", "text_width": 12},
        {"text_method": "glove", "pooling": "mean", "text_width": 12},
        {"text_method": "bert", "pooling": "cls", "text_width": 16, "text_layers": 1, "pretrain_epochs": 1},
    ],
    ids=lambda options: options["text_method"],
)
def test_a_text_method_is_rebuilt_as_it_was_trained(run: Callable[..., Path], options: dict[str, Any]) -> None:
    assert finds_again(run(**options))


def test_queries_by_text_and_picture(run: Callable[..., Path], dataset: Path, tmp_path: Path) -> None:
    folder = run()
    picture = str(next((dataset.parent / "raw").rglob("*.png")))
    config = SearchConfig(text=("dial two",), image=(picture,), target="sound", top=3, sheet=str(tmp_path / "s.png"), dataset=str(dataset))
    result = search(folder, config, quiet())
    assert [len(hits) for hits in result.hits] == [3, 3]
    assert (tmp_path / "s.png").is_file()
    outcome = classify(folder, tmp_path / "classes", ClassifyConfig(label_texts="train"), quiet())
    assert outcome.body["summary"]["labels"] == 10
    similarity(folder, tmp_path / "sim", SimilarityConfig(text=("one", "two"), image=(picture,)), quiet())
    assert arrays.load(tmp_path / "sim" / "cosine.npy").shape == (3, 3)
    with pytest.raises(InputError):
        search(folder, SearchConfig(image=(str(tmp_path / "none.png"),)), quiet())


def test_published_word_vectors_stay_as_they_are_and_are_written_again(run: Callable[..., Path], tmp_path: Path) -> None:
    words = ("press", "dial", "one", "two", "please")
    table = WordVectors(words, np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32))
    formats.write_glove(tmp_path / "v.txt", table)
    folder = run(text_method="glove", text_weights=str(tmp_path / "v.txt"), word_format="word2vec")
    assert np.array_equal(formats.read(folder / "words" / "caption.vec").matrix, table.matrix)
    stored = next(t for name, t in weights.load(folder / "weights.safetensors").items() if "embeddings" in name and "caption" in name)
    for vector in table.matrix:
        assert (stored == vector).all(1).sum() <= 1
    assert np.isin(stored, [*table.matrix.ravel(), 0.0]).all()
    assert {ref.kind for ref in store.open_artifact(folder).manifest.inputs} == {"dataset", "file"}


def test_weights_that_do_not_fit_are_refused(run: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text("qqq 0.1 0.2\n")
    (tmp_path / "w.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    weights.save(tmp_path / "w.safetensors", {"x": np.zeros(2, np.float32)})
    cases = [
        ({"text_method": "glove", "text_weights": str(tmp_path / "v.txt")}, InputError),
        ({"text_method": "bert", "text_weights": str(tmp_path)}, InputError),
        ({"text_method": "bert", "text_weights": str(tmp_path / "none")}, InputError),
        ({"image_method": "mobilenet-v3-small", "image_weights": str(tmp_path / "w.h5")}, SafetyError),
        ({"image_method": "mobilenet-v3-small", "image_weights": str(tmp_path / "w.safetensors")}, IntegrityError),
    ]
    for options, error in cases:
        with pytest.raises(error):
            run(**options)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"pooling": "sif"},
        {"pooling": "cls"},
        {"text_weights": "x"},
        {"word_format": "glove"},
        {"image_weights": "imagenet"},
    ],
)
def test_options_that_contradict_each_other(options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        config_of("embed")(**options)  # type: ignore[arg-type]


def test_pictures_are_read_at_every_smaller_scale_and_features_are_kept(dataset: Path, tmp_path: Path) -> None:
    from mmcli.conditioning.embedded import Embedded

    options = config_of("preprocess")(image_size=32, scales=(16, 8), seconds=0.25, val=0.2, test=0.2)
    preprocess(dataset.parent / "raw", tmp_path / "scaled", options, quiet())
    embed(tmp_path / "scaled", tmp_path / "out", config_of("embed")(**TINY), quiet())
    data = Embedded(tmp_path / "out")
    row = int(data.rows("photo", "all")[0])
    picture = dataset.parent / "raw" / str(data.table.columns["photo.source"][row])
    np.testing.assert_allclose(data.encode([("photo", str(picture))], quiet(), 0)[0], data.vectors("photo")[row], atol=1e-5)
    features = arrays.load(tmp_path / "out" / "features" / "photo.npy")
    assert features.shape[:2] == (len(data.table), 2)
    assert features.dtype == np.float16
    assert not features[~data.table.present("photo")].any()


def test_scales_share_their_weights() -> None:
    from mmcli.core.errors import IntegrityError as Refused
    from mmcli.nn import networks_io

    recipe = {"shape": [32, 32, 1], "dim": 8, "tokens": 2, "width": 8}
    one, several = (networks_io.build("image.encoder", {**recipe, **more}).model for more in ({}, {"scales": [16, 8]}))
    assert one.count_params() == several.count_params()
    with pytest.raises(Refused, match="not smaller"):
        networks_io.build("image.encoder", {**recipe, "scales": [32]})
