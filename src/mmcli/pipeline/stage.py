"""Declaration of a stage: name, inputs, options and result. Everything that calls or displays stages derives from it."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.core.options import Options, compose


@dataclass(frozen=True)
class Input:
    """A folder that a stage reads.

    Attributes:
        name: Name in capitals, as in usage lines.
        help: Description.
        kind: Required kind of artifact; empty for other folders.
        flag: Makes it an option instead of an argument, which may be omitted.
        optional: Whether the argument may be omitted.
        word: Whether it is a plain word instead of a path.
        around_output: Whether the output may be inside it, for stages that read artifacts and not the whole folder.
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
        """Whether it is required."""
        return not (self.flag or self.optional)

    @property
    def keyword(self) -> str:
        """Parameter name in Python; `from` alone would be a keyword."""
        return "_".join([*([self.flag.lstrip("-")] if self.flag else []), self.name.lower()])


@dataclass(frozen=True)
class Call:
    """A call of a stage: inputs by name, output folder and configuration."""

    inputs: Mapping[str, Path | None]
    out: Path | None
    config: Any

    @property
    def folder(self) -> Path:
        """The output folder, for stages that need one."""
        if self.out is None:
            raise RuntimeError("the stage writes no folder")
        return self.out


Owners = Callable[[], Iterable[type[Options]]]


@dataclass(frozen=True, eq=False)
class Stage:
    """A stage of the pipeline.

    Attributes:
        name: Name of the command.
        help: Description; the first clause is shown in the list of commands.
        examples: Two command lines.
        run: "module:function". For a stage that writes an artifact it takes a `pipeline.driver.Job`, validates it, and returns
            the function that writes; for others it takes the inputs in order, `out` (if it writes a folder), `config` and
            `ui`, and returns an `Answer`.
        options: Where its options are declared: "module:Class" of its own, and functions that return those of modalities and families.
        inputs: Its inputs.
        kind: Kind of the artifact that it writes; empty for stages that answer.
        title: Title of that artifact in reports.
        writes: `artifact`, `folder` (may be omitted) or nothing.
        libraries: Libraries whose versions affect the bytes of the artifact.
        log: Whether the artifact contains a log of messages.
        next: The next command, from the call and the names of the fields of the artifact that was written.
        flags: If not empty, the only options that the command shows.
        table: Stage whose configuration table and environment variables apply, if not its own.
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
    next: Callable[[Call, Sequence[str]], str] | None = None
    flags: tuple[str, ...] = ()
    table: str = ""

    @property
    def function(self) -> str:
        """Function name in Python."""
        return "import_data" if self.name == "import" else self.name.replace("-", "_")

    @property
    def config(self) -> type[Any]:
        """Class of its configuration: its own options and those of modalities and families."""
        own: type[Options] = find(self.options)
        others = [owner for owners in self.more_options for owner in owners()]
        return compose(own.__name__, own, *others) if others else own

    def load(self) -> Callable[..., Any]:
        """Import the function that runs it."""
        found: Callable[..., Any] = find(self.run)
        return found


def find(address: str) -> Any:
    """Import the object at "module:name"."""
    module, _, name = address.partition(":")
    return getattr(importlib.import_module(module), name)


def quoted(*words: object) -> str:
    """A command line that can be pasted into a shell; a path is never mistaken for an option."""
    return shlex.join(f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word) for word in words)
