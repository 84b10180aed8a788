"""`init`: a Makefile, a configuration and a README for the user's own raw folder."""

from __future__ import annotations

import os
import re
import shlex
from importlib import resources
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.modalities import registry
from mmcli.pipeline.outcome import Answer
from mmcli.pipeline.stage import quoted
from mmcli.stages.init import pipelines
from mmcli.stages.init.options import InitConfig
from mmcli.stages.init.settings import settings_for
from mmcli.stages.init.survey import Survey, survey_of

FILES = {"Makefile": "Makefile.tmpl", "mmcli.toml": "config.tmpl", "README.md": "README.tmpl"}
_ALONE = {"Makefile": "Makefile-alone.tmpl"}  # for a single field
_SAFE_PATH = re.compile(r"[\w./ ,+@~()-]+")
_PLAIN_NAME = re.compile(r"[\w./+@-]+")


def answer(raw: Path, out: Path | None, config: InitConfig, ui: Ui) -> Answer:
    """Write the project and return its folder."""
    project, survey, target = init(raw, out, config.target or "")
    ui.info(f"{survey.num_records:,} records; fields: {', '.join(f'{name} ({kind})' for name, kind in survey.fields.items())}")
    body = {"path": str(project), "target": target, "fields": survey.fields, "records": survey.num_records}
    return Answer(body, [str(project)], quoted("make", "-C", project))


def init(raw: Path, project: Path | None = None, target: str = "") -> tuple[Path, Survey, str]:
    """Write the project's files; existing files are never changed.

    Args:
        raw: Folder of texts, images and sounds; nothing is written there.
        project: Folder to write; by default `<raw>-mmcli` next to it.
        target: Field to generate; by default the one whose modality is most often wanted.

    Returns:
        The project folder, the survey of `raw`, and the target.

    Raises:
        InputError: The folder cannot be used.
        UsageError: A file already exists, the target is unknown, or make cannot handle the path.
    """
    survey = survey_of(raw)
    chosen = _choose_target(survey, target)
    where = project or raw.absolute().with_name(raw.absolute().resolve().name + "-mmcli")
    if where.absolute().resolve().is_relative_to(raw.absolute().resolve()):
        raise UsageError("the project is inside the raw folder", visible(where), "choose another folder with -o")
    if where.exists() and not where.is_dir():
        raise UsageError("the project path is a file", visible(where), "choose another folder with -o")
    taken = [name for name in FILES if os.path.lexists(where / name)]
    if taken:
        raise UsageError(
            f"{taken[0]} already exists and is not overwritten", visible(where), "choose another folder with -o, or move the file"
        )
    texts = _texts(survey, chosen, raw, where)
    where.mkdir(parents=True, exist_ok=True)
    for name, template in (FILES if len(survey.fields) > 1 else FILES | _ALONE).items():
        with (where / name).open("x", encoding="utf-8") as handle:
            handle.write(_fill(template, texts))
    return where, survey, chosen


def _choose_target(survey: Survey, target: str) -> str:
    if target:
        if target not in survey.fields:
            raise UsageError(f"no field {visible(target)}", "--target", f"use one of: {', '.join(survey.fields)}")
        return target
    return min(survey.fields, key=lambda name: registry.find(survey.fields[name]).target_rank)


def _texts(survey: Survey, target: str, folder_of_data: Path, project: Path) -> dict[str, str]:
    raw, folder = os.path.relpath(folder_of_data.absolute(), project.absolute()), folder_of_data.absolute().resolve().name
    if not _SAFE_PATH.fullmatch(raw) or not _SAFE_PATH.fullmatch(folder):
        fix = "rename the folder: use letters, digits, spaces and . , + @ ( ) _ - only"
        raise UsageError("make cannot handle this path", visible(raw), fix)
    texts = {
        "FOLDER": folder,
        "RAW": raw,
        "RAW_QUOTED": shlex.quote(raw),
        "WATCHED": _watched(raw, survey),
        "TARGET": target,
        "NUM": f"{survey.num_records:,}",
        "TABLE": "\n".join(f"| `{name}` | {modality} | {survey.present[name]:,} |" for name, modality in survey.fields.items()),
    }
    texts |= pipelines.several(survey, target, project) if len(survey.fields) > 1 else pipelines.alone(survey, target)
    return texts | settings_for(survey.present[target], survey.num_records, survey.fields)


def _watched(raw: str, survey: Survey) -> str:
    """Prerequisites of the data set in make; empty for paths with spaces or characters that are special to make."""
    if re.search(r"[\s()~,]", raw):
        return ""
    if survey.tables == (Path(raw).name,):
        return " $(RAW)"
    tables = [f"$(RAW)/{name}" for name in survey.tables if _PLAIN_NAME.fullmatch(name)]
    return f" $(RAW) $(wildcard {' '.join(['$(RAW)/metadata.*', *tables])})"


def _fill(template: str, texts: dict[str, str]) -> str:
    source = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda match: texts[match[1]], source)
