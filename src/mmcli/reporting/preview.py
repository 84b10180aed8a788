"""A data set at a glance, in numbers and contact sheets: what `info --preview` and the report show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, jsonio, records
from mmcli.artifacts.records import SPLITS, Records
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.base import Codec

Array = npt.NDArray[Any]
MOST_WORDS = 30
MOST_LABELS = 50
MOST_EXAMPLES = 3
_BINS = 16
_BLOCK = 4096
_FLAT = 1e-3  # numbers that differ by less are shown as one
_SAMPLE = 5000  # pictures and sounds that are measured, evenly spread


def preview(artifact: Artifact) -> dict[str, Any]:
    """Facts about a `dataset` artifact as JSON values.

    Returns:
        `records`, `splits`, `labels` (per label its records by split), `fields` (per field what is
        present by split, duplicates, and histograms and counts of its modality) and `rejects` (per
        code its number and examples).
    """
    table = records.read(artifact.path)
    split = list(table.columns["split"])
    return {
        "records": len(table),
        "splits": {name: split.count(name) for name in SPLITS},
        "labels": _labels(table, split),
        "fields": measure(artifact, table),
        "rejects": list(_rejects(artifact)),
    }


def measure(artifact: Artifact, table: Records) -> dict[str, dict[str, Any]]:
    """Per field what is present by split, duplicates, and histograms and counts of its modality."""
    split = list(table.columns["split"])
    return {name: _field(artifact, table, split, name) for name in artifact.manifest.fields}


def sheet(artifact: Artifact, name: str, count: int = 48, columns: int = 8) -> Array:
    """Contact sheet `[H, W, 3]` uint8 of records that have the field, evenly spread, captioned by label or id."""
    table = records.read(artifact.path)
    present = np.flatnonzero(table.present(name))
    chosen = present[np.linspace(0, len(present) - 1, min(count, len(present))).round().astype(int)] if len(present) else present
    captions = [table.labels[row] or table.ids[row] for row in chosen]
    return _codec(artifact, name).sheet(np.asarray(_rows(artifact, name)[chosen]), captions, columns)


def write_sheets(artifact: Artifact, folder: Path) -> list[Path]:
    """Write the contact sheet of every field as a picture; returns their paths."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in artifact.manifest.fields:
        found.append(folder / f"{name}.png")
        Image.fromarray(sheet(artifact, name)).save(found[-1])
    return found


def _codec(artifact: Artifact, name: str) -> Codec:
    return read_codec(artifact.file(codec_file(name)))


def _rows(artifact: Artifact, name: str) -> Array:
    return arrays.load(artifact.file(f"fields/{name}.npy"))


