"""Every layout is recognised by itself and gives the records that its publisher means."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import soundfile

from mmcli.core.errors import InputError, UsageError
from mmcli.data.layouts.folder import read_raw


def tar_of(members: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def test_same_stems_are_one_record_and_dots_inside_are_kept(plant, read):
    root = plant({"a.1.txt": "hello", "a.1.JPG": b"x", "a.2.txt": "bye", "a.2.wav": b"x", "a.2.json": '{"label": "b", "title": "T"}'})
    assert read_raw(root).layout == "same-stem"
    assert read_raw(root).fields == {"text": "text", "image": "image", "audio": "audio", "title": "text"}
    records, rejects = read(root)
    assert not rejects
    assert {r.id: (r.label, set(r.fields)) for r in records} == {
        "a.1": (None, {"text", "image"}),
        "a.2": ("b", {"text", "audio", "title"}),
    }


def test_split_folders_with_same_stems(plant, read):
    records, _ = read(plant({"train/1.txt": "a", "train/1.png": b"x", "test/1.txt": "b"}))
    assert [(r.id, r.split) for r in records] == [("test/1", "test"), ("train/1", "train")]


@pytest.mark.parametrize("prefix", ["", "dev/"])
def test_class_folders_give_labels(plant, read, prefix):
    root = plant({f"{prefix}cat/1.png": b"x", f"{prefix}dog/1.png": b"x"})
    assert read_raw(root).layout == "class-folders"
    records, _ = read(root)
    assert [(r.id, r.label, r.split) for r in records] == [
        (f"{prefix}cat/1", "cat", "val" if prefix else None),
        (f"{prefix}dog/1", "dog", "val" if prefix else None),
    ]


def test_parallel_folders_are_fields(plant, read):
    root = plant({"photos/1.jpg": b"x", "photos/2.jpg": b"x", "sounds/1.wav": b"x", "words/2.txt": "two"})
    assert read_raw(root).fields == {"photos": "image", "sounds": "audio", "words": "text"}
    records, rejects = read(root)
    assert not rejects
    assert [set(r.fields) for r in records] == [{"photos", "sounds"}, {"photos", "words"}]


def test_metadata_in_split_folders(plant, read):
    root = plant(
        {
            "train/metadata.jsonl": '{"file_name": "1.png", "text": "one"}',
            "train/1.png": b"x",
            "test/metadata.csv": "file_name,text\n1.png,uno\n",
            "test/1.png": b"x",
        }
    )
    records, rejects = read(root)
    assert not rejects
    assert [(r.id, r.split, r.fields["text"].text) for r in records] == [("test/1.png", "test", "uno"), ("train/1.png", "train", "one")]


def test_webdataset_samples_are_streamed(plant, read, png):
    members = [
        ("a/1.png", png),
        ("a/1.txt", b"one"),
        ("a/1.cls", b"7"),
        ("a/2.left.png", png),
        ("a/2.json", b'{"title": "zwei", "label": 3}'),
    ]
    root = plant({"train-000000.tar": tar_of(members), "train-000001.tar": tar_of([("b/1.PNG", png)])})
    assert read_raw(root).fields == {"title": "text", "image": "image", "text": "text", "left": "image"}
    records, rejects = read(root)
    assert not rejects
    assert [(r.id, r.label, r.split, set(r.fields)) for r in records] == [
        ("a/1", "7", "train", {"image", "text"}),
        ("a/2", "3", "train", {"left", "title"}),
        ("b/1", None, "train", {"image"}),
    ]
    assert records[0].fields["image"].data == png


def test_webdataset_reports_a_second_member_of_one_field(plant, read, png):
    records, rejects = read(plant({"x.tar": tar_of([("1.png", png), ("1.PNG", png), ("1.bin", b"?")])}))
    assert [r.id for r in records] == ["1"]
    assert [(r.path, r.code) for r in rejects] == [("x.tar:1.PNG", "DUP_ID"), ("x.tar:1.bin", "UNPAIRED")]


def test_nemo_manifest_cuts_segments(plant, read):
    packed = io.BytesIO()
    soundfile.write(packed, np.linspace(-0.5, 0.5, 8000, dtype=np.float32), 8000, format="WAV", subtype="FLOAT")
    rows = [
        {"audio_filepath": "a.wav", "duration": 1.0, "text": "all", "speaker": 7},
        {"audio_filepath": "a.wav", "offset": 0.5, "duration": 0.25, "text": "part"},
        {"audio_filepath": "a.wav", "offset": 5.0, "duration": 0.25, "text": "beyond"},
    ]
    root = plant({"dev_manifest.json": "\n".join(map(json.dumps, rows)), "a.wav": packed.getvalue()})
    assert (read_raw(root).layout, read_raw(root).fields) == ("nemo", {"text": "text", "audio": "audio"})
    records, rejects = read(root)
    assert [(r.split, r.group, set(r.fields)) for r in records] == [
        ("val", "7", {"text", "audio"}),
        ("val", "a.wav", {"text", "audio"}),
        ("val", "a.wav", {"text"}),
    ]
    assert b"PEAK" not in records[1].fields["audio"].data  # a chunk that holds the time of day
    samples, rate = soundfile.read(io.BytesIO(records[1].fields["audio"].data))
    assert (len(samples), rate, round(float(samples[0]), 2)) == (2000, 8000, 0.0)
    assert [(r.path, r.code) for r in rejects] == [("dev_manifest.json:3 a.wav", "ROW_INVALID")]


def test_coco_captions_group_by_image(plant, read):
    body = {
        "info": {},
        "images": [{"id": 9, "file_name": "000009.jpg"}, {"id": 10, "file_name": "000010.jpg"}, {"id": 11, "file_name": "000011.jpg"}],
        "annotations": [{"id": i, "image_id": 9, "caption": f" a dog\n number {i}  "} for i in range(5)]
        + [{"id": 7, "image_id": 11, "caption": "gone"}, {"id": 8, "image_id": 12, "caption": "of no image"}],
    }
    root = plant(
        {
            "annotations/captions_val2017.json": json.dumps(body),
            "val2017/000009.jpg": b"x",
            "val2017/000010.jpg": b"x",
            "val2017/extra.jpg": b"x",
        }
    )
    assert read_raw(root).layout == "coco"
    records, rejects = read(root)
    assert [r.id for r in records] == ["9#0", "9#1", "9#2", "9#3", "9#4", "11#7", "10"]
    assert records[0].fields["caption"].text == "a dog number 0"
    assert (records[0].split, {r.group for r in records[:5]}) == ("val", {"000009.jpg"})
    assert [(r.code, r.id) for r in rejects] == [
        ("NOT_FOUND", "11#7"),
        ("NOT_FOUND", "annotations/captions_val2017.json annotations[6]"),
        ("UNPAIRED", "val2017/extra.jpg"),
    ]


@pytest.mark.parametrize("cut", [10, 60, 200])
def test_a_damaged_coco_document_is_an_error(plant, read, cut):
    body = json.dumps({"images": [{"id": 1, "file_name": "1.jpg"}], "annotations": [{"id": 1, "image_id": 1, "caption": "x" * 300}]})
    root = plant({"captions_train2017.json": body[:cut]})
    with pytest.raises(InputError):
        read(root, "coco")


def test_flickr_token_file_with_an_orphan_row(plant, read):
    lines = ["1.jpg#0\tA dog , running .", "1.jpg#1\tA brown dog", "2.jpg.1#0\tAn orphan"]
    root = plant(
        {
            "Flickr8k_text/Flickr8k.token.txt": "\n".join(lines) + "\n",
            "Flickr8k_text/Flickr8k.lemma.token.txt": "1.jpg#0\tdog run\n",
            "Flickr8k_text/Flickr_8k.testImages.txt": "1.jpg\n",
            "Flicker8k_Dataset/1.jpg": b"x",
        }
    )
    assert read_raw(root).layout == "flickr"
    records, rejects = read(root)
    assert [(r.id, r.group, r.split, set(r.fields)) for r in records] == [
        ("1.jpg#0", "1.jpg", "test", {"image", "caption"}),
        ("1.jpg#1", "1.jpg", "test", {"image", "caption"}),
        ("2.jpg.1#0", "2.jpg.1", None, {"caption"}),
    ]
    assert [(r.code, r.path) for r in rejects] == [("NOT_FOUND", "Flickr8k_text/Flickr8k.token.txt:3 2.jpg.1")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("captions.txt", 'image,caption\n1.jpg,"A dog, a ""cat"""\n1.jpg,A dog, running , fast\n'),
        ("results.csv", 'image_name| comment_number| comment\n1.jpg| 0| A dog, a "cat"\n1.jpg| 1| A dog, running , fast\n'),
    ],
)
def test_flickr_tables_keep_commas(plant, read, name, content):
    records, rejects = read(plant({name: content, "Images/1.jpg": b"x"}))
    assert not rejects
    assert [r.fields["caption"].text for r in records] == ['A dog, a "cat"', "A dog, running , fast"]


