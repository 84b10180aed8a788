"""The artifacts of a work folder, in pipeline order."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import manifest, store
from mmcli.artifacts.manifest import Manifest
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import MmcliError

_MAX_DEPTH = 3
_OWN = "report"
_FOLDERS = ("raw", "folder")


Titles = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Node:
    """An artifact of the pipeline.

    Attributes:
        artifact: The opened artifact, whose files are not yet compared with the manifest.
        name: Path of its folder, relative to the work folder.
        anchor: Its id on the page.
        parents: Ids of its input artifacts that are also on the page.
    """

    artifact: Artifact
    name: str
    anchor: str
    parents: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Id of the artifact."""
        return self.artifact.id

    @property
    def body(self) -> Manifest:
        """Its manifest."""
        return self.artifact.manifest

    @property
    def kind(self) -> str:
        """Kind of the artifact."""
        return self.body.kind

    @property
    def summary(self) -> dict[str, Any]:
        """Facts and scores of the artifact."""
        return self.body.summary


@dataclass(frozen=True)
class Lineage:
    """All nodes in pipeline order, and what could not be read.

    Attributes:
        nodes: The artifacts.
        problems: What could not be read.
        titles: Maps kinds of artifacts to their title and the command that writes them, in pipeline order.
    """

    nodes: list[Node]
    problems: list[str]
    titles: Titles

    def of(self, kind: str) -> list[Node]:
        """Nodes of one kind."""
        return [node for node in self.nodes if node.kind == kind]

    def get(self, identity: str) -> Node | None:
        """Node by id."""
        return next((node for node in self.nodes if node.id == identity), None)

    def input_of(self, node: Node, kind: str) -> Node | None:
        """The input of a node with this kind."""
        found = (self.get(ref.id) for ref in node.body.inputs if ref.kind == kind)
        return next((parent for parent in found if parent), None)

    def made_from(self, node: Node, kind: str) -> list[Node]:
        """Nodes of one kind with `node` as an input."""
        return [other for other in self.of(kind) if any(ref.id == node.id for ref in other.body.inputs)]


def find(work: Path, out: Path, titles: Titles) -> Lineage:
    """Find the artifacts below a work folder, and the raw folder they were made from.

    Args:
        work: Folder that contains them, at most three levels deep; hidden folders are ignored.
        out: The report's own folder, which is also ignored.
        titles: Kinds of artifacts in pipeline order, with their title and command.
    """
    found: dict[str, Artifact] = {}
    problems: list[str] = []
    for folder in [*_folders(work, out.absolute()), *_raw_folders(work, found)]:
        _add(folder, work, found, problems)
    for folder in _raw_folders(work, found):
        _add(folder, work, found, problems)
    parents = {identity: _inputs(item, found) for identity, item in found.items()}
    ordered = sorted(found.values(), key=lambda item: (_rank(item.manifest.kind, titles), str(item.path)))
    nodes = [
        Node(item, os.path.relpath(item.path, work), f"a{number}", tuple(sorted(_direct(item.id, parents))))
        for number, item in enumerate(ordered)
    ]
    return Lineage(nodes, problems, titles)


def _folders(work: Path, out: Path) -> list[Path]:
    found = []
    for base, names, files in os.walk(work):
        here = Path(base)
        names[:] = sorted(n for n in names if not n.startswith(".") and (here / n).absolute() != out)
        if manifest.NAME in files:
            found.append(here)
            names[:] = []
        elif len(here.relative_to(work).parts) >= _MAX_DEPTH:
            names[:] = []
    return found


def _raw_folders(work: Path, found: dict[str, Artifact]) -> list[Path]:
    """Raw folders outside the work folder that its data sets were made from."""
    folders = []
    for item in found.values():
        for ref in item.manifest.inputs:
            folder = _place(item, ref.path)
            if ref.kind in _FOLDERS and not folder.is_relative_to(work.resolve()) and (folder / manifest.NAME).is_file():
                folders.append(folder)
    return sorted(set(folders))


def _add(folder: Path, work: Path, found: dict[str, Artifact], problems: list[str]) -> None:
    try:
        item = store.open_artifact(folder, verify=False)
    except MmcliError as error:
        problems.append(f"{visible(os.path.relpath(folder, work))}: {error.what}")
        return
    if item.manifest.kind != _OWN:
        found.setdefault(item.id, item)


def _inputs(item: Artifact, found: dict[str, Artifact]) -> set[str]:
    """Ids of the inputs that were found; a raw folder is identified by its path, since its content may come from anywhere."""
    places = {other.path.resolve(): identity for identity, other in found.items()}
    known = {ref.id for ref in item.manifest.inputs if ref.id in found}
    return known | {places[place] for ref in item.manifest.inputs if (place := _place(item, ref.path)) in places and ref.kind in _FOLDERS}


def _place(item: Artifact, path: str) -> Path:
    """Path of an input, from its path relative to the artifact's parent."""
    return (item.path.resolve().parent / path).resolve()


def _rank(kind: str, titles: Titles) -> int:
    return list(titles).index(kind) if kind in titles else len(titles)


def _direct(identity: str, parents: dict[str, set[str]]) -> set[str]:
    """Parents that are not reachable through another parent, to keep lines in the diagram few."""
    own = parents[identity]
    return {parent for parent in own if not any(parent in _ancestors(other, parents) for other in own if other != parent)}


def _ancestors(identity: str, parents: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    open_ends = [identity]
    while open_ends:
        for parent in parents.get(open_ends.pop(), set()) - seen:
            seen.add(parent)
            open_ends.append(parent)
    return seen
