"""`init`: a Makefile, a configuration and a README for a raw folder of the user's own."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer
from mmcli.pipeline.stage import quoted
from mmcli.stages.init.options import InitConfig
from mmcli.stages.init.settings import settings_for

if TYPE_CHECKING:
    from mmcli.data.layouts.base import RawField

FILES = {"Makefile": "Makefile.tmpl", "mmcli.toml": "config.tmpl", "README.md": "README.tmpl"}
# The field that people most often want to make, first.
_PREFERRED = ("image", "audio", "text")
_COUNTED = 100_000
_SAFE_PATH = re.compile(r"[\w./ ,+@~()-]+")
_LONGEST_EXAMPLE = 200
_SAFE_EXAMPLE = re.compile(rf"[\w./ ,+@~()?!'-]{{1,{_LONGEST_EXAMPLE}}}")
_BLANK = {"text": "some words", "image": "FILE", "audio": "FILE"}


@dataclass(frozen=True)
class Survey:
    """What a raw folder holds.

    Attributes:
        fields: Field name to modality.
        present: How many records have each field.
        examples: The first value of each field: a text, or a file's path.
        num_records: How many records there are.
    """

    fields: dict[str, str]
    present: dict[str, int]
    examples: dict[str, str]
    num_records: int


def answer(raw: Path, out: Path | None, config: InitConfig, ui: Ui) -> Answer:
    """Write the project; the answer is its folder."""
    project, survey, target = init(raw, out, config.target or "")
    ui.info(f"{survey.num_records:,} records; fields: {', '.join(f'{name} ({kind})' for name, kind in survey.fields.items())}")
    body = {"path": str(project), "target": target, "fields": survey.fields, "records": survey.num_records}
    return Answer(body, [str(project)], quoted("make", "-C", project))


def init(raw: Path, project: Path | None = None, target: str = "") -> tuple[Path, Survey, str]:
    """Write the project's files; what exists is never changed.

    Args:
        raw: The folder of texts, images and sounds; nothing is written there.
        project: Folder to write; by default `<raw>-mmcli` beside it.
        target: Field to generate; by default an image, else a sound, else a text.

    Returns:
        The project folder, what was found in `raw`, and the target.

    Raises:
        InputError: The folder cannot be used, or has fewer than two fields.
        UsageError: A file exists already, the target is unknown, or make cannot handle the path.
    """
    survey = _survey(raw)
    chosen = _choose_target(survey, target)
    where = project or raw.absolute().with_name(raw.absolute().resolve().name + "-mmcli")
    if where.absolute().resolve().is_relative_to(raw.absolute().resolve()):
        raise UsageError("the project lies inside the raw folder", visible(where), "choose another folder with -o")
    if where.exists() and not where.is_dir():
        raise UsageError("the project is a file", visible(where), "choose another folder with -o")
    taken = [name for name in FILES if os.path.lexists(where / name)]
    if taken:
        raise UsageError(f"{taken[0]} exists already and is not overwritten", visible(where), "choose another folder with -o, or move it")
    texts = _texts(survey, chosen, raw, where)
    where.mkdir(parents=True, exist_ok=True)
    for name, template in FILES.items():
        with (where / name).open("x", encoding="utf-8") as handle:
            handle.write(_fill(template, texts))
    return where, survey, chosen


def _survey(raw: Path) -> Survey:
    from mmcli.data.layouts.base import RawRecord
    from mmcli.data.layouts.folder import read_raw

    folder = read_raw(raw)
    records = (item for item in folder.records() if isinstance(item, RawRecord))
    present: Counter[str] = Counter()
    examples: dict[str, str] = {}
    num_records = 0
    for record in islice(records, _COUNTED):
        num_records += 1
        present.update(list(record.fields))
        for name, value in record.fields.items():
            examples.setdefault(name, _example(value))
    fields = {name: modality for name, modality in folder.fields.items() if present[name]}
    if len(fields) < 2:
        said = ", ".join(fields) or "none"
        fix = "put 0001.txt beside 0001.jpg, or write a metadata.jsonl with a column caption"
        raise InputError(f"two fields are needed, one to make and one to make it from; found: {visible(said)}", visible(raw), fix)
    return Survey(fields, {name: present[name] for name in fields}, examples, num_records)


def _example(value: RawField) -> str:
    """The value as the README may show it; empty where it is not fit to be pasted."""
    if value.path is not None and value.path.suffix.lower() != ".txt":
        shown = str(value.path.absolute())
    else:
        shown = value.text if value.text is not None else _first_words(value.path)
    return shown if _SAFE_EXAMPLE.fullmatch(shown) else ""


def _first_words(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.read(_LONGEST_EXAMPLE + 1).strip()


def _choose_target(survey: Survey, target: str) -> str:
    if target:
        if target not in survey.fields:
            raise UsageError(f"there is no field {visible(target)}", "--target", f"use one of: {', '.join(survey.fields)}")
        return target
    return min(survey.fields, key=lambda name: _PREFERRED.index(survey.fields[name]))


def _texts(survey: Survey, target: str, folder_of_data: Path, project: Path) -> dict[str, str]:
    raw, folder = os.path.relpath(folder_of_data.absolute(), project.absolute()), folder_of_data.absolute().resolve().name
    if not _SAFE_PATH.fullmatch(raw) or not _SAFE_PATH.fullmatch(folder):
        fix = "rename the folder: letters, digits, blanks and . , + @ ( ) _ - are fine"
        raise UsageError("make cannot handle this path", visible(raw), fix)
    given = [name for name in survey.fields if name != target]
    watched = "" if re.search(r"[\s()~,]", raw) else " $(RAW) $(wildcard $(RAW)/metadata.*)"
    other = given[0]
    texts = {
        "FOLDER": folder,
        "RAW": raw,
        "RAW_QUOTED": shlex.quote(raw),
        "WATCHED": watched,
        "TARGET": target,
        "GIVEN": ",".join(given),
        "GIVEN_WORDS": " and ".join(f"`{name}`" for name in given),
        "NUM": f"{survey.num_records:,}",
        "EXAMPLE": _example_command(survey, target, other, project),
        "TABLE": "\n".join(f"| `{name}` | {modality} | {survey.present[name]:,} |" for name, modality in survey.fields.items()),
        "OTHER": other,
        "OTHER_GIVEN": ",".join(name for name in survey.fields if name != other),
    }
    return texts | settings_for(survey.present[target], survey.num_records, set(survey.fields.values()))


def _example_command(survey: Survey, target: str, given: str, project: Path) -> str:
    modality = survey.fields[given]
    value = survey.examples[given]
    if value and modality != "text":
        value = os.path.relpath(value, project.absolute())
    return f"mmcli generate work/4-gan-{target} --{modality} {shlex.quote(value or _BLANK[modality])} --num 16 -o work/more"


def _fill(template: str, texts: dict[str, str]) -> str:
    source = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda match: texts[match[1]], source)