def test_open_clip_table_is_tab_separated(plant, read):
    root = plant({"train.csv": "filepath\ttitle\nimages/1.jpg\ta dog, running\n/etc/passwd\tevil\n", "images/1.jpg": b"x"})
    assert (read_raw(root).layout, read_raw(root).fields) == ("open-clip", {"title": "text", "image": "image"})
    records, rejects = read(root)
    assert records[0].fields["title"].text == "a dog, running"
    assert [r.code for r in rejects] == ["PATH_REFUSED"]


def test_parquet_structs_and_class_names(tmp_path: Path, read, png):
    root = tmp_path / "raw" / "data"
    root.mkdir(parents=True)
    table = pa.table(
        {"image": [{"bytes": png, "path": "x.png"}, {"bytes": png + b" ", "path": "x.png"}], "label": [1, 0], "note": ["b", "a"]}
    )
    names = {"huggingface": json.dumps({"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}})}
    pq.write_table(table.replace_schema_metadata(names), root / "train-00000-of-00001.parquet")
    raw = read_raw(root.parent)
    assert (raw.layout, raw.fields) == ("parquet", {"note": "text", "image": "image"})
    records, rejects = read(root.parent)
    assert not rejects
    assert [(r.label, r.split, r.group, r.fields["image"].data) for r in records] == [
        ("dog", "train", None, png),
        ("cat", "train", None, png + b" "),
    ]
    assert len({r.id for r in records}) == 2


def test_a_layout_can_be_forced(plant, read):
    root = plant({"cat/1.png": b"x"})
    assert read_raw(root, layout="same-stem").layout == "same-stem"
    with pytest.raises(UsageError, match="unknown format zip"):
        read_raw(root, layout="zip")
    with pytest.raises(InputError, match="tar shard"):
        read(root, "webdataset")


def test_a_wrong_format_is_told_what_is_missing_where_and_what_it_looks_like(plant, read):
    root = plant({"1.txt": "one", "1.png": b"x"})
    for layout, what, where in (
        ("class-folders", "no file is in a class folder", "/raw/1.png"),
        ("parallel-folders", "a file is not in a field's folder", "/raw/1.png"),
        ("nemo", "the folder has no manifest with audio_filepath", "/raw"),
    ):
        with pytest.raises(InputError, match=what) as caught:
            read(root, layout)
        assert caught.value.where.endswith(where)
        assert caught.value.fix == "the folder looks like same-stem: omit --format, or use --format same-stem"


def test_a_field_folder_of_mixed_files_is_named(plant, read):
    root = plant({"a/1.png": b"x", "a/1.wav": b"x"})
    with pytest.raises(InputError, match="several modalities") as caught:
        read(root, "parallel-folders")
    assert caught.value.where.endswith("/raw/a")


def test_a_sidecar_without_its_file_is_reported(plant, read):
    records, rejects = read(plant({"1.txt": "one", "1.json": '{"label": "x"}', "2.json": '{"label": "y"}', "3.json": "{}"}))
    assert [(r.id, r.label) for r in records] == [("1", "x")]
    assert [(r.path, r.code) for r in rejects] == [("2.json", "UNPAIRED"), ("3.json", "UNPAIRED")]


def test_texts_of_a_sidecar_name_the_one_that_was_read(plant, read):
    root = plant({"r1/a.json": "{", "r1/b.json": '{"says": "hello"}', "r1/x.png": b"x", "r2/a.json": '{"says": "bye"}', "r2/x.png": b"x"})
    records, rejects = read(root, "record-folders")
    assert [record.fields["says"].source for record in records] == ["r1/b.json says", "r2/a.json says"]
    assert [(r.path, r.code) for r in rejects] == [("r1/a.json", "ROW_INVALID")]


def test_columns_above_the_folders_of_fields_are_theirs(plant, read):
    records, rejects = read(plant({"shots/1.png": b"x", "1.json": '{"label": "a"}'}), "parallel-folders")
    assert ([(r.id, sorted(r.fields), r.label) for r in records], rejects) == ([("1", ["shots"], "a")], [])


def test_nemo_lines_may_say_their_text_or_name_its_file(plant, read):
    rows = [{"audio_filepath": "a.wav", "text": "said"}, {"audio_filepath": "b.wav", "text_filepath": "b.txt"}]
    root = plant({"manifest.json": "\n".join(map(json.dumps, rows)), "a.wav": b"x", "b.wav": b"x", "b.txt": "written"})
    records, rejects = read(root)
    assert not rejects
    assert records[0].fields["text"].text == "said"
    assert records[1].fields["text"].path == root / "b.txt"
