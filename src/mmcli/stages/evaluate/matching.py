"""Encoders that tell whether a sample belongs to its condition; no generator and no condition ever used them.

They are those of `embed`, trained on the train split with a seed of their own, once per data set, and kept beside it.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from filelock import UnixFileLock

from mmcli.artifacts import arrays, records, store
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, InputError
from mmcli.core.ui import Ui
from mmcli.nn import runtime
from mmcli.pipeline import driver
from mmcli.stages.embed import STAGE
from mmcli.stages.embed.stage import positives_of
from mmcli.stages.evaluate.judging import FOLDER

if TYPE_CHECKING:
    from mmcli.conditioning.encoders import Encoders

Array = npt.NDArray[Any]
_SEED = 2_000_003  # no run is likely to use it
# The rate of learning grows for the first 100 steps.
_STEPS, _LEAST_EPOCHS, _MOST_EPOCHS, _BATCH = 300, 6, 300, 128


@dataclass(frozen=True)
class Matcher:
    """Vectors of all records of a data set, and encoders of its fields.

    Attributes:
        table: The records.
        vectors: Field name to unit vectors `[N, d]`, zero where a record lacks the field.
        groups: `[N]`; records of one group cannot be told apart by their conditions.
        encoders: The encoders.
    """

    table: Records
    vectors: dict[str, Array]
    groups: npt.NDArray[np.integer[Any]]
    encoders: Encoders

    def conditions(self, given: list[str]) -> Array:
        """Vectors `[N, d]` of the given fields of each record; zero for a record without any."""
        total = np.sum([np.asarray(self.vectors[name], np.float32) for name in given], axis=0)
        length = np.linalg.norm(total, axis=1, keepdims=True)
        return np.asarray(total / np.where(length > 0, length, 1.0))

    def items(self, field: str, inputs: Array) -> Array:
        """Vectors `[n, d]` of items in network form."""
        return self.encoders.vectors(field, inputs)


def matcher_of(dataset: Artifact, ui: Ui) -> Matcher | None:
    """Load the encoders of a data set, or train them; `None` if it has one field, or too few records to train on."""
    if len(dataset.manifest.fields) < 2:
        return None
    home = dataset.path.absolute().parent / FOLDER / f"{dataset.id[:12]}-matcher"
    try:
        home.parent.mkdir(exist_ok=True)
        # Runs that score several targets at once wait for the same encoders instead of training them twice.
        with UnixFileLock(home.with_suffix(".waiting")):
            return _at(home, dataset, ui)
    except InputError as error:
        ui.detail(f"no encoders for matching: {error.what}")
        return None
    except (EnvironmentUnfitError, OSError) as error:
        ui.detail(f"the encoders for matching are not stored beside the data set: {visible(error)}")
        with tempfile.TemporaryDirectory() as folder:
            return _at(Path(folder) / "matcher", dataset, ui)


def _at(home: Path, dataset: Artifact, ui: Ui) -> Matcher:
    """The encoders stored at `home`, in memory: a temporary `home` may be gone when they are used."""
    table = records.read(dataset.path)
    epochs = int(np.clip(-(-_STEPS * _BATCH // max(1, len(table.rows("train")))), _LEAST_EPOCHS, _MOST_EPOCHS))
    if not (home / "artifact.json").exists():
        ui.info("training the encoders that compare samples with their conditions ...")
    config = STAGE.config(epochs=epochs, patience=epochs, batch_size=_BATCH, seed=_SEED)
    driver.run(STAGE, [dataset.path], home, config, Ui(quiet=True, silent=True))
    kept = store.open_artifact(home, "embeddings")
    fields = list(dataset.manifest.fields)
    vectors = {name: np.array(arrays.load(kept.file(f"vectors/{name}.npy"))) for name in fields}
    runtime.start(Ui(silent=True), _SEED)  # quietly: where the encoders are up to date, nothing has loaded TensorFlow yet
    from mmcli.conditioning.encoders import Encoders

    return Matcher(table, vectors, positives_of(table, fields, "auto").match, Encoders(home, fields))
