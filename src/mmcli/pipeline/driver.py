"""Run a stage: open inputs, check, begin, report "up to date", log, write, commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from mmcli.artifacts import paths, store
from mmcli.artifacts.manifest import InputRef
from mmcli.artifacts.store import Artifact, Build
from mmcli.core.ledger import Ledger
from mmcli.core.options import as_dict
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer, Outcome
from mmcli.pipeline.scratch import scratch
from mmcli.pipeline.stage import Call, Stage

ConfigT = TypeVar("ConfigT")


@dataclass(frozen=True)
class Written:
    """Manifest entries about the files that a stage wrote."""

    fields: dict[str, Any] | None = None
    counts: dict[str, Any] | None = None
    summary: dict[str, Any] | None = None


Write = Callable[[], Written]


@dataclass
class Job(Generic[ConfigT]):
    """A running stage with its arguments.

    Attributes:
        stage: Declaration of the stage.
        paths: The path given for each input, by name.
        out: The artifact to write.
        config: The options.
        ui: Receives progress.
        force: Whether to rebuild.
        references: Dependencies of the artifact other than its input artifacts.
        settings: The options as recorded in the artifact, JSON values by name.
        stack: Contexts entered here are exited when the stage ends.
        after: Called with the outcome at the end, even if there was nothing to do.
        opened: The inputs that were opened, by name.
        building: The artifact being built, once there is one.
    """

    stage: Stage
    paths: Mapping[str, Path | None]
    out: Path
    config: ConfigT
    ui: Ui
    force: bool
    settings: dict[str, Any]
    references: list[InputRef] = field(default_factory=list)
    stack: ExitStack = field(default_factory=ExitStack)
    after: Callable[[Outcome], None] | None = None
    opened: dict[str, Artifact] = field(default_factory=dict)
    building: Build | None = None

    def path(self, name: str) -> Path:
        """The path given for a required input."""
        found = self.paths[name]
        if found is None:
            raise KeyError(name)
        return found

    def input(self, name: str) -> Artifact:
        """Open an input artifact. Its files are compared with the manifest only if something will be written.

        Raises:
            InputError, IntegrityError, SafetyError: It cannot be used.
        """
        if name not in self.opened:
            kind = next(spec.kind for spec in self.stage.inputs if spec.name == name)
            self.opened[name] = store.open_artifact(self.path(name), kind, verify=self.building is not None)
        return self.opened[name]

    def optional(self, name: str) -> Artifact | None:
        """The path given for an optional input; `None` if it was omitted."""
        return None if self.paths[name] is None else self.input(name)

    def inputs(self) -> list[Artifact]:
        """All input artifacts that were given."""
        return [self.input(spec.name) for spec in self.stage.inputs if spec.kind and self.paths[spec.name] is not None]

    def refer(self, artifact: Artifact) -> None:
        """Record a dependency on another artifact."""
        self.references.append(store.relative_input(artifact.path, self.out, artifact.manifest.kind, artifact.id))

    @property
    def ledger(self) -> Ledger:
        """What the stage read, left out and changed; shown at its end, and kept in the manifest."""
        return self.ui.ledger

    @property
    def build(self) -> Build:
        """The artifact being built."""
        if self.building is None:
            raise RuntimeError("no artifact is being built yet")
        return self.building

    @property
    def folder(self) -> Path:
        """Folder for its files."""
        return self.build.path


def execute(stage: Stage, call: Call, ui: Ui, *, force: bool = False) -> Outcome | Answer:
    """Run any stage; returns its outcome or answer with the next command and the warnings.

    Raises:
        UsageError: The output is, contains, or is inside an input.
        MmcliError: The stage failed.
    """
    inputs = [call.inputs[spec.name] for spec in stage.inputs]
    result: Outcome | Answer
    if stage.kind:
        result = run(stage, inputs, call.folder, call.config, ui, force=force)
    else:
        result = _ask(stage, [*inputs, *([call.out] if stage.writes else [])], call.config, ui)
    fields = result.fields if isinstance(result, Outcome) else ()
    then = stage.next(call, fields) if stage.next else result.next
    return replace(result, next=then, warnings=tuple(ui.warnings))


def _ask(stage: Stage, arguments: Sequence[Path | None], config: Any, ui: Ui) -> Answer:
    """Run a stage that answers; its ledger becomes part of the answer."""
    ui.ledger = Ledger()
    answer: Answer = stage.load()(*arguments, config, ui)
    _show(ui, "--json")
    return replace(answer, body={**answer.body, "ledger": ui.ledger.to_json()}) if ui.ledger else answer


def _show(ui: Ui, where: str) -> None:
    for line in ui.ledger.lines(where):
        ui.info(line)


def run(stage: Stage, inputs: Sequence[Path | None], out: Path, config: Any, ui: Ui, *, force: bool = False) -> Outcome:
    """Run a stage that writes an artifact.

    Args:
        stage: Declaration of the stage.
        inputs: Its inputs, in the order of its declaration.
        out: The artifact to write.
        config: Its options.
        ui: Receives progress.
        force: Rebuild even if up to date.

    Raises:
        UsageError: The output is, contains, or is inside an input.
        InputError, IntegrityError, SafetyError: An input cannot be used.
        MmcliError: The stage failed.
    """
    given = {spec.name: path for spec, path in zip(stage.inputs, inputs, strict=True)}
    for spec in stage.inputs:
        path = given[spec.name]
        if path is not None and not spec.word:
            paths.check_nesting(out, path, spec.name, inside=spec.around_output)
    ui.ledger = Ledger()
    job = Job[Any](stage, given, out, config, ui, force, as_dict(config))
    with job.stack:
        write: Write = stage.load()(job)
        own, job.references = job.references, []
        for artifact in job.inputs():
            job.refer(artifact)
        job.references += own
        about = {"kind": stage.kind, "config": job.settings, "seed": config.seed, "inputs": job.references}
        with store.begin(out, force=force, libraries=stage.libraries, **about) as build:
            if not build.up_to_date:
                job.building = build
                job.opened.clear()
                job.inputs()
                with scratch(build.path), ui.logging_to(build.path / "log.txt") if stage.log else nullcontext():
                    written = write()
                    _show(ui, "artifact.json")
                summary = {**(written.summary or {}), **({"ledger": ui.ledger.to_json()} if ui.ledger else {})}
                build.commit(fields=written.fields, counts=written.counts, summary=summary)
            outcome = Outcome.of(build, out)
    if job.after:
        job.after(outcome)
    return outcome
