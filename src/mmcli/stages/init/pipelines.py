"""Texts that differ between projects whose generator needs embeddings of other fields, and those that read the data set alone."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from mmcli.modalities import registry
from mmcli.stages.init.survey import Survey

_CLASSES = (2, 1000)  # number of classes that train-gan accepts
_PER_CLASS = 2  # labels that rarely repeat are not classes
LABEL, NONE = "label", "none"
_DIRECT = "`preprocess`, `train-gan`, `generate`, `evaluate` and `report`"


def given_for(survey: Survey, target: str) -> tuple[str, ...]:
    """What a field is generated from: all other fields, or without any the label where labels repeat, otherwise nothing."""
    others = tuple(name for name in survey.fields if name != target)
    return others or ((LABEL,) if has_classes(survey) else (NONE,))


def is_direct(survey: Survey, target: str) -> bool:
    """Whether the generator reads the data set alone: there is one field, or its family reads the given items themselves."""
    return len(survey.fields) == 1 or bool(registry.find(survey.fields[target]).written)


def of(survey: Survey, target: str, project: Path) -> dict[str, str]:
    """Texts of a project."""
    if len(survey.fields) == 1:
        return alone(survey, target)
    found = several(survey, target, project)
    return found | {"STEPS": _DIRECT} if is_direct(survey, target) else found


def several(survey: Survey, target: str, project: Path) -> dict[str, str]:
    """Texts of a project that generates one field from the others."""
    given = given_for(survey, target)
    other = given[0]
    instead = f"make TARGET={other} GIVEN={','.join(name for name in survey.fields if name != other)}"
    return {
        "GIVEN": ",".join(given),
        "FROM_WHAT": f" from {' and '.join(f'`{name}`' for name in given)}",
        "STEPS": "`preprocess`, `embed`, `fuse`, `train-gan`, `generate`, `evaluate` and `report`",
        "EXAMPLE": _from_field(survey, target, other, project),
        "INSTEAD": f"- To generate another field: `{instead}`.\n",
    }


def alone(survey: Survey, target: str) -> dict[str, str]:
    """Texts of a project that generates its only field, conditioned on classes if there are any."""
    (given,) = given_for(survey, target)
    classes = given == LABEL
    condition = f" --{LABEL} {shlex.quote(survey.example_label or 'NAME')}" if classes else ""
    return {
        "GIVEN": given,
        "FROM_WHAT": f" in {len(survey.labels):,} classes" if classes else "",
        "STEPS": _DIRECT,
        "EXAMPLE": f"mmcli generate work/4-gan-{target}{condition} --num 16 -o work/more",
        "INSTEAD": f"- To ignore the classes: `make GIVEN={NONE}`.\n" if classes else "",
    }


def has_classes(survey: Survey) -> bool:
    """Whether the records' labels are usable as classes."""
    least, most = _CLASSES
    return least <= len(survey.labels) <= most and sum(survey.labels.values()) >= _PER_CLASS * len(survey.labels)


def _from_field(survey: Survey, target: str, given: str, project: Path) -> str:
    modality = registry.find(survey.fields[given])
    value = survey.examples[given]
    if value and not modality.in_words():
        value = os.path.relpath(value, project.absolute())
    return f"mmcli generate work/4-gan-{target} --{modality.name} {shlex.quote(value or modality.metavar)} --num 16 -o work/more"
