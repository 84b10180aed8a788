"""Read all items of a raw folder, write nothing, list every problem and judge the set."""

from __future__ import annotations

from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.data.decoding.pool import DecoderPool
from mmcli.data.layouts.folder import RawFolder, read_raw
from mmcli.modalities import ingest_of
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.preprocess.fields import field_options
from mmcli.stages.preprocess.options import PreprocessConfig
from mmcli.stages.preprocess.pairs import hardly_pairs
from mmcli.stages.preprocess.reading import UniqueRecords
from mmcli.stages.validate.tally import Tally
from mmcli.stages.validate.verdict import Verdict

_CHUNK = 64


def answer(root: Path, config: PreprocessConfig, ui: Ui) -> Answer:
    """Answer with the verdict; with a problem if an item cannot be used, or if hardly anything pairs."""
    folder = _open(root, config, ui)
    verdict = _verdict_on(folder, config, ui)
    apart = hardly_pairs(verdict.fields, verdict.records, verdict.paired)
    for warning in [*verdict.warnings, *([apart] if apart and verdict.problems else [])]:
        ui.warn(warning)
    body = {**verdict.to_json(root), "usable": not verdict.problems and not apart}
    if verdict.problems:
        number = len(verdict.problems)
        said = f"{number:,} items cannot be used" if number > 1 else "1 item cannot be used"
        table = Table(("file", "record", "code", "reason"), [(p.path, p.id, p.code, p.message) for p in verdict.problems])
        return Answer(body, [table, *verdict.lines()], problem=InputError(said, visible(root), _fix(verdict, config)))
    fields = ", ".join(f"{facts['present']:,} {name}" for name, facts in verdict.fields.items())
    said = f"no problems in {verdict.records:,} records ({verdict.layout}): {fields}"
    return Answer(body, [said, *verdict.lines()], problem=InputError(apart, visible(root), folder.pairing_advice()) if apart else None)


def _fix(verdict: Verdict, config: PreprocessConfig) -> str:
    """What to do about unusable items; preprocess skips them unless there are too many."""
    rejected = len(verdict.problems)
    share = rejected / (rejected + verdict.ok)
    if share <= config.max_reject_rate:
        return "correct or remove the listed items; otherwise preprocess skips them"
    if not verdict.ok:
        return "correct the listed items"
    return f"correct or remove the listed items, or let preprocess skip them with --max-reject-rate {min(1.0, share + 0.01):.2f}"


def validate(root: Path, config: PreprocessConfig, ui: Ui) -> Verdict:
    """Decode every item as `preprocess` would.

    Raises:
        InputError: The folder is missing, empty, or has no field.
        UsageError: The configuration does not match the folder.
    """
    return _verdict_on(_open(root, config, ui), config, ui)


def _open(root: Path, config: PreprocessConfig, ui: Ui) -> RawFolder:
    ui.info(f"reading {visible(root)} ...")
    return read_raw(root, layout=config.format, choice=config.choice())


def _verdict_on(folder: RawFolder, config: PreprocessConfig, ui: Ui) -> Verdict:
    options = field_options(folder, config)
    ingests = {name: ingest_of(folder.fields[name], chosen) for name, chosen in options.items()}
    verdict = Verdict(folder.layout, {name: {"modality": kind, "present": 0} for name, kind in folder.fields.items()})
    tally = Tally(verdict)
    reader = UniqueRecords(folder.records(), _CHUNK)
    with DecoderPool.of(config) as pool, ui.progress("validating", folder.num_items, "items") as bar:
        pool.prepare(ingests)
        for decoded in pool.map(reader, folder.num_items // len(ingests) // _CHUNK):
            verdict.problems += reader.sidecars.popleft()[1]
            tally.add(decoded)
            bar.advance_to(min(tally.items, folder.num_items), f"{len(verdict.problems):,} problems" if verdict.problems else "")
    verdict.warnings = folder.warnings() + tally.warnings()
    folder.account(ui.ledger)
    return verdict
