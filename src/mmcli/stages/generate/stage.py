"""`generate`: items of a GAN's target field, conditioned on any subset of the given fields or unconditional."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio, store
from mmcli.artifacts.lineage import dataset_of
from mmcli.artifacts.manifest import InputRef, sha256_of
from mmcli.artifacts.store import Artifact
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.generators import registry
from mmcli.generators.base import Family, Target
from mmcli.modalities import codec_file, codec_of
from mmcli.modalities.base import Codec, ContinuousCodec
from mmcli.modalities.items import MAX_ITEM_BYTES, flags
from mmcli.modalities.network_fit import checked_codecs
from mmcli.modalities.remarks import warn_of_items
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.generate import abilities, like, motion, neighbours, pictures
from mmcli.stages.generate import plan as plans
from mmcli.stages.generate.conditions import Conditions, Values, from_records, from_values, in_words, parse_conditions
from mmcli.stages.generate.maker import Maker
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan
from mmcli.stages.generate.writer import SampleWriter


def generate(job: Job[GenerateConfig]) -> Write:
    """Generate items and write them as a raw folder that `preprocess` can read.

    It writes one file per item, `metadata.jsonl`, `rows.npy` and `sheet.png`. If DATASET is given, its records are the conditions.

    Raises:
        UsageError: A condition for an unknown field, invalid seeds, or an option that its family does not support.
        InputError: A condition file cannot be read, or the split has no records.
        IntegrityError: The data set's fields differ from those that the generator was trained on.
    """
    config, gan = job.config, job.input("GAN")
    what = Generator.of(gan)
    values = parse_conditions(config, gan, what.given)
    _check(config, job.optional("DATASET"), values)
    abilities.check(config, what.family, what.target)
    neighbours_in = _neighbours_in(job)
    job.references += _files(config, gan, values, job.out)

    def write() -> Written:
        job.build.clear("log.txt")
        source, data = job.input("GAN"), job.optional("DATASET")
        codecs = what.codecs(source)
        if data is not None:
            conditions = from_records(
                data, codecs, what.given, config, motion.conditions_needed(config), job.ledger, own_tokens=what.of_items
            )
        else:
            conditions = from_values(codecs, values)
            warn_of_items(codecs, [item for one in values for item in one.items()], job.ui)
        facts = _write(job, what, codecs, conditions, neighbours_in)
        return Written({what.target.name: what.target.about}, {"ok": facts["num"]}, facts)

    return write


@dataclass(frozen=True)
class Generator:
    """Description of a `gan` artifact.

    Attributes:
        family: Its family.
        target: The field that it generates.
        given: Names of the fields that it can be conditioned on.
    """

    family: Family
    target: Target
    given: list[str]

    @property
    def of_items(self) -> bool:
        """Whether it reads the given items themselves."""
        return "items" in self.family.reads

    @classmethod
    def of(cls, source: Artifact) -> Generator:
        """Read the artifact's summary.

        Raises:
            IntegrityError: It names fields that the artifact does not have, or an unknown family.
        """
        summary, fields = source.manifest.summary, source.manifest.fields
        name, given = summary["target"], summary["given"]
        unknown = next((field for field in (name, *given) if field not in fields), None)
        if unknown is not None or name in given or len(set(given)) < len(given):
            what = f"no field {visible(unknown)}" if unknown is not None else "a field twice among the target and the given fields"
            raise IntegrityError(f"the summary in artifact.json names {what}", visible(source.path), "train again")
        return cls(registry.family(summary["family"]), Target(name, fields[name]), list(given))

    def codecs(self, source: Artifact) -> dict[str, Codec]:
        """Codecs of the given fields and of the target, which the artifact's networks are checked to fit."""
        if self.of_items:  # such a family checks its one network itself
            return {name: codec_of(source, name) for name in (*self.given, self.target.name)}
        return checked_codecs(source, self.given, self.target.name)


def _neighbours_in(job: Job[GenerateConfig]) -> Artifact | None:
    """The data set to search for neighbours, if they are requested."""
    if not job.config.neighbours:
        return None
    given = job.optional("DATASET")
    found = dataset_of(job.input("GAN"), Path(job.config.dataset) if job.config.dataset else given.path if given else None)
    if given is None or given.id != found.id:
        job.refer(found)
    return found


