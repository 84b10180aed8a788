"""What each column of a table is read as, what is left out and why, and what the user chooses."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmcli.core.errors import InputError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import Choice, RawRecord, RawReject
from mmcli.data.layouts.folder import RawFolder, read_raw

Plant = Callable[[dict[str, Any]], Path]
Read = Callable[..., Any]


def lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(map(json.dumps, rows)) + "\n"


def pictures(count: int, folder: str = "") -> dict[str, bytes]:
    return {f"{folder}{i}.png": b"x" for i in range(count)}


def told(folder: RawFolder) -> dict[str, str]:
    """What is left out, and why, once everything was read."""
    list(folder.records())
    ledger = Ledger()
    folder.account(ledger)
    return {entry.what.removeprefix("column "): entry.detail for entry in ledger.entries if entry.topic == "left out"}


def taken(folder: RawFolder) -> list[dict[str, str | None]]:
    return [{name: field.text for name, field in r.fields.items() if field.text} for r in folder.records() if isinstance(r, RawRecord)]


def test_a_list_of_captions_is_a_record_each_in_one_group(plant: Plant, read: Read) -> None:
    rows = [
        {"file_name": "0.png", "captions": ["first of 0", "second of 0", "third of 0"], "title": "zero"},
        {"file_name": "1.png", "captions": ["only of 1"], "title": "one"},
        {"file_name": "2.png", "captions": [], "title": "two"},
        {"file_name": "3.png", "captions": ["fine", 7], "title": "three"},
    ]
    root = plant({"metadata.jsonl": lines(rows), **pictures(4)})
    folder = read_raw(root)
    records, rejects = read(root)
    assert folder.fields == {"captions": "text", "title": "text", "image": "image"}
    assert [(r.id, r.group, r.fields["captions"].text if "captions" in r.fields else None, r.fields["title"].text) for r in records] == [
        ("0.png", "0.png", "first of 0", "zero"),
        ("0.png[1]", "0.png", "second of 0", "zero"),
        ("0.png[2]", "0.png", "third of 0", "zero"),
        ("1.png", None, "only of 1", "one"),
        ("2.png", None, None, "two"),
        ("3.png", None, None, "three"),
    ]
    assert all(r.fields["image"].path == root / f"{r.id[0]}.png" for r in records)
    assert [(r.path, r.code, r.message) for r in rejects] == [
        ("metadata.jsonl:4 captions", "ROW_INVALID", "captions must be a list of texts")
    ]
    list(folder.records())
    ledger = Ledger()
    folder.account(ledger)
    assert [entry.detail for entry in ledger.entries if entry.topic == "lists"] == [
        "a record per text: 3 rows have lists, of 4 texts together"
    ]


def test_rows_of_lists_only_have_stable_ids(plant: Plant, read: Read) -> None:
    rows = [{"captions": ["a", "b"]}, {"captions": ["c"]}]
    root = plant({"metadata.jsonl": lines(rows)})
    before = {r.fields["captions"].text: r.id for r in read(root)[0]}
    (root / "metadata.jsonl").write_text(lines([{"captions": ["new"]}, *rows]))
    after = {r.fields["captions"].text: r.id for r in read(root)[0]}
    assert len(set(after.values())) == 4
    assert {text: after[text] for text in before} == before


def test_two_lists_go_side_by_side(plant: Plant) -> None:
    rows = [{"id": "1", "captions": {"en": ["a dog", "a cat"], "de": ["ein Hund"]}}]
    folder = read_raw(plant({"t.jsonl": lines(rows)}))
    assert folder.fields == {"captions_en": "text", "captions_de": "text"}
    assert taken(folder) == [{"captions_en": "a dog", "captions_de": "ein Hund"}, {"captions_en": "a cat"}]


def test_texts_by_language_are_fields(plant: Plant) -> None:
    rows = [{"file_name": f"{i}.png", "caption": {"en": f"words {i}", "fr": f"mots {i}"}} for i in range(3)]
    folder = read_raw(plant({"metadata.jsonl": lines(rows), **pictures(3)}))
    assert folder.fields == {"caption_en": "text", "caption_fr": "text", "image": "image"}
    assert taken(folder)[2] == {"caption_en": "words 2", "caption_fr": "mots 2"}


def test_parquet_has_lists_and_structs_too(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    image = {"bytes": b"\x89PNG\r\n\x1a\n", "path": "x.png"}
    rows = [{"translation": {"en": f"word {i}", "fr": f"mot {i}"}, "captions": ["a", "b"], "image": image} for i in range(2)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "raw" / "t.parquet")
    folder = read_raw(tmp_path / "raw")
    assert folder.fields == {"translation_en": "text", "translation_fr": "text", "captions": "text", "image": "image"}
    assert len(taken(folder)) == 4


FACTS = {
    "url": lambda i: f"https://example.org/{i}.jpg",
    "key": lambda i: f"{i:09d}",
    "status": lambda i: "success",
    "error_message": lambda i: None,
    "width": lambda i: 32,
    "exif": lambda i: "{}",
    "sha256": lambda i: f"{i:064x}",
    "uuid": lambda i: f"{i:08x}-0000-4000-8000-{i:012x}",
    "source": lambda i: f"/data/{i}.jpg",
}
WHY = {
    "url": "every value is an address",
    "key": "every value is a number",
    "status": "every value is 'success'",
    "error_message": "no row has a value",
    "width": "no value is a text",
    "exif": "every value is '{}'",
    "sha256": "every value is a digest",
    "uuid": "every value is a digest",
}


def test_columns_that_say_nothing_are_left_out_with_a_reason(plant: Plant) -> None:
    rows = [{"file_name": f"{i}.png", "caption": f"words {i}", **{k: f(i) for k, f in FACTS.items()}} for i in range(12)]
    folder = read_raw(plant({"metadata.jsonl": lines(rows), **pictures(12)}))
    assert folder.fields == {"caption": "text", "image": "image"}
    assert told(folder) == {**WHY, "source": "names files that are not in the folder, e.g. /data/0.jpg"}


@pytest.mark.parametrize("packed", [False, True])
def test_so_are_those_of_img2dataset(plant: Plant, packed: bool) -> None:
    facts = {f"{i:09d}": {"caption": f"words {i}", **{k: f(i) for k, f in FACTS.items() if k != "source"}} for i in range(12)}
    files = {
        f"{key}.{suffix}": body for key, fact in facts.items() for suffix, body in (("jpg", b"x"), ("json", json.dumps(fact).encode()))
    }
    if packed:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as shard:
            for name, body in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(body)
                shard.addfile(member, io.BytesIO(body))
        files = {"00000.tar": buffer.getvalue()}
    folder = read_raw(plant(files))
    assert folder.fields == {"caption": "text", "image": "image"}
    assert told(folder) == WHY


def test_a_column_that_is_the_same_in_a_sample_only_is_kept(plant: Plant) -> None:
    files = {f"{i:04d}.json": json.dumps({"says": "same" if i < 300 else f"other {i}"}) for i in range(302)}
    assert "says" in read_raw(plant({**files, **{f"{i:04d}.png": b"x" for i in range(302)}})).fields


def test_constants_are_read_where_there_is_nothing_else(plant: Plant) -> None:
    assert read_raw(plant({"t.csv": "note,stars\n" + "same,5\n" * 20})).fields == {"note": "text"}


@pytest.mark.parametrize(
    ("column", "field", "cells", "files"),
    [
        ("picture", "picture", "{i}.png", "{i}.png"),
        ("image_path", "image", "in/{i}.png", "in/{i}.png"),
        ("filename", "image", "./{i}.png", "{i}.png"),
        ("what", "what", "{i}.png", "deep/folder/{i}.png"),
        ("image_id", "image_id", "a{i}", "all/a{i}.png"),
        ("id", "image", "a{i}", "all/a{i}.png"),
    ],
)
@pytest.mark.parametrize("name", ["metadata.csv", "anything.csv", "x.tsv"])
def test_columns_of_files_are_media_whatever_they_are_called(
    plant: Plant, read: Read, name: str, column: str, field: str, cells: str, files: str
) -> None:
    sign = "\t" if name.endswith("tsv") else ","
    rows = [sign.join((cells.format(i=i), f"words {i}")) for i in range(20)]
    root = plant({name: "\n".join([sign.join((column, "caption")), *rows]), **{files.format(i=i): b"x" for i in range(20)}})
    records, rejects = read(root)
    assert not rejects
    assert read_raw(root).fields == {"caption": "text", field: "image"}
    assert [(r.fields[field].path, r.fields["caption"].text) for r in records] == [
        (root / files.format(i=i), f"words {i}") for i in range(20)
    ]


def test_a_name_that_two_files_have_is_none(plant: Plant, read: Read) -> None:
    root = plant({"t.csv": "picture,says\n1.png,a\n2.png,b\n", "x/1.png": b"x", "x/2.png": b"x", "y/1.png": b"x"})
    records, rejects = read(root)
    assert [r.fields["picture"].path for r in records if "picture" in r.fields] == [root / "x/2.png"]
    assert [r.code for r in rejects] == ["NOT_FOUND", "UNPAIRED", "UNPAIRED"]


def test_splits_by_the_names_of_tables(plant: Plant, read: Read) -> None:
    row = '{{"text": "a {}", "label": "x"}}\n'
    for names in (
        ("train.csv", "test.csv", "val.csv"),
        ("data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl", "data/test.json"),
    ):
        made = {name: f"text,label\na {name},x\n" if name.endswith("csv") else row.format(name) * 2 for name in names}
        root = plant(made)
        records, rejects = read(root)
        assert not rejects
        assert {r.fields["text"].text[2:]: r.split for r in records} == {
            name: next(split for split in ("train", "test", "val") if split in name) for name in names
        }
        for name in names:
            (root / name).unlink()


def test_a_table_beside_those_of_splits_has_no_records(plant: Plant, read: Read) -> None:
    names = ("train.csv", "test.csv", "sample_submission.csv")
    records, rejects = read(plant({name: f"text,label\na {name},x\n" for name in names}))
    assert [r.fields["text"].text for r in records] == ["a test.csv", "a train.csv"]
    assert [(r.path, r.code) for r in rejects] == [("sample_submission.csv", "UNPAIRED")]


def test_parquet_shards_in_data_are_splits(tmp_path: Path, read: Read) -> None:
    (tmp_path / "raw" / "data").mkdir(parents=True)
    for name in ("train-00000-of-00002", "train-00001-of-00002", "validation-00000-of-00001"):
        pq.write_table(pa.table({"text": [f"of {name}"]}), tmp_path / "raw" / "data" / f"{name}.parquet")
    records, _ = read(tmp_path / "raw")
    assert sorted((r.fields["text"].text, r.split) for r in records) == [
        ("of train-00000-of-00002", "train"),
        ("of train-00001-of-00002", "train"),
        ("of validation-00000-of-00001", "val"),
    ]
    alone = read_raw(tmp_path / "raw" / "data" / "train-00000-of-00002.parquet")
    assert taken(alone) == [{"text": "of train-00000-of-00002"}]


@pytest.mark.parametrize(
    "labels",
    [
        [0, 1.0, "0", "1.0", 0.0, " 1 "],
        ["cat", " dog", "cat ", "dog", " cat", "dog\t"],
        ["café", "thé", "cafe\u0301", "the\u0301", "café", "thé"],
    ],
)
def test_labels_that_differ_in_form_only_are_one(plant: Plant, read: Read, labels: list[Any]) -> None:
    root = plant({"metadata.jsonl": lines([{"text": f"t {i}", "label": label, "group": label} for i, label in enumerate(labels)])})
    for found in ([r.label for r in read(root)[0]], [r.group for r in read(root)[0]]):
        assert found[::2] == [found[0]] * 3
        assert found[1::2] == [found[1]] * 3
        assert found[0] != found[1]
        assert found[0] == str(labels[0])


def test_numbers_that_differ_stay_apart(plant: Plant, read: Read) -> None:
    rows = [{"text": f"t {i}", "label": label} for i, label in enumerate(["1.5", "1", "007", "7", "1.0.0"])]
    assert [r.label for r in read(plant({"metadata.jsonl": lines(rows)}))[0]] == ["1.5", "1", "007", "7", "1.0.0"]


def chosen(root: Path, only: str = "", without: str = "") -> RawFolder:
    return read_raw(root, choice=Choice(tuple(only.split()), tuple(without.split())))


def table(plant: Plant) -> Path:
    rows = [
        {"photo_file_name": f"{i}.png", "caption": f"c {i}", "note": f"n {i}", "url": f"http://x/{i}", "stars": i, "label": "ab"[i % 2]}
        for i in range(12)
    ]
    return plant({"metadata.jsonl": lines(rows), **pictures(12)})


@pytest.mark.parametrize(
    ("only", "without", "fields"),
    [
        ("", "", ["caption", "note", "photo"]),
        ("caption", "", ["caption"]),
        ("caption photo_file_name", "", ["caption", "photo"]),
        ("photo label", "", ["photo"]),
        ("url stars caption", "", ["caption", "url", "stars"]),
        ("", "note photo", ["caption"]),
        ("", "note url", ["caption", "photo"]),
    ],
)
def test_columns_are_chosen_by_their_names_or_those_of_fields(plant: Plant, only: str, without: str, fields: list[str]) -> None:
    folder = chosen(table(plant), only, without)
    assert list(folder.fields) == fields
    assert all(set(r.fields) == set(fields) for r in folder.records() if isinstance(r, RawRecord))
    assert not [r for r in folder.records() if isinstance(r, RawReject) and r.code != "UNPAIRED"]
    assert {r.label for r in folder.records() if isinstance(r, RawRecord)} == {"a", "b"}


def test_labels_can_be_left_out(plant: Plant) -> None:
    assert {r.label for r in chosen(table(plant), without="label").records() if isinstance(r, RawRecord)} == {None}


def test_fields_without_columns_are_chosen_too(plant: Plant) -> None:
    root = plant({name: b"x" for i in range(3) for name in (f"{i}.png", f"{i}.txt", f"{i}.wav")})
    folder = chosen(root, without="audio")
    assert set(folder.fields) == {"text", "image"}
    assert [set(r.fields) for r in folder.records() if isinstance(r, RawRecord)] == [{"text", "image"}] * 3
    assert told(folder) == {"field audio": "--columns or --leave-out"}


@pytest.mark.parametrize(
    ("only", "without", "what", "fix"),
    [
        ("captoin", "", "no column or field captoin", "did you mean caption?"),
        ("", "photos", "no column or field photos", "did you mean photo?"),
        ("", "zzz", "no column or field zzz", "columns and fields: photo_file_name, caption, note, url, stars, label, photo"),
        ("", "caption note photo", "no field is left to read", "choose from: photo_file_name (--leave-out)"),
    ],
)
def test_wrong_choices_are_errors_with_a_suggestion(plant: Plant, only: str, without: str, what: str, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        _ = chosen(table(plant), only, without).fields
    assert what in caught.value.what
    assert fix in caught.value.fix
    assert caught.value.exit_code == 2


def test_encodings_reach_the_tables_of_flickr_and_open_clip(plant: Plant) -> None:
    flickr = plant({"captions.txt": "image,caption\n1.jpg,un café noir\n2.jpg,du thé".encode("latin-1"), "1.jpg": b"x", "2.jpg": b"x"})
    folder = read_raw(flickr, choice=Choice(encoding="latin-1"))
    assert (folder.layout, [text["caption"] for text in taken(folder)]) == ("flickr", ["un café noir", "du thé"])
    (flickr / "captions.txt").unlink()
    (flickr / "t.csv").write_bytes("filepath\ttitle\n1.jpg\tun café noir\n2.jpg\tdu thé\n".encode("utf-16"))
    folder = read_raw(flickr)
    assert (folder.layout, [text["title"] for text in taken(folder)]) == ("open-clip", ["un café noir", "du thé"])


@pytest.mark.parametrize(
    ("name", "head", "row", "layout"),
    [
        ("captions.txt", "image,caption", "{i}.jpg,{q}a dog number {i}", "flickr"),
        ("t.csv", "filepath\ttitle", "{i}.jpg\t{q}a dog number {i}", "open-clip"),
    ],
)
def test_an_open_quotation_mark_costs_one_row_there_too(plant: Plant, read: Read, name: str, head: str, row: str, layout: str) -> None:
    rows = [row.format(i=i, q='"' if i == 40 else "") for i in range(100)]
    root = plant({name: "\n".join([head, *rows]) + "\n", **{f"{i}.jpg": b"x" for i in range(100)}})
    records, rejects = read(root)
    assert read_raw(root).layout == layout
    texts = [field.text for r in records for field in r.fields.values() if field.text]
    assert len(texts) == (100 if layout == "flickr" else 99)  # Flickr's lines need no quotation marks
    assert texts[41 - (layout != "flickr")] == "a dog number 41"
    assert len([r for r in rejects if r.code == "ROW_INVALID"]) == (layout != "flickr")


def test_a_cut_table_in_utf16_is_an_error(plant: Plant, read: Read) -> None:
    cut = "image,caption\n1.jpg,a dog\n".encode("utf-16")[:-1]
    for name in ("captions.txt", "metadata.csv", "t.jsonl"):
        root = plant({name: cut, "1.jpg": b"x"})
        with pytest.raises(InputError, match="not UTF-16 text"):
            read(root, {"captions.txt": "flickr", "metadata.csv": "metadata", "t.jsonl": "tables"}[name])
        (root / name).unlink()
