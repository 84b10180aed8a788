"""`report`: a whole pipeline on one page that needs nothing outside itself."""

from __future__ import annotations

from pathlib import Path

from mmcli.artifacts import store
from mmcli.core import options
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Outcome
from mmcli.reporting import lineage as lineages
from mmcli.reporting import page
from mmcli.reporting.options import ReportConfig
from mmcli.stages.registry import all_stages

KIND = "report"
NAME = "index.html"


def titles() -> dict[str, tuple[str, str]]:
    """Kinds of artifacts in the order of the data, each with its title and the command that writes it; reports are none of them."""
    found = {"raw": ("Raw folder", "what you have")}
    for stage in all_stages():
        if stage.kind and stage.kind != KIND:
            found.setdefault(stage.kind, (stage.title, stage.name))
    return found


def report(work: Path, out: Path, config: ReportConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Show every artifact below a folder on one HTML page.

    Args:
        work: Folder that holds the artifacts; those that are damaged are named on the page.
        out: Artifact to write: `index.html`, without scripts or links to anything outside it.
        config: Options.
        ui: Where progress goes.
        force: Do it again even if up to date.

    Raises:
        InputError: The folder is missing or holds no artifact.
    """
    if not work.is_dir():
        raise InputError("there is no such folder", visible(work), "give the folder that holds the artifacts")
    lineage = lineages.find(work, out, titles())
    if not lineage.nodes:
        raise InputError("the folder holds no artifact", visible(work), "run mmcli preprocess first, or give another folder")
    refs = [store.relative_input(node.artifact.path, out, node.kind, node.id) for node in lineage.nodes]
    with store.begin(
        out, kind=KIND, config=options.as_dict(config), seed=config.seed, inputs=refs, force=force, libraries=("jinja2",)
    ) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        ui.info(f"reading {len(lineage.nodes)} artifacts ...")
        html, problems = page.render(lineage, config.title or work.absolute().name, config)
        for problem in problems:
            ui.warn(f"not shown: {problem}")
        (build.path / NAME).write_text(html, encoding="utf-8")
        build.commit(counts={"artifacts": len(lineage.nodes), "problems": len(problems)}, summary={"bytes": len(html.encode())})
        return Outcome.of(build, out)