def _write(
    job: Job[GenerateConfig], what: Generator, codecs: Mapping[str, Codec], conditions: Conditions, neighbours_in: Artifact | None
) -> dict[str, Any]:
    """Generate and write everything; returns a summary."""
    config, target = job.config, what.target.name
    codec = codecs[target]
    row = like.read_target(codec, config.like) if config.like else None
    if config.like:
        warn_of_items({target: codec}, [(target, config.like)], job.ui, rows=True)
    plan = motion.plan_of(config, conditions)
    how = abilities.decoding_of(config, what.family, what.target, plan, conditions)
    maker = Maker(job.input("GAN"), what.family, what.target, codecs, conditions, how, config.seed, job.ui)
    facts = {"target": target, "modality": codec.modality, "given": what.given, "num": len(plan)}
    if row is not None:
        facts |= like.reproduce(job.folder, maker, row, conditions, config, job.ui)
    else:
        facts |= _make(job.folder, maker, plan, conditions, neighbours_in, config, job.ui)
    (job.folder / "fields").mkdir(exist_ok=True)
    jsonio.write(job.folder / codec_file(target), codec.to_json())
    return facts


def _check(config: GenerateConfig, data: Artifact | None, values: list[Values]) -> None:
    """Check the options before anything is loaded."""
    plans.parse_seeds(config.seeds)
    if data is not None and values != [{}]:
        what = "conditions must come from records or from the command line, not from both"
        raise UsageError(what, "--from", f"omit --from, or {flags()}, --label, --field and --lines")
    if config.given and data is None:
        raise UsageError("--given needs --from", "--given", "add --from DATASET, or omit it")
    if config.dataset and not config.neighbours:
        raise UsageError("--dataset needs --neighbours", "--dataset", "add --neighbours K, or omit it")
    motion.check(config)
    if config.like and data is not None:
        raise UsageError("--like takes its conditions from the command line", "--like, --from", f"use {flags()}, --field or --lines")


def _files(config: GenerateConfig, source: Artifact, values: list[Values], out: Path) -> list[InputRef]:
    """Files that the result depends on."""
    media = {value for one in values for name, value in one.items() if source.manifest.fields[name]["modality"] not in in_words()}
    names = sorted(media | {name for name in (config.lines, config.like) if name})
    found = []
    for name in names:
        userfile.check(Path(name), "file", "check the path", MAX_ITEM_BYTES)
        found.append(store.relative_input(Path(name), out, "file", sha256_of(Path(name))))
    return found


def _make(
    folder: Path, maker: Maker, plan: Plan, conditions: Conditions, data: Artifact | None, config: GenerateConfig, ui: Ui
) -> dict[str, Any]:
    """Generate and write all items; returns a summary."""
    maker.rows(plan[:1])  # traces the graph
    begin = time.perf_counter()
    moving = bool(config.interpolate or config.walk)
    keep = len(plan) if moving or config.grid else pictures.SHEET_ITEMS
    with (
        SampleWriter(folder, maker.codec, maker.target, len(plan), files=config.files, keep=keep) as writer,
        ui.progress("generating", len(plan), "items") as bar,
    ):
        size = max(config.batch_size, maker.sampler.least_batch)
        for start in range(0, len(plan), size):
            part = plan[start : start + size]
            rows, scores = maker.scored(part)
            writer.add(rows, [{**part.columns(i, conditions), **scores[i]} for i in range(len(part))])
            bar.advance_to(start + len(part))
    seconds = time.perf_counter() - begin
    ui.info(f"{len(plan):,} items in {seconds:.2f} s ({len(plan) / seconds:,.0f} items/s)")
    pictures.write_sheet(folder / "sheet.png", writer.first, maker.codec, plan, conditions, config)
    drawn = maker.codec if isinstance(maker.codec, ContinuousCodec) else None
    if moving and drawn:
        pictures.animate(writer.first, drawn, folder / f"animation.{config.animation}", closed=bool(config.walk))
    if not config.neighbours or data is None or drawn is None:
        return {}
    look = maker.family.features(maker.folder)
    found = neighbours.write_neighbours(folder, data, maker.target, writer.first, drawn, look, config.neighbours, ui)
    return {"neighbours": found}
