"""The two halves of a pair come to differ in usual ways, and are joined where that is certain."""

from __future__ import annotations

import io
import json
import tarfile
import unicodedata

import pytest

from mmcli.core.ledger import Ledger
from mmcli.data.layouts.folder import read_raw


def halves(pattern: str, other: str, numbers=range(1, 13)) -> dict[str, bytes]:
    return {name.format(i): b"x" for i in numbers for name in (pattern, other)}


@pytest.mark.parametrize(
    ("image", "text", "how"),
    [
        ("IMG_{:04d}.JPG", "img_{:04d}.txt", "in case"),
        ("a{}.png", "A{}.TXT", "in case"),
        (unicodedata.normalize("NFC", "é{}.png"), unicodedata.normalize("NFD", "é{}.txt"), "in Unicode normal form or blanks"),
        ("a {}.png", "a  {} .txt", "in Unicode normal form or blanks"),
        (" a{}.png", "a{}.txt", "in Unicode normal form or blanks"),
        ("a{}.png", "a{}.png.txt", "in a second extension"),
        ("a{}.png", "a{}.JPG.txt", "in a second extension"),
        ("my photo {}.png", "my-photo_{}.txt", "in blanks, dots, hyphens and underscores"),
        ("a{}_image.png", "a{}_caption.txt", "in a word for the kind of file"),
        ("a{}.png", "a{}-text.txt", "in a word for the kind of file"),
        ("a{}_audio.wav", "a{}_text.txt", "in a word for the kind of file"),
        ("image_{:03d}.png", "caption_{:03d}.txt", "in a word for the kind of file"),
        ("img{:03d}.png", "txt{:03d}.txt", "in a word for the kind of file"),
        ("IMG_{:03d}.jpg", "{:03d}.txt", "in a word for the kind of file"),
        ("{}.jpg", "{:03d}.txt", "in leading zeros"),
        ("Image {}.jpg", "{:05d}_caption.txt", "in leading zeros"),
    ],
)
def test_halves_that_differ_in_a_usual_way_are_joined_and_told(plant, read, image, text, how):
    root = plant(halves(image, text))
    records, rejects = read(root)
    assert not rejects
    assert [len(r.fields) for r in records] == [2] * 12
    assert all(r.fields["text"].path.name == text.format(i) for i in (3,) for r in records if image.format(i)[:-4] == r.id)
    warnings = read_raw(root).warnings()
    assert len(warnings) == 1
    assert f"12 records joined from files whose names differ {how}, e.g. " in warnings[0]


def test_joined_halves_are_the_right_ones(plant, read):
    root = plant({f"{i}.jpg": b"x" for i in range(1, 13)} | {f"{i:03d}_caption.txt": f"text {i}" for i in range(1, 13)})
    found = {r.fields["image"].path.name: r.fields["text"].path.name for r in read(root)[0]}
    assert found == {f"{i}.jpg": f"{i:03d}_caption.txt" for i in range(1, 13)}


def test_complete_records_are_never_joined_with_others(plant, read):
    root = plant({"1.jpg": b"x", "1.txt": "one", "01.jpg": b"x", "01.txt": "other"})
    assert {r.id: len(r.fields) for r in read(root)[0]} == {"1": 2, "01": 2}
    assert read_raw(root).warnings() == []


def test_what_fits_in_two_ways_stays_apart_with_a_warning(plant, read):
    root = plant({"1.jpg": b"x", "01.jpg": b"x", "001.txt": "which?", "2.jpg": b"x", "2.txt": "two"})
    assert sorted(len(r.fields) for r in read(root)[0]) == [1, 1, 1, 2]
    (warning,) = read_raw(root).warnings()
    assert warning.startswith("3 incomplete records could be joined in more than one way, and are left apart")
    assert "001.txt and 01.jpg" in warning


def test_the_same_last_number_is_a_near_miss_only(plant, read):
    root = plant(halves("sunset {:04d}.png", "poem-{}.txt"))
    assert [len(r.fields) for r in read(root)[0]] == [1] * 24
    (warning,) = read_raw(root).warnings()
    assert warning.startswith("24 incomplete records end in the same number as another, and are left apart")
    assert warning.endswith("e.g. poem-1.txt and sunset 0001.png; poem-10.txt and sunset 0010.png")


def test_pairs_in_parallel_folders_may_differ_in_case_too(plant, read):
    root = plant(halves("images/IMG_{}.JPG", "captions/img_{}.txt"))
    assert [sorted(r.fields) for r in read(root)[0]] == [["captions", "images"]] * 12


def test_sidecars_may_differ_in_case(plant, read):
    root = plant({"A1.png": b"x", "a1.json": '{"label": "cat"}', "b2.png": b"x", "b2.json": '{"label": "dog"}'})
    records, rejects = read(root)
    assert not rejects
    assert {r.id: r.label for r in records} == {"A1": "cat", "b2": "dog"}


