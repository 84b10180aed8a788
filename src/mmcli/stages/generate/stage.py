"""`generate`: new items of a GAN's target field, from any subset of the given fields or from none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli import config as configuration
from mmcli import runtime
from mmcli.artifacts import arrays, jsonio, store
from mmcli.artifacts.raw import RawWriter
from mmcli.artifacts.store import Artifact, Build
from mmcli.config import GenerateConfig
from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.modalities import codec_from_json
from mmcli.modalities.base import Codec
from mmcli.modalities.recipe import recipe_of
from mmcli.outcome import Outcome
from mmcli.stages.generate.conditions import Conditions, from_records, from_values, match_counts, parse_conditions, parse_seeds
from mmcli.ui import Ui

if TYPE_CHECKING:
    from mmcli.models.conditioner import Conditioner

Array = npt.NDArray[Any]
KIND = "samples"
_SHEET_ITEMS = 64


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
    if dataset is not None:
        data = store.open_artifact(dataset, "dataset", verify=False)
        refs.append(store.relative_input(dataset, out, "dataset", data.id))
    target, given = str(source.manifest.summary["target"]), list(source.manifest.summary["given"])
    inline = parse_conditions(config, source, given)
    seeds = parse_seeds(config.seeds)
    refs += [store.relative_input(Path(v), out, "file", _file_id(Path(v))) for n, v in inline.items() if not _is_text(source, n)]
    settings = configuration.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=refs, force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        source = store.open_artifact(gan, "gan")
        with ui.logging_to(build.path / "log.txt"):
            codecs = {name: codec_from_json(jsonio.read(source.file(f"fields/{name}.codec.json"))) for name in (*given, target)}
            if dataset is not None:
                conditions = from_records(store.open_artifact(dataset, "dataset"), codecs, given, config)
            else:
                conditions = from_values(codecs, inline)
            conditions, seeds = match_counts(conditions, seeds, config)
            made = _make(source, codecs[target], conditions, seeds, given, config, ui)
            _write(build, codecs[target], target, made, conditions, seeds, ui)
        summary = {"target": target, "modality": codecs[target].modality, "given": given, "num": len(seeds)}
        build.commit(fields={target: source.manifest.fields[target]}, counts={"ok": len(seeds)}, summary=summary)
        return Outcome.of(build, out)


def _is_text(source: Artifact, name: str) -> bool:
    return bool(source.manifest.fields[name]["modality"] == "text")


def _file_id(path: Path) -> str:
    from mmcli.artifacts.manifest import sha256_of

    if not path.is_file():
        raise InputError("there is no such file", visible(path), "check the path of the condition")
    return sha256_of(path)


def _make(
    source: Artifact, codec: Codec, conditions: Conditions, seeds: list[int], given: list[str], config: GenerateConfig, ui: Ui
) -> Array:
    """Rows of the target `[n, ...]`."""
    runtime.start(ui, config.seed)
    from mmcli.models import networks_io
    from mmcli.models.conditioner import Conditioner

    conditioner = Conditioner.load(source.path)
    networks, _ = networks_io.load(source.path, ("generator",))
    sampler = recipe_of(codec.modality).load_sampler()(networks["generator"].model, codec.network_shape[0], config.temperature)
    flat = _flat_conditions(conditioner, conditions, given)
    parts = []
    with ui.progress("generate", len(seeds), "items") as bar:
        for begin in range(0, len(seeds), config.batch_size):
            chunk = slice(begin, begin + config.batch_size)
            parts.append(codec.from_network(sampler.sample(flat[chunk], seeds[chunk])))
            bar.advance_to(min(begin + config.batch_size, len(seeds)))
    return np.concatenate(parts)


def _flat_conditions(conditioner: Conditioner, conditions: Conditions, given: list[str]) -> Array:
    from mmcli.training.conditions import flat_condition

    mask = np.zeros((len(conditions), len(conditioner.fields)), dtype=np.float32)
    for name in given:
        if name in conditions.present:
            mask[:, conditioner.fields.index(name)] = conditions.present[name]
    condition, latents = conditioner.condition(conditions.rows, mask)
    # Training reads conditions in half precision; so does generation, or equal records would differ.
    return flat_condition(condition, latents).astype(np.float16).astype(np.float32)


def _write(build: Build, codec: Codec, target: str, rows: Array, conditions: Conditions, seeds: list[int], ui: Ui) -> None:
    from PIL import Image

    width = len(str(len(rows) - 1))
    writer = RawWriter(build.path)
    with ui.progress("write", len(rows), "files") as bar:
        for i, (row, seed, columns) in enumerate(zip(rows, seeds, conditions.columns, strict=True)):
            identity = f"{i:0{max(4, width)}d}"
            path = codec.write(row, writer.media_path(target, identity, ""))
            writer.add({"id": identity, "seed": seed, **columns, f"{target}_file_name": writer.relative(path)})
            bar.advance_to(i + 1)
    writer.close()
    arrays.save(build.path / "rows.npy", rows)
    captions = list(_captions(conditions))[:_SHEET_ITEMS]
    Image.fromarray(codec.sheet(rows[:_SHEET_ITEMS], captions)).save(build.path / "sheet.png")
    (build.path / "fields").mkdir(exist_ok=True)
    jsonio.write(build.path / "fields" / f"{target}.codec.json", codec.to_json())


def _captions(conditions: Conditions) -> Iterator[str]:
    for line in conditions.columns:
        yield str(line.get("label") or next((v for k, v in line.items() if k.startswith("given_")), ""))
