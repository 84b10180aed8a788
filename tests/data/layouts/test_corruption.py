"""Damaged folders: every problem names its file and row."""

from __future__ import annotations

import json

import pytest

from mmcli.artifacts import store
from mmcli.core.errors import InputError, IntegrityError
from mmcli.data.layouts.folder import read_raw

LINES = "1.jpg#0\tA dog .\n1.jpg#1\tA cat .\n"


@pytest.mark.parametrize(
    ("added", "code", "message"),
    [
        (b"nonsense\n", "ROW_INVALID", "not an image name and a caption"),
        (b"1.jpg#" + b"9" * 5000 + b"\tx\n", "ROW_INVALID", "not an image name and a caption"),
        (b"1.jpg#2\t" + b"x" * 200_000 + b"\n", "ROW_INVALID", "the line is longer than 65,536 characters"),
        (b"1.jpg#2\tcaf\xe9\n", "TXT_ENCODING", "the caption is not UTF-8 text, or contains a lone surrogate"),
        (b"../Images/1.jpg#2\tx\n", "PATH_REFUSED", "the path points outside the folder"),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_a_bad_line_of_flickr_is_one_reject(plant, read, added, code, message, first):
    root = plant({"x.token.txt": added + LINES.encode() if first else LINES.encode() + added, "Images/1.jpg": b"x"})
    records, rejects = read(root, "flickr")
    assert [r.fields["caption"].text for r in records if r.group == "1.jpg" and "caption" in r.fields] == ["A dog .", "A cat ."]
    assert [(r.path.split(" ")[0], r.code, r.message) for r in rejects] == [(f"x.token.txt:{1 if first else 3}", code, message)]


def test_split_files_of_flickr_are_checked(plant, read):
    files = {"x.token.txt": LINES, "x.testImages.txt": "1.jpg\n", "x.trainImages.txt": "1.jpg\ngone.jpg\n", "Images/1.jpg": b"x"}
    records, rejects = read(plant(files))
    assert {r.split for r in records} == {"test"}
    assert [(r.path, r.code) for r in rejects] == [("x.trainImages.txt:1", "ROW_INVALID"), ("x.trainImages.txt:2", "UNPAIRED")]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("x.token.txt", b"", "the table of captions is empty"),
        ("x.token.txt", LINES.encode("utf-16-le"), "the table of captions is not UTF-8 text"),
        ("captions.txt", b"img,cap\n1.jpg,x\n", "starts neither with a known header"),
    ],
)
def test_a_table_of_captions_that_is_none_is_named(plant, read, name, content, what):
    with pytest.raises(InputError, match=what) as caught:
        read(plant({name: content, "1.jpg": b"x"}), "flickr")
    assert caught.value.where.endswith(f"/{name}")


def coco(images, annotations):
    return {"captions_train2017.json": json.dumps({"images": images, "annotations": annotations}), "1.jpg": b"x", "2.jpg": b"x"}


def test_bad_items_of_coco_are_rejects(plant, read):
    images = [{"id": 1, "file_name": "1.jpg"}, {"id": 2}, 7, {"id": 1, "file_name": "2.jpg"}, {"id": "2", "file_name": "2.jpg"}]
    images.append({"id": 3, "file_name": "x/../1.jpg"})
    ids = [(1, 1), (True, 1), ("x" * 5000, 1), ("2", 2), (3, 3)]
    records, rejects = read(plant(coco(images, [{"id": i, "image_id": image, "caption": "a"} for i, image in ids])))
    assert [(r.id, r.fields["image"].source if "image" in r.fields else None) for r in records] == [
        ("1#1", "1.jpg"),
        ("2#2", "2.jpg"),
        ("3#3", None),
    ]
    assert [(r.path.removeprefix("captions_train2017.json "), r.code) for r in rejects] == [
        ("images[1]", "ROW_INVALID"),
        ("images[2]", "ROW_INVALID"),
        ("images[3]", "DUP_ID"),
        ("annotations[1]", "ROW_INVALID"),
        ("annotations[2]", "ROW_INVALID"),
        ("annotations[4] x/../1.jpg", "PATH_REFUSED"),
    ]


@pytest.mark.parametrize(
    ("body", "what", "place"),
    [
        ('{"images":[{"id":1},{"id":', "unexpected end", ", images[1]"),
        ('{"images":[],"annotations":[{"id":1} {"id":2}]}', "a comma is missing", ", annotations[0]"),
        ('{"images":[' + "[" * 20_000, "nested too deeply", ", images[0]"),
        ('{"images":[{"id":' + "9" * 5000 + "}]}", "number out of range", ", images[0]"),
        ('{"images":[{"id":"a', "unterminated string, line 1, column 18", ", images[0]"),
        ("[]", "not a JSON object with images and annotations", ""),
        ("", "is empty", ""),
    ],
)
def test_a_damaged_coco_document_names_its_place(plant, read, body, what, place):
    with pytest.raises(InputError, match=what) as caught:
        read(plant({"captions_train2017.json": body, "1.jpg": b"x"}), "coco")
    assert caught.value.where.endswith("captions_train2017.json" + place)


def test_a_folder_of_links_is_told_from_an_empty_one(tmp_path):
    (tmp_path / "a.txt").symlink_to("/etc/hostname")
    with pytest.raises(InputError, match=r"no files that can be read; a\.txt: symbolic links are not followed"):
        read_raw(tmp_path)


def test_another_kind_of_artifact_is_no_raw_folder(tmp_path):
    for kind in ("dataset", "samples"):
        with store.begin(tmp_path / kind, kind=kind, config={}, seed=0, inputs=[]) as build:
            (build.path / "a.txt").write_text("words")
            build.commit()
    with pytest.raises(IntegrityError, match="expected a raw folder, found dataset"):
        read_raw(tmp_path / "dataset")
    assert read_raw(tmp_path / "samples").layout == "same-stem"
