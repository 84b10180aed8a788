"""`report`: render a pipeline as one self-contained page."""

from __future__ import annotations

from mmcli.artifacts import store
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.reporting import lineage as lineages
from mmcli.reporting import page, unfinished
from mmcli.reporting.options import ReportConfig
from mmcli.stages.registry import all_stages

KIND = "report"
NAME = "index.html"
TRAINED = ("embeddings", "fused", "gan")  # kinds that networks are trained for


def titles() -> dict[str, tuple[str, str]]:
    """Kinds of artifacts except reports, in pipeline order, each with its title and the command that writes it."""
    found = {"raw": ("Raw folder", "your files")}
    for stage in all_stages():
        if stage.kind and stage.kind != KIND:
            found.setdefault(stage.kind, (stage.title, stage.name))
    return found


def report(job: Job[ReportConfig]) -> Write:
    """Show every artifact below a folder on one HTML page, without scripts or links to anything outside it.

    Corrupted artifacts are named on the page.

    Raises:
        InputError: The folder is missing or contains no artifact.
    """
    work = job.path("WORK")
    if not work.is_dir():
        raise InputError("no such folder", visible(work), "give the folder that contains the artifacts")
    lineage = lineages.find(work, job.out, titles())
    running = unfinished.find(work, set(TRAINED))
    if not lineage.nodes and not running:
        raise InputError("the folder contains no artifact", visible(work), "run mmcli preprocess first, or give another folder")
    for node in lineage.nodes:
        job.refer(node.artifact)
    for item in running:
        job.references.append(store.relative_input(item.folder, job.out, "unfinished", item.state()))

    def write() -> Written:
        job.ui.info(f"reading {len(lineage.nodes)} artifacts ...")
        html, problems = page.render(lineage, job.config.title or work.absolute().name, job.config, running)
        for problem in problems:
            job.ui.warn(f"not shown: {problem}")
        (job.folder / NAME).write_text(html, encoding="utf-8")
        counts = {"unfinished": len(running), "artifacts": len(lineage.nodes), "problems": len(problems)}
        return Written(counts=counts, summary={"bytes": len(html.encode())})

    return write
