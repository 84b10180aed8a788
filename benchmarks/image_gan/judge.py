"""A fixed judge: a small CNN that learned the train split's labels once, whose 64 features give distances.

It is no part of mmcli's training or of its conditioning encoder. The same seed and processor give
the same weights; their SHA-256 stands beside every score.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import records, store, weights
from mmcli.core.ui import Ui
from mmcli.metrics.unpaired.frechet import frechet_distance
from mmcli.modalities.fields import open_rows
from mmcli.nn import runtime

EPOCHS, BATCH, SEED = 4, 128, 0
NUM_SAMPLES = 5000


@dataclass(frozen=True)
class Data:
    """Pictures `[n, H, W, C]` uint8 and class numbers `[n]` of the two splits."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray
    names: list[str]

    @classmethod
    def load(cls, dataset: Path, field: str = "image") -> Data:
        """Read a `dataset` artifact."""
        source, table = store.open_artifact(dataset, "dataset"), records.read(dataset)
        rows, (labels, names) = np.asarray(open_rows(source, field)), table.label_ids()
        train, test = table.rows("train"), table.rows("test")
        return cls(rows[train], labels[train], rows[test], labels[test], names)


def network(shape: tuple[int, ...], classes: int) -> Any:
    """Two convolutions, 64 features, one linear layer."""
    import keras

    layers = keras.layers
    picture = keras.Input(shape)
    x: Any = layers.Rescaling(1 / 127.5, offset=-1.0)(picture)
    for channels in (32, 64):
        x = layers.MaxPooling2D()(layers.Conv2D(channels, 3, padding="same", activation="relu")(x))
    feature = layers.Dense(64, activation="relu")(layers.Dropout(0.3)(layers.Flatten()(x)))
    return keras.Model(picture, [feature, layers.Dense(classes)(feature)])


class Judge:
    """Reads pictures `[n, H, W, C]` uint8.

    Attributes:
        sha256: Of its weights.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.sha256 = hashlib.sha256(b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())).hexdigest()

    def read(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Features `[n, 64]` and class numbers `[n]`."""
        features, logits = self._model.predict(pictures.astype(np.float32), batch_size=500, verbose=0)
        return features, logits.argmax(1)


def load(data: Data, cache: Path) -> Judge:
    """Train the judge, or read the one that was trained before."""
    runtime.start(Ui(quiet=True), SEED)
    import keras

    model = network(data.train.shape[1:], len(data.names))
    if cache.is_file():
        saved = weights.load(cache)
        model.set_weights([saved[f"{i:02d}"] for i in range(len(saved))])
        return Judge(model)
    whole = keras.Model(model.input, model.output[1])
    steps = EPOCHS * (len(data.train) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(1e-3, steps)
    whole.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    for epoch in range(EPOCHS):
        order = np.random.default_rng([SEED, epoch]).permutation(len(data.train))[: len(data.train) // BATCH * BATCH]
        whole.fit(data.train[order].astype(np.float32), data.train_labels[order], batch_size=BATCH, shuffle=False, verbose=0)
    weights.save(cache, {f"{i:02d}": w for i, w in enumerate(model.get_weights())})
    return Judge(model)


@dataclass(frozen=True)
class Score:
    """Distance of the features to the test split's, and the share judged as the class that was asked for."""

    distance: float
    as_asked: float


class Scorer:
    """Scores sets of 5,000 pictures against the whole test split."""

    def __init__(self, data: Data, judge: Judge) -> None:
        self.data, self.judge = data, judge
        self._test, self._test_judged = judge.read(data.test)

    @property
    def accuracy(self) -> float:
        """Of the judge on the test split."""
        return float((self._test_judged == self.data.test_labels).mean())

    def score(self, pictures: np.ndarray, labels: np.ndarray) -> Score:
        """Score pictures that were to be of the classes `labels`."""
        features, judged = self.judge.read(pictures)
        return Score(frechet_distance(features, self._test), float((judged == labels).mean()))

    def real(self) -> Score:
        """The same of so many real train pictures."""
        chosen = np.random.default_rng(SEED).permutation(len(self.data.train))[:NUM_SAMPLES]
        return self.score(self.data.train[chosen], self.data.train_labels[chosen])