@pytest.mark.parametrize("suffix", [".caption", ".cap", ".lab", ".text", ".transcript", ".CAPTION"])
def test_texts_of_other_suffixes(plant, read, suffix):
    root = plant(halves("{}.wav", "{}" + suffix))
    assert read_raw(root).fields == {"text": "text", "audio": "audio"}
    assert [len(r.fields) for r in read(root)[0]] == [2] * 12


def test_two_texts_of_one_stem_are_two_fields(plant, read):
    root = plant(halves("{}.txt", "{}.caption") | {f"{i}.jpg": b"x" for i in range(1, 14)} | {"13.caption": "only"})
    assert read_raw(root).fields == {"text": "text", "caption": "text", "image": "image"}
    assert sorted(len(r.fields) for r in read(root)[0]) == [2] + [3] * 12


def test_texts_named_license_are_data_beside_their_images(plant, read):
    root = plant(halves("license_{:04d}.jpg", "license_{:04d}.txt", range(2)) | {"LICENSE": "MIT", "README.md": "# About"})
    assert [len(r.fields) for r in read(root)[0]] == [2, 2]
    ledger = Ledger()
    read_raw(root).account(ledger)
    left = [(entry.topic, entry.count, entry.names) for entry in ledger.entries if entry.topic == "left out"]
    assert left == [("left out", 2, ("LICENSE", "README.md"))]


def test_many_texts_named_readme_are_data_and_few_are_not(plant, read):
    many = {f"readme-{i}.txt": "text" for i in range(5)}
    assert len(read(plant({f"many/{name}": text for name, text in many.items()}))[0]) == 5
    assert [r.id for r in read(plant({"few/README.txt": "about", "few/a.txt": "x"}))[0] if r.id.startswith("few")] == ["few/a"]


def facts(i: int) -> str:
    return json.dumps({"caption": f"a cat {i}", "url": f"https://example.org/{i}.jpg", "key": f"{i:09d}", "status": "success"})


def test_the_files_of_img2dataset(plant, read):
    files = {f"0000{k}/0000{k}{i:04d}": (k, i) for k in range(2) for i in range(6)}
    root = plant(
        {f"{stem}.jpg": b"x" for stem in files}
        | {f"{stem}.txt": f"a cat {i}" for stem, (_, i) in files.items()}
        | {f"{stem}.json": facts(i) for stem, (_, i) in files.items()}
        | {f"0000{k}_stats.json": "{}" for k in range(2)}
        | {f"0000{k}.parquet": b"PAR1" for k in range(2)}
    )
    raw = read_raw(root)
    assert raw.layout == "same-stem"
    assert {"caption": "text", "image": "image"}.items() <= raw.fields.items()
    assert "text" not in raw.fields
    records, rejects = read(root)
    assert not rejects
    assert {r.label for r in records} == {None}
    assert records[1].fields["caption"].path == root / "00000/000000001.txt"
    ledger = Ledger()
    raw.account(ledger)
    assert any(entry.count == 4 and "a shard's own list" in entry.detail for entry in ledger.entries)


def test_a_caption_without_its_text_file_comes_from_the_json(plant, read):
    files = {f"{i}.{kind}": text for i in range(4) for kind, text in (("jpg", b"x"), ("json", facts(i)), ("txt", f"a cat {i}"))}
    del files["2.txt"]
    root = plant(files)
    found = {r.id: r.fields["caption"] for r in read(root)[0]}
    assert "text" not in read_raw(root).fields
    assert (found["1"].path, found["2"].text) == (root / "1.txt", "a cat 2")
    (root / "3.txt").write_text("another text")
    assert {"text", "caption"} <= set(read_raw(root).fields)


@pytest.mark.parametrize(("words", "fields"), [("a cat {}", {"image", "caption"}), ("cat no. {}", {"image", "caption", "text"})])
def test_a_shard_of_img2dataset(plant, read, png, words, fields):
    members = [(f"{i:09d}.{kind}", body) for i in range(5) for kind, body in (("jpg", png), ("json", facts(i)), ("txt", words.format(i)))]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, body in members:
            info, data = tarfile.TarInfo(name), body.encode() if isinstance(body, str) else body
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    root = plant({"00000.tar": packed.getvalue(), "00000_stats.json": "{}", "00000.parquet": b"PAR1"})
    records, rejects = read(root)
    assert not rejects
    assert fields <= set(records[2].fields)
    assert ("text" in fields) == ("text" in read_raw(root).fields)
    assert (records[2].fields["caption"].data or records[2].fields["caption"].text.encode()) == b"a cat 2"
