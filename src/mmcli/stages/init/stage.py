"""`init`: a Makefile, a configuration and a README for the user's own raw folder."""

from __future__ import annotations

import json
import os
import re
import shlex
from importlib import resources
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer
from mmcli.pipeline.stage import quoted
from mmcli.stages.init import pipelines, program
from mmcli.stages.init.options import InitConfig
from mmcli.stages.init.plan import Plan
from mmcli.stages.init.settings import FEW
from mmcli.stages.init.survey import survey_of

FILES = {"Makefile": "Makefile.tmpl", "mmcli.toml": "config.tmpl", "README.md": "README.tmpl"}
_DIRECT = {"Makefile": "Makefile-direct.tmpl"}  # without embeddings
_SAFE_PATH = re.compile(r"[\w./ ,+@~()-]+")


def answer(raw: Path, out: Path | None, config: InitConfig, ui: Ui) -> Answer:
    """Write the project and return its folder; the plan is shown as messages."""
    project, plan = init(raw, out, config.target or "", config)
    ui.ledger = plan.survey.ledger
    for note in plan.survey.notes:
        ui.warn(note)
    for line in plan.lines():
        ui.info(line)
    return Answer({"path": str(project), **plan.to_json()}, [str(project)], quoted("make", "-C", project))


def init(raw: Path, project: Path | None = None, target: str = "", config: InitConfig | None = None) -> tuple[Path, Plan]:
    """Write the project's files; existing files are never changed.

    Args:
        raw: Folder of texts, images and sounds; nothing is written there.
        project: Folder to write; by default `<raw>-mmcli` next to it.
        target: Field to generate; by default the one that people mean, see `target.choose`.
        config: Columns and fields to read, and the encoding of tables and texts.

    Returns:
        The project folder and the plan.

    Raises:
        InputError: The folder cannot be used.
        UsageError: A file already exists, the target or a column is unknown, or make cannot handle the path.
    """
    config = config or InitConfig()
    where = project or raw.absolute().with_name(raw.absolute().resolve().name + "-mmcli")
    _check_place(raw, where)
    plan = Plan.of(survey_of(raw, config.choice()), target)
    texts = _texts(plan, raw, where)
    texts["PREPROCESS"] = "\n".join([*_chosen(config), texts["PREPROCESS"]])
    where.mkdir(parents=True, exist_ok=True)
    for name, template in (FILES | _DIRECT if pipelines.is_direct(plan.survey, plan.target) else FILES).items():
        with (where / name).open("x", encoding="utf-8") as handle:
            handle.write(_fill(template, texts))
    return where, plan


def _check_place(raw: Path, where: Path) -> None:
    if where.absolute().resolve().is_relative_to(raw.absolute().resolve()):
        raise UsageError("the project is inside the raw folder", visible(where), "choose another folder with -o")
    if where.exists() and not where.is_dir():
        raise UsageError("the project path is a file", visible(where), "choose another folder with -o")
    taken = [name for name in FILES if os.path.lexists(where / name)]
    if taken:
        raise UsageError(
            f"{taken[0]} already exists and is not overwritten", visible(where), "choose another folder with -o, or move the file"
        )


def _texts(plan: Plan, folder_of_data: Path, project: Path) -> dict[str, str]:
    raw, folder = os.path.relpath(folder_of_data.absolute(), project.absolute()), folder_of_data.absolute().resolve().name
    if not _SAFE_PATH.fullmatch(raw) or not _SAFE_PATH.fullmatch(folder):
        fix = "rename the folder: use letters, digits, spaces and . , + @ ( ) _ - only"
        raise UsageError("make cannot handle this path", visible(raw), fix)
    survey, target = plan.survey, plan.target
    texts = {
        "FOLDER": folder,
        "RAW": raw,
        "RAW_QUOTED": shlex.quote(raw),
        "MMCLI": program.for_make(),
        "TARGET": target,
        "NUM": f"{survey.num_records:,}",
        "TABLE": "\n".join(
            f"| `{name}` | {modality} | {survey.present[name]:,} | {survey.guesses[name].saw} |" for name, modality in survey.fields.items()
        ),
        "PLAN": "\n".join(f"- {line}" for line in plan.lines()),
        "ADVICE": _advice(survey.present[target]),
    }
    texts |= pipelines.of(survey, target, project)
    return texts | plan.settings.tables(survey)


def _chosen(config: InitConfig) -> list[str]:
    """Lines of the configuration for what the user chose to read."""
    given = {"columns": list(config.columns), "leave_out": list(config.leave_out), "encoding": config.encoding}
    return [f"{name.replace('_', '-')} = {json.dumps(value, ensure_ascii=False)}" for name, value in given.items() if value]


def _advice(num_targets: int) -> str:
    if num_targets >= FEW:
        return "The report shows the scores next to those of real records, for comparison."
    return (
        f"{num_targets:,} records are enough to run the pipeline and to check your data. Expect the generator to\n"
        "memorise them; a few hundred records give noticeably better results, and a good generator needs\n"
        "thousands."
    )


def _fill(template: str, texts: dict[str, str]) -> str:
    source = resources.files(__package__).joinpath(template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda match: texts[match[1]], source)
