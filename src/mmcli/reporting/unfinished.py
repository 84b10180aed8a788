"""Trainings that still run, or were interrupted: what their build folders show so far."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio, jsonlines, lock, publish
from mmcli.modalities import registry
from mmcli.modalities.show import Show
from mmcli.reporting.lineage import Lineage
from mmcli.reporting.media import Budget
from mmcli.reporting.run_view import ticks_of
from mmcli.reporting.training_view import curves_of, table_of

_MAX_DEPTH = 3
METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class Unfinished:
    """An artifact that is not finished.

    Attributes:
        out: Its output folder.
        name: The same, relative to the work folder.
        plan: What is being built: kind, config and inputs.
    """

    out: Path
    name: str
    plan: dict[str, Any]

    @property
    def kind(self) -> str:
        """Kind of the artifact."""
        return str(self.plan["kind"])

    @property
    def folder(self) -> Path:
        """The build folder."""
        return publish.sibling(self.out, "building")

    def state(self) -> str:
        """A digest that changes with every tick."""
        body = [self.plan, jsonlines.read_objects(self.folder / METRICS)]
        return hashlib.sha256(jsonio.dumps(body, indent=None).encode()).hexdigest()


def find(work: Path, kinds: set[str]) -> list[Unfinished]:
    """Unfinished trainings below a work folder, at most three levels deep.

    Args:
        work: The folder.
        kinds: Kinds of artifacts that networks are trained for.
    """
    found: list[Unfinished] = []
    for base, names, _ in os.walk(work):
        here = Path(base)
        found += [Unfinished(out, os.path.relpath(out, work), plan) for out, plan in publish.builds(here) if plan["kind"] in kinds]
        deep = len(here.relative_to(work).parts) >= _MAX_DEPTH
        names[:] = [] if deep else sorted(name for name in names if not name.startswith("."))
    return found


def unfinished_view(item: Unfinished, number: int, lineage: Lineage, budget: Budget) -> dict[str, Any]:
    """Context of the section about an unfinished training."""
    lines = jsonlines.read_objects(item.folder / METRICS)
    config = item.plan.get("config", {})
    show = _show(item, lineage, str(config.get("target", "")))
    names = [path.relative_to(item.folder).as_posix() for path in sorted((item.folder / "samples").glob("*"))]
    x_name = "epochs" if any("epoch" in line for line in lines) else "thousands of items seen"
    return {
        "anchor": f"u{number}",
        "name": item.name,
        "title": lineage.titles[item.kind][0],
        "running": lock.is_locked(item.out),
        "curves": curves_of([], lines, x_name),
        "table": table_of(lines, x_name),
        "ticks": ticks_of(item.folder, names, show, budget),
        "config": config,
    }


def _show(item: Unfinished, lineage: Lineage, target: str) -> Show:
    """How its target is shown, as the data set that it reads says."""
    for ref in item.plan.get("inputs", []):
        node = lineage.get(str(ref[1]))
        if node is not None and target in node.body.fields:
            return registry.find(str(node.body.fields[target].get("modality"))).shown()
    return Show()
