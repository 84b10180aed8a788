"""Folders are read as people mean them: splits, classes, fields, groups and records."""

from __future__ import annotations

import unicodedata

import pytest

from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import split_of
from mmcli.data.layouts.folder import read_raw


def tree(*names: str) -> dict[str, bytes]:
    return dict.fromkeys(names, b"x")


def facts(records):
    """Label, split and fields of each record by its id."""
    return {r.id: (r.label, r.split, *sorted(r.fields)) for r in records}


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"), ("Train", "train"), ("TRAINING", "train"), ("training_set", "train"), ("trainset", "train"),
        ("train-images", "train"), ("images_train", "train"), ("train2017", "train"), ("Training Data (80 %)", "train"),
        ("train-clean-100", "train"), ("trn", "train"), ("train\u00a0set", "train"), ("\uff54rain", "train"),
        ("val", "val"), ("Validation_Data", "val"), ("dev-clean", "val"), ("valid", "val"), ("development", "val"),
        ("test_set", "test"), ("testing", "test"), ("TEST", "test"), ("test1", "test"), ("holdout", "test"), ("hold-out", "test"),
        ("eval", "test"), ("evaluation", "test"), ("testaudio", "test"),
        ("trainer", None), ("bus train", None), ("train station", None), ("contest", None), ("train_test", None), ("", None),
        ("2017", None), ("set", None), ("validity", None), ("x" * 5000, None),
    ],
)  # fmt: skip
def test_what_is_the_name_of_a_split(name, split):
    assert split_of(name) == split


@pytest.mark.parametrize(
    ("train", "test"), [("training_set", "test_set"), ("Train", "TEST"), ("train-images", "holdout"), ("train1", "eval")]
)
@pytest.mark.parametrize("wrapper", ["", "data/", "archive/my data/"])
def test_split_class_file(plant, read, train, test, wrapper):
    root = plant(tree(*(f"{wrapper}{split}/{label}/{i}.png" for split in (train, test) for label in ("cat", "dog") for i in range(3))))
    assert read_raw(root).layout == "class-folders"
    records, rejects = read(root)
    assert not rejects
    assert {(r.id.split("/")[-3], r.id.split("/")[-2], r.label, r.split) for r in records} == {
        (name, label, label, split) for name, split in ((train, "train"), (test, "test")) for label in ("cat", "dog")
    }


def test_class_split_file(plant, read):
    root = plant(tree(*(f"{label}/{split}/{i}.wav" for split in ("Train", "Testing") for label in ("yes", "no") for i in range(2))))
    records, _ = read(root)
    assert {(r.id, r.label, r.split) for r in records if r.id.endswith("0")} == {
        ("yes/Train/0", "yes", "train"), ("yes/Testing/0", "yes", "test"), ("no/Train/0", "no", "train"), ("no/Testing/0", "no", "test"),
    }  # fmt: skip


def test_a_class_named_train_is_a_class_and_the_other_reading_is_told(plant, read):
    root = plant(tree(*(f"{label}/{i}.png" for label in ("bus", "car", "train") for i in range(4))))
    assert facts(read(root)[0])["train/3"] == ("train", None, "image")
    assert {r.label for r in read(root)[0]} == {"bus", "car", "train"}
    assert any("train beside bus, car is read as a class" in text and "--format same-stem" in text for text in read_raw(root).warnings())
    assert facts(read(root, "same-stem")[0])["train/3"] == (None, "train", "image")


@pytest.mark.parametrize("classes", [("test", "exam"), ("train", "test", "bus"), ("dev", "ops")])
def test_classes_named_like_splits_below_a_split(plant, read, classes):
    root = plant(tree(*(f"{split}/{label}/{i}.png" for split in ("train", "test") for label in classes for i in range(2))))
    records, _ = read(root)
    assert {(r.label, r.split) for r in records} == {(label, split) for label in classes for split in ("train", "test")}


