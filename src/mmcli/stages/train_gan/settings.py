"""Resolve the options of `train-gan` against the data, and check them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from mmcli.artifacts import records
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.generators import registry
from mmcli.generators.base import Counts, Family, Target
from mmcli.modalities import label
from mmcli.stages.train_gan.options import TrainGanConfig

Array = npt.NDArray[Any]
NONE = "none"
MOST_CLASSES = 1000
_LEAST_PER_CLASS = 2
_LEAST_LABELLED = 0.5  # fraction of the records; with fewer, labels are a condition only on request


@dataclass(frozen=True)
class Settings:
    """Resolved settings.

    Attributes:
        config: Options, fully resolved.
        family: The generator family.
        target: The field to generate.
    """

    config: TrainGanConfig  # also an instance of the family's option class
    family: Family
    target: Target

    @property
    def given(self) -> tuple[str, ...]:
        """Names of the given fields; empty without a condition."""
        return () if self.config.given == (NONE,) else self.config.given

    @property
    def on_labels(self) -> bool:
        """Whether the records' labels are the only condition."""
        return self.config.given == (label.FIELD,)

    @property
    def of_items(self) -> bool:
        """Whether the generator reads the given items themselves."""
        return reads_items(self.family)


def resolve(config: TrainGanConfig, data: Artifact, space: Artifact | None) -> Settings:
    """Check the fields, choose the family, and resolve the options that depend on it and on the data.

    Args:
        config: Options.
        data: The data set.
        space: The `fused` artifact, if there is one.

    Raises:
        UsageError: Unknown target, given field or family, or an option that does not apply to the target.
    """
    known = data.manifest.fields
    name = config.target or (next(iter(known)) if len(known) == 1 else "")
    if name not in known:
        what = f"no field {visible(name)}" if name else "no target field"
        raise UsageError(what, "--target", f"use one of: {', '.join(known)}")
    config, target = replace(config, target=name), Target(name, known[name])
    family = registry.choose(config.family, target, config)
    readable = [*known, label.FIELD] if reads_items(family) else list(space.manifest.fields) if space else []
    config = replace(config, family=family.name, given=_given(config.given, name, data, readable))
    counts = data.manifest.counts
    found = Counts(int(counts.get("train", 0)), int(counts.get("present", {}).get(name, 0)))
    return Settings(family.resolve(config, target, found), family, target)


def classes_of(table: Records, train: Array, data: Artifact, least: int) -> label.LabelCodec:
    """The classes of the train records.

    Raises:
        InputError: They have fewer than `least` classes, or more than 1,000.
    """
    labels = table.labels
    names = sorted({name for i in train if (name := labels[i]) is not None})
    if not least <= len(names) <= MOST_CLASSES:
        what = f"the train records have {len(names):,} classes; conditioning on labels needs {least} to {MOST_CLASSES:,}"
        raise InputError(what, visible(data.path), f"give the records labels (class folders, or a column label), or use --given {NONE}")
    return label.LabelCodec(tuple(names))


def reads_items(family: Family) -> bool:
    """Whether a family reads the given items of the data set themselves, so that no `fused` artifact is needed."""
    return "items" in family.reads


def _given(given: tuple[str, ...], target: str, data: Artifact, readable: list[str]) -> tuple[str, ...]:
    """Names of the given fields; `none` alone means no condition, `label` alone the records' labels."""
    others = [name for name in readable if name != target]
    if not given:
        fields_only = [name for name in others if name != label.FIELD or name in data.manifest.fields]
        return tuple(fields_only) or ((label.FIELD,) if _labels_repeat(records.read(data.path), target) else (NONE,))
    if given in ((NONE,), (label.FIELD,)) and given[0] not in others:
        return given
    for name in given:
        if name not in others:
            raise _refusal(name, target, data, others, "data set" if label.FIELD in others else "fused artifact")
    return given


def _refusal(name: str, target: str, data: Artifact, others: list[str], source: str) -> UsageError:
    """Why a field cannot be given; `source` is what the family reads the fields from."""
    what, fields = f"the given field {visible(name)}", [other for other in others if other != label.FIELD]
    if name == target:
        return UsageError(f"{what} is the target itself", "--given", f"use {', '.join([NONE, label.FIELD, *fields])}")
    if name in data.manifest.fields:
        known = [registry.family(family) for family in registry.FAMILIES]
        direct = [family.name for family in known if reads_items(family) and family.serves(Target(target, data.manifest.fields[target]))]
        other = f"; --family {direct[0]} needs neither" if direct else ""
        fix = f"run embed and fuse on the data set and add the fused folder, or use {NONE} or {label.FIELD}{other}"
        return UsageError(f"{what} is not in the fused artifact" if others else f"{what} needs a fused artifact", "--given", fix)
    return UsageError(f"{what} is not in the {source}", "--given", f"use {NONE}, {label.FIELD}, or one or more of: {', '.join(fields)}")


def _labels_repeat(table: Records, target: str) -> bool:
    """Whether most train records have one of a small number of classes."""
    train = table.rows("train")
    train, labels = train[table.present(target)[train]], table.labels
    known = [name for i in train if (name := labels[i]) is not None]
    names = len(set(known))
    return 2 <= names <= MOST_CLASSES and len(known) >= max(_LEAST_PER_CLASS * names, _LEAST_LABELLED * len(train))
