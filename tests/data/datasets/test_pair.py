"""Joining two raw folders by label."""

from __future__ import annotations

import json

import pytest

from mmcli.core.errors import InputError, UsageError
from mmcli.data.layouts.base import RawReject
from mmcli.data.layouts.folder import read_raw


def side(field: str, per_label: int, split: str | None, labels: str = "01") -> dict[str, str]:
    rows = [
        {
            "id": f"{label}-{i}",
            "label": label,
            f"{field}_file_name": f"{field}/{label}-{i}.{'png' if field == 'photo' else 'wav'}",
            "note": f"{field} {i % 2}",
            "split": split,
        }
        for label in labels
        for i in range(per_label)
    ]
    rows = [{k: v for k, v in row.items() if v} for row in rows]
    return {"metadata.jsonl": "\n".join(map(json.dumps, rows))} | {row[f"{field}_file_name"]: row["id"] for row in rows}


def test_every_record_of_both_sides_is_used_within_one_split(folder, run):
    got = run("pair", folder(side("photo", 40, None), "a"), folder(side("sound", 15, None), "b"))
    for row in got.rows:
        assert (got.out / row["photo_file_name"]).read_text()[0] == (got.out / row["sound_file_name"]).read_text()[0] == row["label"]
    for column in ("photo_file_name", "sound_file_name"):
        splits = {}
        for row in got.rows:
            assert splits.setdefault(row[column], row["split"]) == row["split"]
        assert len(splits) == (80 if column[0] == "p" else 30)
    assert {row["note"][:-2] for row in got.rows} == {"photo"}
    assert {row["note_2"][:-2] for row in got.rows} == {"sound"}


def test_without_reuse_every_record_is_used_once(folder, run):
    got = run("pair", folder(side("photo", 40, "train"), "a"), folder(side("sound", 15, "train"), "b"), reuse=False, resplit=False)
    assert len({row["sound_file_name"] for row in got.rows}) == len(got.rows)


def test_given_splits_are_kept_and_may_be_set_aside(folder, run):
    one, two = folder(side("photo", 20, "test"), "a"), folder(side("sound", 20, "test"), "b")
    assert run("pair", one, two).splits == {"test": 40}
    assert set(run("pair", one, two, resplit=True, out="new").splits) == {"train", "val", "test"}


def test_pairs_are_the_same_for_the_same_seed(folder, run):
    one, two = folder(side("photo", 9, None), "a"), folder(side("sound", 9, None), "b")
    ids = [run("pair", one, two, seed=seed, out=out).column("id") for seed, out in ((1, "x"), (1, "y"), (2, "z"))]
    assert ids[0] == ids[1] != ids[2]


def test_the_result_is_a_raw_folder_without_problems(folder, run):
    got = run("pair", folder(side("photo", 9, None), "a"), folder(side("sound", 9, None), "b"))
    raw = read_raw(got.out)
    assert raw.fields == {"note": "text", "note_2": "text", "photo": "image", "sound": "audio"}
    assert not [r for r in raw.records() if isinstance(r, RawReject)]


def test_folders_that_share_nothing(folder, run):
    one = folder(side("photo", 3, "test"), "a")
    with pytest.raises(InputError, match="no label"):
        run("pair", one, folder(side("sound", 3, "test", "89"), "b"))
    with pytest.raises(InputError, match="but not within a split") as caught:
        run("pair", one, folder(side("sound", 3, "val"), "c"))
    assert "--resplit" in caught.value.fix
    with pytest.raises(UsageError, match="joins two"):
        run("pair", one)


def test_what_is_wrong_with_one_folder_names_it(folder, run):
    one = folder(side("photo", 3, None), "a")
    bare = side("sound", 3, None)
    bare["metadata.jsonl"] = bare["metadata.jsonl"].replace('"label"', '"mark"')
    with pytest.raises(InputError, match="no record with a label to join by") as caught:
        run("pair", one, folder(bare, "b"))
    assert caught.value.where.endswith("/b")
    assert "/b/metadata.jsonl:1 note: the record has no label" in caught.value.what
    with pytest.raises(UsageError, match="both folders are the same"):
        run("pair", one, one / ".." / "a")


def test_problems_name_the_folder_they_are_in(folder, run):
    broken = side("sound", 3, None)
    broken["metadata.jsonl"] += "\n{broken\n"
    got = run("pair", folder(side("photo", 3, None), "a"), folder(broken, "b"))
    assert [row["path"].endswith("/b/metadata.jsonl:7") for row in got.rejects] == [True]


def test_fields_of_the_second_folder_get_names_of_their_own(folder, run):
    first = side("photo", 3, None)
    first["metadata.jsonl"] = first["metadata.jsonl"].replace('"note": "photo 0"', '"note_2": "two", "note": "photo 0"')
    got = run("pair", folder(first, "a"), folder(side("sound", 3, None), "b"))
    assert {(row["note"][:-2], row["note_2"], row["note_3"][:-2]) for row in got.rows if "note_2" in row} == {("photo", "two", "sound")}