def _labels(table: Records, split: Sequence[str]) -> list[dict[str, Any]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for label, name in zip(table.labels, split, strict=True):
        if label is not None:
            counted[label][name] += 1
    ranked = sorted(counted, key=lambda label: (-counted[label].total(), label))[:MOST_LABELS]
    return [{"label": label, **{name: counted[label][name] for name in SPLITS}} for label in ranked]


def _field(artifact: Artifact, table: Records, split: Sequence[str], name: str) -> dict[str, Any]:
    present = table.present(name)
    by_split = Counter(split[row] for row in np.flatnonzero(present).tolist())
    modality = str(artifact.manifest.fields[name]["modality"])
    facts = {"modality": modality, "present": {key: by_split[key] for key in SPLITS}, "duplicates": _duplicates(table, split, name)}
    return facts | _MEASURES[modality](artifact, table, name, np.flatnonzero(present))


def _duplicates(table: Records, split: Sequence[str], name: str) -> dict[str, int]:
    """Contents that several records share, and those of them that lie in several splits."""
    places: dict[str, list[str]] = defaultdict(list)
    for identity, digest, place in zip(table.ids, table.columns[f"{name}.sha256"], split, strict=True):
        # Augmented copies, and the further windows of one sound, are not duplicates.
        if digest and "~" not in identity and not ("@" in identity and not identity.endswith("@0000")):
            places[digest].append(place)
    return {"contents": sum(len(p) > 1 for p in places.values()), "across_splits": sum(len(set(p)) > 1 for p in places.values())}


def _measure_texts(artifact: Artifact, table: Records, name: str, present: Array) -> dict[str, Any]:
    from mmcli.core.token_ids import FIRST_WORD
    from mmcli.modalities.text.codec import TextCodec

    codec, rows = _codec(artifact, name), _rows(artifact, name)
    assert isinstance(codec, TextCodec)
    lengths, counts = [], np.zeros(codec.vocabulary_size, dtype=np.int64)
    for block in _blocks(rows, present):
        lengths.append((block >= FIRST_WORD).sum(axis=1) + (block == 1).sum(axis=1))
        counts += np.bincount(block.ravel(), minlength=len(counts))[: len(counts)]
    words = _frequent_words(codec.vocabulary, counts[FIRST_WORD:], codec.rules.language)
    facts = {"lengths": histogram(np.concatenate(lengths) if lengths else np.zeros(0)), "words": words, "unknown": int(counts[1])}
    tags = table.columns.get(f"{name}.pos")
    return facts | ({"pos": dict(Counter(tag for line in tags if line for tag in line.split()).most_common())} if tags else {})


def _frequent_words(vocabulary: Sequence[str], counts: Array, language: str) -> list[list[Any]]:
    """Most frequent words; stop words and punctuation say little and are left out."""
    from mmcli.modalities.text.tokens import SPACE, is_stop_word

    found: list[list[Any]] = []
    for number in np.argsort(-counts, kind="stable"):
        word = vocabulary[number].strip(SPACE)
        if any(char.isalnum() for char in word) and not is_stop_word(word, language) and counts[number]:
            found.append([word, int(counts[number])])
        if len(found) == MOST_WORDS:
            break
    return found


def _measure_pictures(artifact: Artifact, table: Records, name: str, present: Array) -> dict[str, Any]:
    blocks = [block.reshape(len(block), -1) for block in _blocks(_rows(artifact, name), _spread(present))]
    means, sds = (np.concatenate([getattr(block, how)(axis=1) for block in blocks]) if blocks else np.zeros(0) for how in ("mean", "std"))
    facts = {"brightness": histogram(means), "contrast": histogram(sds), "plain": int((sds < 1.0).sum())}
    aspects = table.columns.get(f"{name}.aspect")
    return facts | ({"aspect": histogram(np.array([value for value in aspects if value]))} if aspects else {})


def _measure_sounds(artifact: Artifact, table: Records, name: str, present: Array) -> dict[str, Any]:
    waves = arrays.load(artifact.file(f"fields/{name}.wave.npy"))
    levels, silent = [], 0
    for block in _blocks(waves, _spread(present)):
        rms = np.sqrt(np.square(block / 32767.0).mean(axis=1))
        silent += int((rms == 0).sum())
        levels.append(20 * np.log10(rms[rms > 0]))
    return {"level_db": histogram(np.concatenate(levels) if levels else np.zeros(0)), "silent": silent}


_MEASURES = {"text": _measure_texts, "image": _measure_pictures, "audio": _measure_sounds}


def _spread(present: Array) -> Array:
    return present if len(present) <= _SAMPLE else present[np.linspace(0, len(present) - 1, _SAMPLE).astype(int)]


def _blocks(rows: Array, chosen: Array) -> Iterator[Array]:
    for start in range(0, len(chosen), _BLOCK):
        yield np.asarray(rows[chosen[start : start + _BLOCK]])


def histogram(values: Array) -> dict[str, Any]:
    """Counts in equal bins with their edges, and least, median and greatest value; whole numbers get whole bins."""
    if not len(values):
        return {"edges": [], "counts": [], "least": None, "median": None, "greatest": None}
    low, high = float(values.min()), float(values.max())
    whole = np.issubdtype(values.dtype, np.integer)
    width = max(1, -(-int(high - low + 1) // _BINS)) if whole else (high - low if high - low > _FLAT else 1.0) / _BINS
    edges = low + width * np.arange((int(high - low) // width + 1 if whole else _BINS) + 1)
    counts, _ = np.histogram(values, edges)
    if not whole:
        counts[-1] += int((values > edges[-1]).sum())  # the last edge, rounded, may lie below the greatest value
    summary = {"least": low, "median": float(np.median(values)), "greatest": high}
    return {"edges": [round(float(edge), 4) for edge in edges], "counts": counts.tolist(), **summary}


def _rejects(artifact: Artifact) -> Iterator[dict[str, Any]]:
    number: Counter[str] = Counter()
    examples: dict[str, list[dict[str, str]]] = defaultdict(list)
    with artifact.file("rejects.jsonl").open("rb") as handle:
        for text in handle:
            try:
                line = jsonio.loads(text)
                code = str(line["code"])
            except (jsonio.JsonError, KeyError, TypeError):
                continue
            number[code] += 1
            if len(examples[code]) < MOST_EXAMPLES:
                examples[code].append({key: visible(line.get(key, "")) for key in ("id", "path", "message")})
    for code, count in number.most_common():
        yield {"code": code, "count": count, "examples": examples[code]}


def as_lines(facts: dict[str, Any]) -> Iterator[str]:
    """The facts as lines of text with bars."""
    yield f"{facts['records']:,} records: " + ", ".join(f"{count:,} {name}" for name, count in facts["splits"].items())
    for row in facts["labels"]:
        yield from _bar(row["label"], sum(row[name] for name in SPLITS), max(sum(r[n] for n in SPLITS) for r in facts["labels"]))
    for name, field in facts["fields"].items():
        shared = field["duplicates"]
        copies = f"; {shared['contents']:,} contents occur twice or more, {shared['across_splits']:,} in several splits"
        yield f"{name} ({field['modality']}): " + ", ".join(f"{n:,} {s}" for s, n in field["present"].items()) + copies
        for key, title in TITLES.items():
            if key in field:
                summary = ", ".join(f"{word} {field[key][word]:.5g}" for word in ("least", "median", "greatest") if field[key]["counts"])
                yield f"  {title}: {summary or 'none'}"
                for edge, count in zip(field[key]["edges"], field[key]["counts"], strict=False):
                    yield from _bar(f"{edge:.5g}", count, max(field[key]["counts"]))
        for key, rows in (("most frequent words", field.get("words", [])), ("parts of speech", list(field.get("pos", {}).items()))):
            if rows:
                yield f"  {key}: " + ", ".join(f"{word} {count:,}" for word, count in rows)
    for reject in facts["rejects"]:
        first = reject["examples"][0]
        yield f"rejected {reject['count']:,} x {reject['code']}, such as {first['path']}: {first['message']}"


TITLES = {
    "lengths": "tokens per text",
    "brightness": "mean of the pixels",
    "contrast": "spread of the pixels",
    "aspect": "width over height",
    "level_db": "level, dB of full scale",
}
_BAR_WIDTH = 40


def _bar(name: str, count: int, most: int) -> Iterator[str]:
    if count:
        yield f"  {visible(name, 24):>24} {'#' * max(1, round(_BAR_WIDTH * count / most))} {count:,}"
