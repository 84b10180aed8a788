"""What a stage declares: its name, inputs, options and result. Everything that calls or shows stages derives from it."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import manifest
from mmcli.core.options import Options, compose


@dataclass(frozen=True)
class Input:
    """A folder that a stage reads.

    Attributes:
        name: In capitals, as usage lines show it.
        help: What it is.
        kind: Of the artifact that it must be; empty for other folders.
        flag: Makes it an option instead of an argument; it may then be left out.
        optional: An argument that may be left out.
        word: A plain word that names no path.
        around_output: The output may lie inside it, as for stages that read artifacts and not the whole folder.
    """

    name: str
    help: str
    kind: str = ""
    flag: str = ""
    optional: bool = False
    word: bool = False
    around_output: bool = False

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return not (self.flag or self.optional)

    @property
    def keyword(self) -> str:
        """Its name where stages are functions; `--from` alone would be a word of Python's."""
        return "_".join([*([self.flag.lstrip("-")] if self.flag else []), self.name.lower()])


@dataclass(frozen=True)
class Call:
    """A call of a stage: its inputs by name, the folder to write, and its configuration."""

    inputs: Mapping[str, Path | None]
    out: Path | None
    config: Any

    @property
    def folder(self) -> Path:
        """The folder to write, of stages that need one."""
        if self.out is None:
            raise RuntimeError("the stage writes no folder")
        return self.out


Owners = Callable[[], Iterable[type[Options]]]


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of the pipeline.

    Attributes:
        name: Of the command.
        help: What it does; the first clause is shown in the list of commands.
        examples: Two command lines.
        run: "module:function". Of a stage that writes an artifact it takes a `pipeline.driver.Job`, refuses what can be refused at
            once, and returns the function that writes; of others it takes the inputs in their order, `out` (if it writes a folder),
            `config` and `ui`, and returns an `Answer`.
        options: Where its options are declared: "module:Class" of its own, and functions that give those of modalities and families.
        inputs: What it reads.
        kind: Of the artifact that it writes; empty for stages that answer.
        title: What that artifact is called in a report.
        writes: `artifact`, `folder` (may be left out) or nothing.
        libraries: Whose versions shape the bytes of the artifact.
        log: Whether the artifact keeps a log of what was said.
        next: The command after it.
        flags: The only options that the command shows, unless empty.
        table: Whose table of the configuration file and whose variables hold, unless its own.
    """

    name: str
    help: str
    examples: tuple[str, str]
    run: str
    options: str
    more_options: tuple[Owners, ...] = ()
    inputs: tuple[Input, ...] = ()
    kind: str = ""
    title: str = ""
    writes: str = ""
    libraries: tuple[str, ...] = ("numpy",)
    log: bool = True
    next: Callable[[Call], str] | None = None
    flags: tuple[str, ...] = ()
    table: str = ""

    @property
    def function(self) -> str:
        """Its name as a function of the package."""
        return "import_data" if self.name == "import" else self.name.replace("-", "_")

    @property
    def config(self) -> type[Any]:
        """Class of its configuration: its own options with those of the modalities and families that it serves."""
        own: type[Options] = find(self.options)
        others = [owner for owners in self.more_options for owner in owners()]
        return compose(own.__name__, own, *others) if others else own

    def load(self) -> Callable[..., Any]:
        """The function that runs it."""
        found: Callable[..., Any] = find(self.run)
        return found


def find(address: str) -> Any:
    """What stands at "module:name", imported now."""
    module, _, name = address.partition(":")
    return getattr(importlib.import_module(module), name)


def quoted(*words: object) -> str:
    """A command line that can be pasted into a shell; a path is never mistaken for an option."""
    return shlex.join(f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word) for word in words)


def fields_of(folder: Path) -> list[str]:
    """Names of the fields of an artifact that was just written."""
    return list(manifest.read_manifest(folder).fields)
