"""Whatever lies in a folder, reading it ends in records, rejects or a three-line error."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcli.core.errors import MmcliError
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import layout_names, read_raw

NAMES = st.sampled_from(["a", "b", "train", "test", "metadata", "captions_x", "x_manifest", "a.token", "1", "é\u202e", "data"])
SUFFIXES = st.sampled_from(
    [".txt", ".png", ".JPG", ".wav", ".json", ".jsonl", ".csv", ".tsv", ".tar", ".parquet", ".token.txt", "", ".zip"]
)
WORDS = st.sampled_from(
    [
        "file_name", "text", "id", "label", "split", "a.png", "../x", "/etc/passwd", "images", "annotations", "caption", "image_id",
        "audio_filepath", "offset", "filepath", "title", "photo_file_name", "http://x", "b.wav", "1.jpg#0", "", "train",
    ]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)
JSON = VALUES.map(lambda value: json.dumps(value).encode())
LINES = st.lists(st.dictionaries(WORDS, VALUES, max_size=5).map(lambda row: json.dumps(row).encode()), max_size=4).map(b"\n".join)
TABLES = st.lists(st.lists(WORDS, max_size=4).map(lambda cells: ",".join(cells).encode()), max_size=5).map(b"\n".join)
CONTENTS = st.binary(max_size=40) | JSON | LINES | TABLES | TABLES.map(lambda table: table.replace(b",", b"\t"))
PATHS = st.tuples(st.lists(NAMES, min_size=1, max_size=3), SUFFIXES).map(lambda parts: "/".join(parts[0]) + parts[1])


def read_or_refuse(root: Path, layout: str) -> tuple[dict[str, str], list[RawRecord | RawReject]]:
    refusal: MmcliError | None = None
    try:
        raw = read_raw(root, layout=layout)
        return raw.fields, list(raw.records())
    except MmcliError as error:
        refusal = error
    assert refusal.exit_code in (2, 3, 6)
    assert refusal.where
    return {}, []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tree=st.dictionaries(PATHS, CONTENTS, max_size=6), layout=st.sampled_from(layout_names()))
def test_any_folder_is_read_or_refused(tree: dict[str, bytes], layout: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, content in tree.items():
            try:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(content)
            except OSError:
                continue  # a file where a folder should be
        fields, results = read_or_refuse(root, layout)
    records = [r for r in results if isinstance(r, RawRecord)]
    assert len(records) + sum(isinstance(r, RawReject) for r in results) == len(results)
    assert len({r.id for r in records}) == len(records)
    for record in records:
        assert record.fields
        assert set(record.fields) <= set(fields)
        assert record.split in (None, "train", "val", "test")
        for field in record.fields.values():
            assert sum(value is not None for value in (field.path, field.text, field.data)) == 1
            assert field.path is None or field.path.is_relative_to(root)