def test_three_splits_of_which_one_is_called_eval(plant, read):
    root = plant(tree("train/1.png", "eval/2.png", "test/3.png"))
    assert {r.id: r.split for r in read(root)[0]} == {"train/1": "train", "eval/2": "val", "test/3": "test"}


def test_a_test_folder_without_classes(plant, read):
    root = plant(tree(*(f"train/{label}/{i}.png" for label in ("cat", "dog") for i in range(3)), "test/8.png", "test/9.png"))
    found = facts(read(root)[0])
    assert (found["train/cat/0"], found["test/9"]) == (("cat", "train", "image"), (None, "test", "image"))


def test_unlabelled_files_beside_the_splits(plant, read):
    root = plant(tree(*(f"{s}/{c}/1.txt" for s in ("train", "test") for c in ("pos", "neg")), "unlabeled/1.txt"))
    found = facts(read(root)[0])
    assert (found["train/pos/1"], found["unlabeled/1"]) == (("pos", "train", "text"), (None, None, "text"))


@pytest.mark.parametrize("names", [("0", "1", "10"), ("n01440764", "n01443537", "n01484850")])
def test_numbers_and_codes_are_classes(plant, read, names):
    records, _ = read(plant(tree(*(f"{name}/{i}.png" for name in names for i in range(2)))))
    assert {r.label for r in records} == set(names)


def test_a_list_of_classes_beside_the_folders_does_not_cost_the_labels(plant, read):
    root = plant(tree(*(f"data/{label}/{i}.png" for label in ("cat", "dog") for i in range(5)), "data/classes.txt"))
    raw = read_raw(root)
    assert (raw.layout, raw.fields) == ("class-folders", {"image": "image"})
    records, rejects = read(root)
    assert {r.label for r in records} == {"cat", "dog"}
    assert [(r.path, r.code) for r in rejects] == [("data/classes.txt", "UNPAIRED")]


