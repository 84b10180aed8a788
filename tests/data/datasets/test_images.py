"""Data sets of images."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import struct

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from mmcli.core.errors import InputError, SafetyError, UsageError
from mmcli.core.ui import Ui
from mmcli.data.datasets.options import ImportConfig
from mmcli.stages.registry import runner

import_data = runner("import")


def idx(array: np.ndarray) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def mnist_files(prefix: str = "", suffix: str = "") -> dict[str, bytes]:
    rng = np.random.default_rng(0)
    files = {}
    for part, count in (("train", 12), ("t10k", 5)):
        files[f"{prefix}{part}-images-idx3-ubyte"] = idx(rng.integers(0, 256, (count, 28, 28)))
        files[f"{prefix}{part}-labels-idx1-ubyte"] = idx(np.arange(count) % 10)
    return {name + suffix: gzip.compress(data) if suffix else data for name, data in files.items()}


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_mnist(source, run, suffix):
    got = run("mnist", source(mnist_files(suffix=suffix)))
    assert got.splits == {"train": 12, "test": 5}
    assert got.manifest["summary"]["published"] == {"train": 60_000, "test": 10_000}
    row = next(row for row in got.rows if row["id"] == "train-00011")
    assert row["label"] == "1"
    expected = np.frombuffer(mnist_files()["train-images-idx3-ubyte"][16:], np.uint8).reshape(-1, 28, 28)[11]
    assert np.array_equal(np.asarray(Image.open(got.out / row["image_file_name"])), expected)


def test_mnist_with_dots_in_its_names(folder, run):
    files = {name.replace("-idx", ".idx"): data for name, data in mnist_files().items()}
    assert run("mnist", folder(files)).splits == {"train": 12, "test": 5}


def test_fashion_mnist_names_its_classes(folder, run):
    got = run("fashion-mnist", folder(mnist_files(suffix=".gz")))
    assert got.rows[0]["class"] == got.rows[0]["label"] == "T-shirt/top"


def test_emnist_is_transposed_and_needs_a_variant(folder, run):
    path = folder(mnist_files("emnist-letters-") | mnist_files("emnist-digits-"))
    with pytest.raises(UsageError, match="emnist-digits, emnist-letters"):
        run("emnist", path)
    got = run("emnist", path, variant="letters")
    expected = np.frombuffer(mnist_files()["t10k-images-idx3-ubyte"][16:], np.uint8).reshape(-1, 28, 28)[0].T
    assert np.array_equal(np.asarray(Image.open(got.out / got.rows[0]["image_file_name"])), expected)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("train-images-idx3-ubyte", lambda data: data[:-1], "size"),
        ("train-images-idx3-ubyte", lambda data: data + b"x", "size"),
        ("train-images-idx3-ubyte", lambda data: struct.pack(">4I", 0x0803, 2**31, 2**20, 2**20), "not an IDX"),
        ("train-images-idx3-ubyte", lambda data: struct.pack(">4I", 0x0803, 12, 0, 0), "its images have 0 x 0 pixels"),
        ("t10k-images-idx3-ubyte", lambda data: struct.pack(">4I", 0x0803, 5, 28, 0), "its images have 28 x 0 pixels"),
        ("train-labels-idx1-ubyte", lambda data: b"", "not an IDX"),
        ("train-labels-idx1-ubyte", lambda data: idx(np.zeros(3)), "12 images but 3 labels"),
    ],
)
def test_mnist_headers_must_agree_with_the_files(folder, run, tmp_path, name, change, words):
    files = mnist_files()
    with pytest.raises(InputError, match=words):
        run("mnist", folder(files | {name: change(files[name])}))
    assert not (tmp_path / "raw").exists()


def cifar_batch(count: int, seed: int) -> tuple[np.ndarray, list[int]]:
    return np.random.default_rng(seed).integers(0, 256, (count, 3072), dtype=np.uint8), [i % 10 for i in range(count)]


def binary_batch(count: int, seed: int) -> bytes:
    """A batch of the binary version: per image a byte of the label and the planes of red, green and blue."""
    data, labels = cifar_batch(count, seed)
    return np.concatenate([np.array(labels, np.uint8)[:, None], data], axis=1).tobytes()


CLASSES = [b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship", b"truck"]


def test_cifar10(source, run):
    folder = "cifar-10-batches-bin"
    files = {f"{folder}/{name}.bin": binary_batch(4, i) for i, name in enumerate(["data_batch_1", "data_batch_2", "test_batch"])}
    got = run("cifar10", source(files | {f"{folder}/batches.meta.txt": b"\n".join(CLASSES) + b"\n\n"}))
    assert got.splits == {"train": 8, "test": 4}
    row = next(row for row in got.rows if row["id"] == "data_batch_2-00003")
    assert (row["label"], row["class"]) == ("cat", "cat")
    pixels = np.asarray(Image.open(got.out / row["image_file_name"]))
    assert np.array_equal(pixels, cifar_batch(4, 1)[0][3].reshape(3, 32, 32).transpose(1, 2, 0))


def test_cifar10_of_another_size(folder, run):
    with pytest.raises(InputError, match="3,073"):
        run("cifar10", folder({"test_batch.bin": b"x" * 100}))


class Harmful:
    def __reduce__(self):
        return (print, ("canary-77aa",))


NESTED_LISTS = b"\x80\x02}(U\x04data" + b"".join(b"(" for _ in range(9)) + b"]q\x00" + b"h\x00" * 90 + b"u."


@pytest.mark.parametrize("content", [pickle.dumps({b"data": Harmful()}), pickle.dumps({b"labels": [1]}, protocol=2), NESTED_LISTS])
def test_the_python_version_of_cifar10_is_refused_unread(source, run, capsys, tmp_path, content):
    with pytest.raises(SafetyError, match="is a pickle") as caught:
        run("cifar10", source({"cifar-10-batches-py/data_batch_1": content, "cifar-10-batches-py/batches.meta": content}))
    assert "cifar-10-binary.tar.gz" in caught.value.fix
    assert caught.value.where.endswith("data_batch_1")
    assert "canary" not in capsys.readouterr().out
    assert not (tmp_path / "raw").exists()


def test_a_pickled_batch_beside_its_binary_form_is_not_needed(folder, run):
    both = folder({"bin/data_batch_1.bin": binary_batch(3, 0), "py/data_batch_1": b"\x80\x02."})
    assert run("cifar10", both).splits == {"train": 3}
    lacks_one = folder({"bin/data_batch_1.bin": binary_batch(3, 0), "py/test_batch": b"\x80\x02."}, "lacks-one")
    with pytest.raises(SafetyError, match="is a pickle"):
        run("cifar10", lacks_one, out="other")


def imagenet_tables() -> dict[str, bytes]:
    kinds = [("WNID", object), ("words", object), ("ILSVRC2012_ID", float), ("num_children", float)]
    rows = [("n01440764", "tench, Tinca tinca", 2.0, 0.0), ("n01443537", "goldfish", 1.0, 0.0), ("n00000001", "animal", 1001.0, 2.0)]
    packed = io.BytesIO()
    savemat(packed, {"synsets": np.array(rows, dtype=kinds)})
    return {
        "ILSVRC2012_devkit_t12/data/meta.mat": packed.getvalue(),
        "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt": b"2\n1\n1\n",
    }


def check_imagenet(got, *, words: bool = True) -> None:
    assert got.splits == {"train": 6, "val": 3}
    labels = {row["id"]: row["label"] for row in got.rows}
    assert [labels[f"ILSVRC2012_val_0000000{k}"] for k in (1, 2, 3)] == ["n01440764", "n01443537", "n01443537"]
    assert labels["n01443537_2"] == "n01443537"
    assert {row.get("class") for row in got.rows} == ({"tench, Tinca tinca", "goldfish"} if words else {None})
    assert {row["image_file_name"].rpartition(".")[2] for row in got.rows} == {"jpg", "png"}


def imagenet_images(image) -> tuple[dict[str, bytes], dict[str, bytes]]:
    train = {f"{w}/{w}_{i}.JPEG": image("PNG" if i == 2 else "JPEG", i) for w in ("n01440764", "n01443537") for i in range(3)}
    return train, {f"ILSVRC2012_val_0000000{k}.JPEG": image("JPEG", k) for k in (1, 2, 3)}


def test_imagenet_from_the_publishers_tars(folder, run, image, tar_bytes):
    train, val = imagenet_images(image)
    inner = {
        f"{w}.tar": tar_bytes({k.rpartition("/")[2]: v for k, v in train.items() if k.startswith(w)}) for w in ("n01440764", "n01443537")
    }
    files = {
        "ILSVRC2012_img_train.tar": tar_bytes(inner),
        "ILSVRC2012_img_val.tar": tar_bytes(val),
        "ILSVRC2012_devkit_t12.tar.gz": tar_bytes(imagenet_tables(), "w:gz"),
    }
    check_imagenet(run("imagenet", folder(files)))


def test_imagenet_unpacked(source, run, image):
    train, val = imagenet_images(image)
    files = {f"train/{k}": v for k, v in train.items()} | {f"val/{k}": v for k, v in val.items()} | imagenet_tables()
    check_imagenet(run("imagenet", source(files)))


def test_imagenet_as_kaggle_gives_it(folder, run, image):
    train, val = imagenet_images(image)
    base = "ILSVRC/Data/CLS-LOC/"
    solution = "ImageId,PredictionString\n" + "".join(
        f"ILSVRC2012_val_0000000{k},{w} 1 2 3 4 \n" for k, w in ((1, "n01440764"), (2, "n01443537"), (3, "n01443537"))
    )
    files = {f"{base}train/{k}": v for k, v in train.items()} | {f"{base}val/{k}": v for k, v in val.items()}
    files |= {"LOC_synset_mapping.txt": b"n01440764 tench, Tinca tinca\nn01443537 goldfish\n", "LOC_val_solution.csv": solution.encode()}
    check_imagenet(run("imagenet", folder(files)))


def test_imagenet_without_ground_truth_reports_every_image(folder, run, image):
    train, val = imagenet_images(image)
    got = run("imagenet", folder({f"train/{k}": v for k, v in train.items()} | val | {"n01440764_9.JPEG": b"not an image"}))
    assert got.splits == {"train": 6}
    assert sorted(got.codes) == ["IMG_UNIDENTIFIED", "UNPAIRED", "UNPAIRED", "UNPAIRED"]


def test_emoji_join_on_code_points(folder, run, image):
    table = {
        "😀": {"name": "grinning face", "group": "Smileys & Emotion"},
        "❤️": {"name": "red heart", "group": "Symbols"},
        "🇦🇨": {"name": "flag"},
    }
    files = {f"png/32/emoji_u{name}.png": image() for name in ("1f600", "2764", "1f601")}
    got = run("emoji", folder(files | {"data-by-emoji.json": json.dumps(table)}))
    assert got.column("id", "caption", "label") == [("u1f600", "grinning face", "Smileys & Emotion"), ("u2764", "red heart", "Symbols")]
    assert got.manifest["counts"]["left_out"] == 2


def test_captioned_images_are_copied_once(folder, run, image):
    body = {
        "images": [{"id": i, "file_name": f"{i}.jpg"} for i in (1, 2)],
        "annotations": [{"id": 10 * i + k, "image_id": i, "caption": f"c {k}"} for i in (1, 2) for k in range(5)],
    }
    got = run(
        "coco-captions",
        folder(
            {
                "annotations/captions_train2017.json": json.dumps(body),
                "train2017/1.jpg": image("JPEG"),
                "train2017/2.jpg": image("JPEG"),
            }
        ),
    )
    assert got.splits == {"train": 10}
    assert len(list((got.out / "image").iterdir())) == 2
    assert set(got.column("group")) == {"1.jpg", "2.jpg"}
    lines = "".join(f"1.jpg#{k}\tA dog {k} .\n" for k in range(5))
    got = run("flickr8k", folder({"Flickr8k.token.txt": lines, "Flicker8k_Dataset/1.jpg": image("JPEG")}, "flickr"), out="flickr-raw")
    assert (len(got.rows), got.rows[0]["image_file_name"]) == (5, "image/1.jpg")


def test_images_of_one_stem_are_not_mixed_up(folder, run, image):
    files = {"Flickr8k.token.txt": "1.jpg#0\tjpeg\n1.png#0\tpng\n", "Images/1.jpg": image("JPEG", 9), "Images/1.png": image("PNG", 200)}
    got = run("flickr8k", folder(files))
    assert [(got.out / row["image_file_name"]).read_bytes()[:4] for row in got.rows] == [b"\xff\xd8\xff\xe0", b"\x89PNG"]


def test_a_folder_without_captions_is_told_what_it_must_hold(folder, run, image):
    with pytest.raises(InputError, match="no captions_") as caught:
        run("coco-captions", folder({"1.jpg": image("JPEG")}))
    assert caught.value.fix.startswith("it must contain annotations/captions_train2017.json")


def test_corrupted_images_of_captions_are_rejects_and_the_captions_stay(folder, run, image, capsys):
    lines = "".join(f"{name}.jpg#0\tA dog .\n" for name in "abc")
    files = {"x.token.txt": lines, "Images/a.jpg": image("JPEG"), "Images/b.jpg": b"", "Images/c.jpg": b"text"}
    got = run("flickr8k", folder(files))
    assert [("image_file_name" in row, row["caption"]) for row in got.rows] == [(True, "A dog ."), (False, "A dog ."), (False, "A dog .")]
    assert [(row["path"], row["code"]) for row in got.rejects] == [("Images/b.jpg", "IMG_EMPTY"), ("Images/c.jpg", "IMG_UNIDENTIFIED")]


def test_a_field_that_no_record_has_is_told(folder, tmp_path):
    stream = io.StringIO()
    import_data("flickr8k", folder({"x.token.txt": "1.jpg#0\tA dog .\n"}), None, tmp_path / "out", ImportConfig(), Ui(stream=stream))
    assert "no record has the field image" in stream.getvalue()
    assert "no split: 1 record\n" in stream.getvalue()


def test_a_second_record_of_one_id_names_its_row(folder, run, image):
    body = {"images": [{"id": 1, "file_name": "1.jpg"}], "annotations": [{"id": 1, "image_id": 1, "caption": "a"}]}
    files = {f"annotations/captions_{split}2017.json": json.dumps(body) for split in ("train", "val")}
    got = run("coco-captions", folder(files | {"1.jpg": image("JPEG")}))
    assert [(row["code"], row["path"]) for row in got.rejects] == [("DUP_ID", "annotations/captions_val2017.json annotations[0]")]


def test_captions_come_from_a_folder(folder, run):
    with pytest.raises(InputError, match="read from a folder, but this is a file"):
        run("coco-captions", folder({"captions_train2017.json": "{}"}) / "captions_train2017.json")


def test_nothing_is_left_of_an_import_that_failed(folder, run, tmp_path):
    with pytest.raises(InputError):
        run("flickr8k", folder({"x.token.txt": "image,caption\n"}))
    assert [path.name for path in tmp_path.iterdir() if "raw" in path.name] == [".raw.lock"]


@pytest.mark.parametrize("limit", [0, 1])
def test_progress_counts_what_the_source_holds(folder, tmp_path, monkeypatch, limit):
    monkeypatch.setattr("mmcli.core.ui.PLAIN_INTERVAL_S", 0.0)
    files = {name: data for name, data in mnist_files().items() if name.startswith("t10k")}
    stream = io.StringIO()
    import_data("mnist", folder(files), None, tmp_path / "out", ImportConfig(limit=limit), Ui(stream=stream))
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("importing")]
    assert "20 % (1 of 5 records" in lines[0]
    assert "100 % (5 of 5 records" in lines[-1]
