"""The judge of a data set's field: trained once, stored beside the data set, and shared by all runs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import records, store
from mmcli.artifacts.store import Artifact, Build
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, InputError, MmcliError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField
from mmcli.nn import runtime
from mmcli.stages.evaluate.items import label_numbers

if TYPE_CHECKING:
    from mmcli.training.judge import Judge

Array = npt.NDArray[Any]
FOLDER = ".judges"
SEED = 0  # the same judge for all runs, whatever their seed
_VERSION = 2  # judges of another version are trained again
_MIN_TRAIN = 4
_MIN_REFERENCE, _FEW = 10, 50


@dataclass(frozen=True)
class Parts:
    """Records of a field that are compared.

    Attributes:
        name: Description of the reference.
        reference: Held-out records that samples are compared with.
        train: Records for the real scores and the nearest train items.
        other: More held-out records, possibly none.
    """

    name: str
    reference: npt.NDArray[np.int64]
    train: npt.NDArray[np.int64]
    other: npt.NDArray[np.int64]

    @classmethod
    def of(cls, real: StoredField, ui: Ui) -> Parts:
        """The test split against train; with too few records val is added, then halves of train are used.

        Raises:
            InputError: There are too few real items.
        """
        train, val, test = (real.chosen(split) for split in records.SPLITS)
        if len(test) >= _MIN_REFERENCE:
            found = cls("test split", test, train, val)
        elif len(test) + len(val) >= _MIN_REFERENCE:
            found = cls("val and test splits", np.concatenate([val, test]), train, val[:0])
        elif len(train) >= _MIN_TRAIN:
            mixed = generator(SEED, Purpose.EVALUATE_HALVES).permutation(train)
            found = cls("one half of the train split", mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :], val[:0])
        else:
            raise _too_few(len(train), real)
        if len(found.reference) < _FEW:
            ui.warn(f"the reference is only {len(found.reference)} real items ({found.name}); the scores are imprecise")
        return found


def _too_few(count: int, real: StoredField) -> InputError:
    what = f"only {count} train records have {visible(real.name)}"
    return InputError(what, "the data set", f"add records until there are {_MIN_TRAIN}, then rerun preprocess and what follows")


def judge_of(dataset: Artifact, real: StoredField, codec: Codec, ui: Ui) -> tuple[Judge, str]:
    """Load the judge, or train it and store it beside the data set; returns it and its id.

    If the data set's folder cannot be written, or another run is training the same judge, it is
    trained for this run alone. Training is deterministic, so it is the same judge.

    Raises:
        InputError: Too few train records have the field.
    """
    home = dataset.path.absolute().parent / FOLDER / f"{dataset.id[:12]}-{real.name}"
    try:
        return _judge_at(home, dataset, real, codec, ui)
    except EnvironmentUnfitError as error:
        ui.detail(f"the judge is not stored beside the data set: {error.what}")
        with tempfile.TemporaryDirectory() as folder:
            return _judge_at(Path(folder) / "judge", dataset, real, codec, ui)


def _judge_at(home: Path, dataset: Artifact, real: StoredField, codec: Codec, ui: Ui) -> tuple[Judge, str]:
    refs = [store.relative_input(dataset.path, home, "dataset", dataset.id)]
    settings = {"field": real.name, "version": _VERSION}
    with store.begin(home, kind="judge", config=settings, seed=SEED, inputs=refs, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            try:
                return _load(home, codec, ui)
            except MmcliError as error:
                ui.warn(f"the stored judge is corrupted ({error.what}); training it again")
                build.path.mkdir(exist_ok=True)
        judge, summary = _train(build, real, codec, ui)
        body = build.commit(summary=summary)
        return judge, body.id


def _load(home: Path, codec: Codec, ui: Ui) -> tuple[Judge, str]:
    from mmcli.nn import networks_io
    from mmcli.training.judge import Judge

    kept = store.open_artifact(home, "judge")
    networks, extra = networks_io.load(home, ("judge",))
    ui.detail(f"judge {kept.id[:12]} from {visible(home)}")
    classes = list(extra.get("classes", []))
    outputs: dict[str, networks_io.Shape] = {"features": (None, None), "real": (None, 1)}
    outputs |= {"logits": (None, len(classes))} if classes else {}
    networks_io.check_ports(networks.get("judge"), "judge", visible(home), inputs=(None, *codec.network_shape), outputs=outputs)
    return Judge(networks["judge"], classes), kept.id


def _train(build: Build, real: StoredField, codec: Codec, ui: Ui) -> tuple[Judge, dict[str, Any]]:
    from mmcli.modalities import judges
    from mmcli.nn import networks_io
    from mmcli.training.judge import classes_of

    runtime.reseed(SEED)
    train = real.chosen("train")
    names = classes_of([real.table.labels[i] for i in train])
    if len(train) < _MIN_TRAIN:
        raise _too_few(len(train), real)
    labels = label_numbers([real.table.labels[i] for i in train], names)
    train, labels = (train[labels >= 0], labels[labels >= 0]) if names else (train, labels)
    ui.info(f"training a judge of {real.name} on {len(train):,} real items ({f'{len(names)} labels' if names else 'without labels'}) ...")
    judge = judges.train(codec, names, np.asarray(real.rows[train]), labels, SEED, ui, realness=True)
    networks_io.save(build.path, {"judge": judge.network}, {"classes": names, "field": real.name})
    return judge, {"field": real.name, "classes": len(names), "train": len(train)}
