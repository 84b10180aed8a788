"""Files of a build that can be seen in the output folder before the artifact is finished.

Only an output folder without an artifact becomes a preview: an older artifact stays whole until it is replaced. The
preview's files are links to those of the build folder, and a plan marks it as ours and lists them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from mmcli.artifacts import durable, jsonio, manifest

PLAN = "plan.json"


def plan_in(folder: Path) -> dict[str, Any]:
    """The plan of a build folder or of a preview; empty if the folder has none, or went away meanwhile."""
    try:
        plan = jsonio.read(folder / PLAN)
    except (jsonio.JsonError, OSError):
        return {}
    return plan if isinstance(plan, dict) and isinstance(plan.get("kind"), str) else {}


def claim(out: Path) -> tuple[str, set[str]] | None:
    """Kind and files of a preview; `None` if the folder is something else."""
    plan = plan_in(out)
    if not isinstance(plan.get("preview"), list) or (out / manifest.NAME).exists():
        return None
    return plan["kind"], {PLAN, *map(str, plan["preview"])}


class Preview:
    """Shows files of a build in its output folder.

    Args:
        building: The build folder.
        out: The output folder.
        kind: Kind of the artifact.
    """

    def __init__(self, building: Path, out: Path, kind: str) -> None:
        self._building, self._out, self._kind = building, out, kind
        self._possible = claim(out) is not None or not out.exists() or not any(out.iterdir())
        self._shown: set[str] = (claim(out) or ("", set[str]()))[1] - {PLAN}

    @property
    def folder(self) -> Path:
        """Where the files can be seen: the output folder, or the build folder if there is an older artifact."""
        return self._out if self._possible else self._building

    def show(self, *names: str) -> None:
        """Show files of the build folder, or show their current content again.

        Args:
            names: Paths relative to the build folder.

        Raises:
            OSError: The disk cannot be written.
        """
        if not self._possible:
            return
        if not self._shown.issuperset(names) or not (self._out / PLAN).is_file():
            self._shown |= set(names)
            self._out.mkdir(exist_ok=True)
            durable.write(self._out / PLAN, jsonio.dumps({"kind": self._kind, "preview": sorted(self._shown)}).encode())
        for name in names:
            _link(self._building / name, self._out / name)


def _link(source: Path, target: Path) -> None:
    """Replace `target` by a link to `source`, or by a copy where the file system has no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:
        shutil.copyfile(source, temporary)
    os.replace(temporary, target)
    temporary.unlink(missing_ok=True)  # replacing a link by another of the same file does nothing
