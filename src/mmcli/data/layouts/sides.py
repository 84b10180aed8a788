"""Folders that are a field each: `images/` and `captions/`, whose files pair by their stems."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.core.display import visible
from mmcli.data.layouts.base import modality_of, printable, stem_of
from mmcli.data.layouts.levels import Folders, Level
from mmcli.data.layouts.lookalikes import folded
from mmcli.modalities import registry

# Names of two folders whose files of one modality belong together by their stems.
_PAIRS = (
    *("a b", "x y", "input target", "inputs targets", "input output", "inputs outputs", "source target", "src tgt", "src dst"),
    *("noisy clean", "lr hr", "low high", "left right", "before after", "original edited", "rgb depth", "blur sharp"),
)
_SECOND = frozenset({"mask", "masks", "segmentation", "segmentations", "sketch", "sketches", "depth", "edges", "gt", "groundtruth"})
_MAX_FIELDS = 20


def field_level(levels: Sequence[Level], folders: Folders) -> tuple[int | None, list[str]]:
    """The first level whose folders hold one modality each and the same stems, and notes on doubtful ones."""
    notes = []
    for level in levels:
        sides = sides_at(folders, level.depth) if len(level.counts) <= _MAX_FIELDS else None
        if sides is None or len(sides) < 2:
            continue
        modalities = {modality for modality, _ in sides.values()}
        known = all(name == "" or word_of_modality(name) for name in sides)
        if len(modalities) > 1 and (known or ("" not in sides and _share_stems(sides, 0.0))):
            return level.depth, []
        if len(modalities) == 1 and "" not in sides and _is_pair(sides) and _share_stems(sides, 0.5):
            return level.depth, []
        if len(modalities) == 1 and "" not in sides and len(sides) <= 4 and _share_stems(sides, 0.99):
            names = ", ".join(visible(printable(name), 40) for name in sides)
            notes.append(
                f"the folders {names} hold files of the same names and are read as classes; --format parallel-folders reads each as a field"
            )

    return None, notes


Sides = dict[str, tuple[str, set[str]]]  # folder name -> its modality and the stems in it


def sides_at(folders: Folders, depth: int) -> Sides | None:
    """The folders at a depth as fields, or None if one holds several modalities; `""` is for files without such a folder."""
    sides: Sides = {}
    for parts, media in folders.items():
        name = parts[depth] if len(parts) > depth else ""
        rest = "/".join((*parts[:depth], *parts[depth + 1 :]))
        for base in media:
            modality = modality_of(base) or ""
            first, stems = sides.setdefault(name, (modality, set()))
            if first != modality:
                return None
            stems.add(folded(f"{rest}/{stem_of(base)}"))
    return sides


def part_level(levels: Sequence[Level], field: int, folders: Folders) -> int | None:
    """The level that divides one field into several: `captions/en/1.txt`, `captions/de/1.txt` beside `images/1.jpg`."""
    for level in levels[field + 1 :]:
        inside: set[str] = set()
        outside: set[str] = set()
        for parts, media in folders.items():
            divided = len(parts) > level.depth
            rest = "/".join(part for depth, part in enumerate(parts) if depth not in (field, level.depth))
            (inside if divided else outside).update(folded(f"{rest}/{stem_of(base)}") for base in media)
        if 1 < len(level.counts) <= _MAX_FIELDS and len(inside & outside) * 2 > len(inside):
            return level.depth
    return None


def names_fields(folders: Folders, depth: int) -> bool:
    """Whether the folders of the splits name fields as well: `train_images`, `train_captions`, `test_images`, ..."""
    sides = sides_at(folders, depth)
    if sides is None or not all(map(word_of_modality, sides)):
        return False
    return len({modality for modality, _ in sides.values()}) > 1


def word_of_modality(folder: str) -> str | None:
    """Word for a modality in a folder's name: `images`, `train_images`, `audio-files`."""
    words = folded(folder).replace("-", "_").replace(" ", "_").split("_")
    return next((word for word in words if registry.named_so(word)), None)


def _share_stems(sides: Sides, least: float) -> bool:
    """Whether more than this fraction of the stems of the smallest folder is in another one."""
    ordered = sorted(sides.values(), key=lambda side: len(side[1]))
    first = ordered[0][1]
    return any(len(first & other) > least * len(first) for _, other in ordered[1:]) or (least == 0 and _any_shared(sides))


def _any_shared(sides: Sides) -> bool:
    seen: dict[str, str] = {}
    return any(seen.setdefault(stem, modality) != modality for modality, stems in sides.values() for stem in stems)


def _is_pair(sides: Sides) -> bool:
    names = sorted(folded(name) for name in sides)
    return any(names == sorted(pair.split()) for pair in _PAIRS) or (len(names) == 2 and bool(_SECOND & set(names)))
