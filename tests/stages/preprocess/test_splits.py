"""Splits by hash: stable, by group, respecting what the source states."""

from __future__ import annotations

from collections import Counter

from mmcli.stages.preprocess.splits import assign


def test_fractions_are_about_as_asked():
    split = assign([f"r{i}" for i in range(4000)], [None] * 4000, val=0.1, test=0.2)
    count = Counter(split)
    assert abs(count["val"] / 4000 - 0.1) < 0.02
    assert abs(count["test"] / 4000 - 0.2) < 0.02


def test_a_record_does_not_move_when_others_are_added():
    keys = [f"r{i}" for i in range(500)]
    few, many = assign(keys[:200], [None] * 200, val=0.1, test=0.1), assign(keys, [None] * 500, val=0.1, test=0.1)
    assert many[:200] == few


def test_a_group_is_in_one_split():
    keys = [f"speaker{i % 30}" for i in range(600)]
    split = assign(keys, [None] * 600, val=0.2, test=0.2)
    assert all(len({s for k, s in zip(keys, split, strict=True) if k == key}) == 1 for key in set(keys))


def test_stated_splits_win():
    assert assign(["a", "b", "c"], ["test", "val", "train"], val=0.1, test=0.1) == ["test", "val", "train"]


def test_validation_is_taken_from_train_where_none_is_stated():
    given = ["train"] * 400 + ["test"] * 100
    split = assign([f"r{i}" for i in range(500)], given, val=0.1, test=0.1)
    assert split[400:] == ["test"] * 100
    assert 20 <= split[:400].count("val") <= 60
    assert "test" not in split[:400]


def test_no_split_is_empty_in_a_folder_of_twenty():
    for attempt in range(50):
        split = assign([f"{attempt}-{i}" for i in range(20)], [None] * 20, val=0.1, test=0.1)
        assert {"train", "val", "test"} <= set(split)


def test_fractions_of_nothing_stay_empty():
    assert set(assign(["a", "b"], [None, None], val=0.0, test=0.0)) == {"train"}
