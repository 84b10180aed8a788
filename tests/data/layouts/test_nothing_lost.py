"""Whatever a tree of files looks like, every file is in a record, rejected, or passed over by its name."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import read_raw
from mmcli.data.layouts.listing import Listing

FOLDERS = st.sampled_from(
    [
        "train",
        "Test_Set",
        "val",
        "eval",
        "images",
        "texts",
        "captions",
        "cat",
        "Cat",
        "dog",
        "fold1",
        "7",
        "0001",
        "A",
        "B",
        "data",
        "masks",
    ]
)
STEMS = st.sampled_from(["1", "01", "a", "A", "a_image", "a_caption", "img_1", "a.jpg", "license", "readme_1", "left", "b b", "b  b"])
SUFFIXES = st.sampled_from([".png", ".PNG", ".jpg", ".txt", ".caption", ".wav", ".json", ".xyz", ""])
PATHS = st.tuples(st.lists(FOLDERS, max_size=3), STEMS, SUFFIXES).map(lambda parts: "/".join([*parts[0], parts[1] + parts[2]]))
LAYOUTS = st.sampled_from(["auto", "same-stem", "class-folders", "nested-folders", "record-folders", "parallel-folders"])


def accounted(root: Path, layout: str) -> tuple[list[str], set[str]]:
    """Files that records hold, and those that are rejected or passed over."""
    results = list(read_raw(root, layout=layout).records())
    sources = [field.source for r in results if isinstance(r, RawRecord) for field in r.fields.values()]
    return sources, {r.path for r in results if isinstance(r, RawReject)} | set(Listing(root).passed_over)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(paths=st.sets(PATHS, min_size=1, max_size=14), layout=LAYOUTS)
def test_every_file_is_accounted_for(paths: set[str], layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path in paths:
            try:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text("{}" if path.endswith(".json") else "x")
            except OSError:
                continue  # a file where a folder should be
        there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
        try:
            sources, others = accounted(root, layout)
        except InputError:
            return
    assert len(sources) == len(set(sources))
    assert set(sources).isdisjoint(others)
    assert {name for name in there - set(sources) - others if not name.endswith(".json")} == set()


@pytest.mark.parametrize("layout", ["auto", "class-folders"])
def test_ids_are_unique_where_a_field_has_two_spellings(plant, read, layout):
    root = plant({"train/Images/1.png": b"x", "train/images/1.png": b"x", "train/texts/1.txt": b"x"})
    records, rejects = read(root, layout)
    assert len({r.id for r in records}) == len(records)
    assert len(records) + len(rejects) >= 2
