"""`generate`: new items of a GAN's target field, from any subset of the given fields or from none."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio, recipes, store
from mmcli.artifacts.lineage import dataset_of
from mmcli.artifacts.manifest import InputRef, sha256_of
from mmcli.artifacts.store import Artifact, Build
from mmcli.core import options
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.base import ContinuousCodec
from mmcli.modalities.items import flags
from mmcli.nn import runtime
from mmcli.pipeline.outcome import Outcome
from mmcli.stages.generate import like, motion, neighbours, pictures
from mmcli.stages.generate import plan as plans
from mmcli.stages.generate.conditions import Conditions, Values, from_records, from_values, in_words, parse_conditions
from mmcli.stages.generate.maker import Maker
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan
from mmcli.stages.generate.writer import SampleWriter

KIND = "samples"


def generate(gan: Path, dataset: Path | None, out: Path, config: GenerateConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Make items and write them as a raw folder that `preprocess` reads again.

    Args:
        gan: Artifact that `train-gan` wrote.
        dataset: Data set whose records of `config.split` serve as conditions, or `None`.
        out: Folder to write: PNG, WAV or TXT files, `metadata.jsonl`, `rows.npy` and `sheet.png`.
        config: Options.
        ui: Where progress goes.
        force: Do it again even if up to date.

    Raises:
        UsageError: A condition for a field that the GAN does not know, or bad seeds.
        InputError: A condition file cannot be read, or the split has no records.
        IntegrityError: The data set's fields differ from those that the GAN was trained on.
    """
    source = store.open_artifact(gan, "gan", verify=False)
    refs = [store.relative_input(gan, out, "gan", source.id)]
    data = store.open_artifact(dataset, "dataset", verify=False) if dataset is not None else None
    target, given = str(source.manifest.summary["target"]), [str(name) for name in source.manifest.summary["given"]]
    values = parse_conditions(config, source, given)
    _check(config, source, dataset, values)
    if config.neighbours:
        data = dataset_of(source, Path(config.dataset) if config.dataset else dataset)
    if data is not None:
        refs.append(store.relative_input(data.path, out, "dataset", data.id))
    refs += _files(config, source, values, out)
    settings = options.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=refs, force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        build.clear()
        source = store.open_artifact(gan, "gan")
        with ui.logging_to(build.path / "log.txt"):
            codecs = {name: read_codec(source.file(codec_file(name))) for name in (*given, target)}
            if dataset is not None:
                conditions = from_records(store.open_artifact(dataset, "dataset"), codecs, given, config, motion.conditions_needed(config))
            else:
                conditions = from_values(codecs, values)
            row = like.read_target(codecs[target], config.like) if config.like else None
            plan = motion.plan_of(config, conditions)
            maker = Maker(source, target, codecs[target], conditions, config, ui)
            facts = {"target": target, "modality": codecs[target].modality, "given": given, "num": len(plan)}
            if row is not None:
                facts |= like.reproduce(build, source, maker, row, conditions, target, config, ui)
            else:
                facts |= _make(build, maker, plan, conditions, data, config, ui)
            (build.path / "fields").mkdir(exist_ok=True)
            jsonio.write(build.path / codec_file(target), codecs[target].to_json())
        build.commit(fields={target: source.manifest.fields[target]}, counts={"ok": facts["num"]}, summary=facts)
        return Outcome.of(build, out)


def _check(config: GenerateConfig, source: Artifact, dataset: Path | None, values: list[Values]) -> None:
    """What can be refused before anything is loaded."""
    plans.parse_seeds(config.seeds)
    if dataset is not None and values != [{}]:
        what = "conditions come from records or from the command line, not from both"
        raise UsageError(what, "--from", f"leave out --from, or {flags()}, --label, --field and --lines")
    if config.given and dataset is None:
        raise UsageError("--given chooses fields of the records of --from", "--given", "add --from DATASET, or leave it out")
    if config.dataset and not config.neighbours:
        raise UsageError("--dataset names the data set of --neighbours", "--dataset", "add --neighbours K, or leave it out")
    motion.check(config, str(source.manifest.summary["target"]), noise=has_noise(source))
    if config.like and dataset is not None:
        raise UsageError("an item is changed by a condition from the command line", "--like, --from", f"use {flags()}, --field or --lines")
    if config.truncation and not has_noise(source):
        raise UsageError("texts are made without a noise vector", "--truncation", "use --temperature below 1 for safer texts")


def has_noise(source: Artifact) -> bool:
    """Whether the generator turns a noise vector into an item; a language model does not."""
    return "noise" in recipes.read(source.path)[0].get("generator", {}).get("config", {})


def _files(config: GenerateConfig, source: Artifact, values: list[Values], out: Path) -> list[InputRef]:
    """The files that the result depends on."""
    media = {value for one in values for name, value in one.items() if source.manifest.fields[name]["modality"] not in in_words()}
    names = sorted(media | {name for name in (config.lines, config.like) if name})
    found = []
    for name in names:
        if not Path(name).is_file():
            raise InputError("there is no such file", visible(name), "check the path")
        found.append(store.relative_input(Path(name), out, "file", sha256_of(Path(name))))
    return found


def _make(
    build: Build, maker: Maker, plan: Plan, conditions: Conditions, data: Artifact | None, config: GenerateConfig, ui: Ui
) -> dict[str, Any]:
    """Make and write all items; returns facts about them."""
    maker.rows(plan[:1])  # traces the graph
    begin = time.perf_counter()
    moving = bool(config.interpolate or config.walk)
    keep = len(plan) if moving or config.grid else pictures.SHEET_ITEMS
    with (
        SampleWriter(build.path, maker.codec, maker.target, len(plan), files=config.files, keep=keep) as writer,
        ui.progress("generate", len(plan), "items") as bar,
    ):
        for start in range(0, len(plan), config.batch_size):
            part = plan[start : start + config.batch_size]
            writer.add(maker.rows(part), [part.columns(i, conditions) for i in range(len(part))])
            bar.advance_to(start + len(part))
    seconds = time.perf_counter() - begin
    ui.info(f"{len(plan):,} items in {seconds:.2f} s ({len(plan) / seconds:,.0f} items/s)")
    pictures.write_sheet(build.path / "sheet.png", writer.first, maker.codec, plan, conditions, config)
    drawn = maker.codec if isinstance(maker.codec, ContinuousCodec) else None
    if moving and drawn:
        pictures.animate(writer.first, drawn, build.path / f"animation.{config.animation}", closed=bool(config.walk))
    if not config.neighbours or data is None or drawn is None:
        return {}
    from mmcli.generators.gan.item_features import ItemFeatures

    look = ItemFeatures.load(maker.folder)
    found = neighbours.write_neighbours(build.path, data, maker.target, writer.first, drawn, look, config.neighbours, ui)
    return {"neighbours": found}