def test_images_beside_class_folders_keep_their_labels(plant, read):
    found = facts(read(plant(tree("cat/1.png", "dog/old/2.png", "dog/old/3.png", "loose.png", "cat/4.png")))[0])
    assert found == {
        "cat/1": ("cat", None, "image"), "cat/4": ("cat", None, "image"), "dog/old/2": ("dog", None, "image"),
        "dog/old/3": ("dog", None, "image"), "loose": (None, None, "image"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("images", "texts"),
    [
        ("train/images/1.jpg", "train/captions/1.txt"),
        ("images/train/1.jpg", "captions/train/1.txt"),
        ("data/train/Images/1.jpg", "data/train/Labels/1.txt"),
        ("photos/train/1.jpg", "words/train/1.txt"),
        ("train_images/1.jpg", "train_captions/1.txt"),
        ("train/images/cat/1.jpg", "train/texts/cat/1.txt"),
        ("cat/train/images/1.jpg", "cat/train/texts/1.txt"),
    ],
)
def test_fields_in_folders_above_and_below_splits_and_classes(plant, read, images, texts):
    other = [name.replace("train", "test").replace("1.", "2.") for name in (images, texts)]
    third = [name.replace("cat", "dog").replace("1.", "3.") for name in (images, texts)]
    root = plant(tree(images, texts, *other, *third))
    assert read_raw(root).layout == "parallel-folders"
    records, rejects = read(root)
    assert not rejects
    assert [len(r.fields) for r in records] == [2, 2, 2]
    assert sorted(r.split for r in records) == ["test", "train", "train"]
    assert {r.label for r in records} == ({"cat", "dog"} if "cat" in images else {None})


def test_folders_named_after_fields_are_fields_even_where_nothing_pairs(plant, read):
    root = plant(tree("images/a.png", "images/b.png", "texts/c.txt"))
    assert read_raw(root).fields == {"images": "image", "texts": "text"}
    assert {r.label for r in read(root)[0]} == {None}


def test_texts_in_a_folder_beside_the_images(plant, read):
    root = plant(tree("1.png", "2.png", "captions/1.txt", "captions/2.txt"))
    assert read_raw(root).fields == {"image": "image", "captions": "text"}
    assert facts(read(root)[0]) == {"1": (None, None, "captions", "image"), "2": (None, None, "captions", "image")}


@pytest.mark.parametrize(("one", "other"), [("A", "B"), ("input", "target"), ("images", "masks"), ("photo", "sketch")])
def test_pairs_of_one_modality(plant, read, one, other):
    root = plant(tree(*(f"{side}/{i}.png" for side in (one, other) for i in range(3))))
    assert facts(read(root)[0])["2"] == (None, None, *sorted((one, other)))


def test_classes_with_the_same_file_names_are_classes_and_the_other_reading_is_told(plant, read):
    root = plant(tree(*(f"{label}/{i}.png" for label in ("cat", "dog") for i in range(3))))
    assert {r.label for r in read(root)[0]} == {"cat", "dog"}
    assert any("--format parallel-folders" in text for text in read_raw(root).warnings())
    assert facts(read(root, "parallel-folders")[0])["2"] == (None, None, "cat", "dog")


def test_folders_of_folders_of_sounds(plant, read):
    names = [
        f"{speaker}/{chapter}/{speaker}-{chapter}-{i:04d}.flac" for speaker in (19, 26) for chapter in range(100, 106) for i in range(2)
    ]
    root = plant(tree(*(f"LibriSpeech/dev-clean/{name}" for name in names)))
    assert read_raw(root).layout == "nested-folders"
    records, _ = read(root)
    assert {(r.label, r.split) for r in records} == {("19", "val"), ("26", "val")}
    assert len({r.group for r in records}) == 12
    assert {r.group for r in records if r.label == "19"} == {f"LibriSpeech/dev-clean/19/{c}" for c in range(100, 106)}
    (warning,) = read_raw(root).warnings()
    assert "those like 19 are read as classes; --format class-folders takes the innermost folder" in warning
    assert {r.label for r in read(root, "class-folders")[0]} == {str(c) for c in range(100, 106)}


def test_words_are_classes_and_numbers_divide_them(plant, read):
    names = [f"{fold}/{label}/{i}.wav" for fold in ("fold1", "fold2") for label in ("dog", "rain") for i in range(2)]
    assert {r.label for r in read(plant(tree(*names)))[0]} == {"dog", "rain"}


def test_batches_below_classes(plant, read):
    root = plant(tree(*(f"{label}/batch{k}/{i}.png" for label in ("cat", "dog") for k in range(6) for i in range(2))))
    records, _ = read(root)
    assert {r.label for r in records} == {"cat", "dog"}
    assert len({r.group for r in records}) == 12


def test_finer_classes_below_classes(plant, read):
    names = [
        f"{kind}/{label}/{i}.png"
        for kind, labels in (("animals", "cat dog"), ("cars", "bus van"))
        for label in labels.split()
        for i in "12"
    ]
    root = plant(tree(*names))
    assert {r.label for r in read(root)[0]} == {"cat", "dog", "bus", "van"}
    assert any("--format nested-folders takes the outermost folder" in text for text in read_raw(root).warnings())
    assert {r.label for r in read(root, "nested-folders")[0]} == {"animals", "cars"}


def test_one_folder_per_record(plant, read):
    root = plant(tree(*(f"rec{i}/{name}" for i in range(3) for name in ("photo.png", "words.txt", "sound.wav"))))
    assert read_raw(root).layout == "record-folders"
    assert facts(read(root)[0])["rec1"] == (None, None, "audio", "image", "text")


def test_records_of_two_images_and_a_text_in_splits(plant, read):
    root = plant(
        tree(*(f"{split}/{i}/{name}" for split in ("train", "test") for i in range(3) for name in ("left.png", "right.png", "t.txt")))
    )
    assert read_raw(root).fields == {"text": "text", "left": "image", "right": "image"}
    assert facts(read(root)[0])["test/1"] == (None, "test", "left", "right", "text")


def test_folders_of_one_pair_each_are_no_classes(plant, read):
    root = plant(tree(*(f"item{i}/item{i}.{kind}" for i in range(12) for kind in ("png", "txt"))))
    assert {r.label for r in read(root)[0]} == {None}
    assert [len(r.fields) for r in read(root)[0]] == [2] * 12


def test_labels_that_differ_in_case_or_normal_form_between_splits_are_one(plant, read):
    cafe = unicodedata.normalize("NFD", "café")
    root = plant(tree("train/Café/1.png", "train/Dog/1.png", "train/Dog/2.png", f"test/{cafe}/1.png", "test/dog/3.png"))
    records, _ = read(root)
    assert {(r.label, r.split) for r in records} == {("Café", "train"), ("Dog", "train"), ("Café", "test"), ("Dog", "test")}
    assert "the folders Dog and dog are one class, Dog" in read_raw(root).warnings()


def test_single_letters_are_told_apart_by_case(plant, read):
    assert {r.label for r in read(plant(tree("A/1.png", "a/2.png", "b/3.png")))[0]} == {"A", "a", "b"}


def test_labels_of_letters_that_look_alike_are_an_error_with_code_points(plant):
    root = plant(tree("cat/1.png", "c\u0430t/2.png"))
    with pytest.raises(InputError, match=r"two labels look alike.*U\+0061 LATIN SMALL LETTER A.*U\+0430 CYRILLIC SMALL LETTER A"):
        _ = read_raw(root).fields


def test_fields_that_look_alike_are_an_error_with_code_points(plant):
    root = plant({"metadata.csv": "file_name,caption,Caption\n1.png,a,b\n", "1.png": b"x"})
    with pytest.raises(InputError, match=r"two fields look alike: caption and Caption; character 1 is U\+0063 .* U\+0043"):
        _ = read_raw(root).fields


def test_the_ledger_says_what_the_folders_are_read_as(plant):
    root = plant(
        tree(*(f"{split}/{label}/{i}.png" for split in ("training_set", "test_set") for label in ("cat", "dog") for i in range(3)))
    )
    ledger = Ledger()
    read_raw(root).account(ledger)
    said = [(entry.topic, entry.detail) for entry in ledger.entries]
    assert ("read as split", "test_set as test, training_set as train") in said
    assert ("read as label", "cat, dog") in said


def test_two_folders_of_one_field_name_are_refused(plant):
    with pytest.raises(InputError, match="two folders map to the field my_photos"):
        read_raw(plant(tree("my photos/1.png", "my+photos/1.png", "texts/1.txt"))).fields.keys()


@pytest.mark.parametrize("wrapper", ["", "train/"])
def test_a_folder_of_json_files_adds_columns(plant, read, wrapper):
    files = {f"{wrapper}images/{i}.png": b"x" for i in range(4)}
    root = plant(files | {f"{wrapper}annotations/{i}.json": f'{{"label": "l{i % 2}", "title": "T {i}"}}' for i in range(4)})
    assert read_raw(root).fields == {"images": "image", "title": "text"}
    records, rejects = read(root)
    assert not rejects
    assert [(r.label, r.fields["title"].text) for r in records] == [(f"l{i % 2}", f"T {i}") for i in range(4)]


@pytest.mark.parametrize("wrapper", ["", "train/"])
def test_languages_below_a_field_are_fields(plant, read, wrapper):
    texts = [f"{wrapper}captions/{language}/{i}.txt" for language in ("de", "en") for i in range(4)]
    root = plant(tree(*texts, *(f"{wrapper}images/{i}.png" for i in range(4))))
    assert read_raw(root).fields == {"captions_de": "text", "captions_en": "text", "images": "image"}
    assert facts(read(root)[0])[f"{wrapper}2"] == (None, "train" if wrapper else None, "captions_de", "captions_en", "images")
