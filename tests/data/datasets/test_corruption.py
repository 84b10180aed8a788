"""Damaged publishers' files end in a three-line error or in rejects, never in anything else."""

from __future__ import annotations

import gzip
import io
import json
import struct
from collections.abc import Callable

import numpy as np
import pytest

from mmcli.core.errors import InputError, MmcliError
from mmcli.core.ui import Ui
from mmcli.data.datasets import importer_of
from mmcli.data.datasets.base import Found
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import open_tree
from mmcli.data.layouts.base import RawReject
from mmcli.stages.registry import runner

import_data = runner("import")


ROUNDS = 60


def small_sources(wav: Callable[..., bytes]) -> dict[str, dict[str, bytes]]:
    images = struct.pack(">4I", 0x803, 3, 4, 4) + bytes(48)
    labels = struct.pack(">2I", 0x801, 3) + bytes(3)
    question = {"id": "q", "question": "What?", "answers": [{"text": "b", "answer_start": 2}]}
    pair = {"gold_label": "neutral", "sentence1": "a", "sentence2": "b", "captionID": "1.jpg#0", "pairID": "p"}
    return {
        "mnist": {"train-images-idx3-ubyte": images, "train-labels-idx1-ubyte.gz": gzip.compress(labels)},
        "cifar10": {
            "data_batch_1.bin": b"".join(bytes([label]) + bytes(3072) for label in (1, 2)),
            "batches.meta.txt": b"a\n" * 10,
        },
        "squad": {"train-v1.1.json": json.dumps({"data": [{"paragraphs": [{"context": "a b", "qas": [question]}]}]}).encode()},
        "snli": {"snli_1.0_train.jsonl": json.dumps(pair).encode(), "snli_1.0_dev.txt": b"gold_label\tsentence1\nx\ty\n"},
        "sst5": {
            "datasetSentences.txt": b"sentence_index\tsentence\n1\tGood\n",
            "datasetSplit.txt": b"sentence_index,splitset_label\n1,1\n",
            "dictionary.txt": b"Good|0\n",
            "sentiment_labels.txt": b"phrase ids|sentiment values\n0|0.9\n",
        },
        "esc50": {"audio/1-1-A-0.wav": b"RIFF", "meta/esc50.csv": b"filename,fold,target,category\n1-1-A-0.wav,1,0,dog\n"},
        "timit": {"TRAIN/DR1/FCJF0/SI1.WAV": wav("NIST", 16000, 40), "TRAIN/DR1/FCJF0/SI1.TXT": b"0 40 Hello\n"},
        "librispeech": {"dev-clean/1/2/1-2-0000.flac": wav("FLAC", 16000, 40), "dev-clean/1/2/1-2.trans.txt": b"1-2-0000 HI\n"},
        "emoji": {"emoji_u1f600.png": b"\x89PNG", "data-by-emoji.json": json.dumps({"😀": {"name": "grin", "group": "g"}}).encode()},
        "imagenet": {
            "val/ILSVRC2012_val_00000001.JPEG": b"\xff\xd8\xff",
            "LOC_val_solution.csv": b"a,b\nILSVRC2012_val_00000001,n01440764 1\n",
        },
    }


@pytest.mark.parametrize(
    ("name", "victim", "change", "what", "where"),
    [
        ("mnist", "train-images-idx3-ubyte", None, "the train labels have no images", "/source"),
        ("mnist", "train-labels-idx1-ubyte.gz", lambda data: data[:20], "corrupted", "train-labels-idx1-ubyte.gz"),
        ("cifar10", "data_batch_1.bin", lambda data: data[:900], "not a multiple of 3,073 bytes", "data_batch_1.bin"),
        ("sst5", "dictionary.txt", lambda data: data + b"\xff", "not UTF-8", "dictionary.txt"),
        ("sst5", "dictionary.txt", None, "the source lacks dictionary.txt", "/source"),
        ("esc50", "meta/esc50.csv", lambda data: data.replace(b"category", b"kind"), "no column category", "meta/esc50.csv"),
        ("squad", "train-v1.1.json", lambda data: data[:-1], "not JSON", "train-v1.1.json"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, wav, name, victim, change, what, where):
    files = small_sources(wav)[name]
    content = files.pop(victim)
    tree = tree_of(tmp_path, files | ({victim: change(content)} if change else {}))
    with pytest.raises(InputError, match=what) as caught:
        list(importer_of(name).items(tree, ImportConfig()))
    assert caught.value.where.endswith(where)


@pytest.mark.parametrize(
    ("name", "victim", "change", "path", "message"),
    [
        ("timit", "TRAIN/DR1/FCJF0/SI1.TXT", None, "TRAIN/DR1/FCJF0/SI1.WAV", "no .TXT file with its transcript"),
        (
            "timit",
            "TRAIN/DR1/FCJF0/SI1.WAV",
            lambda data: data[:-20],
            "TRAIN/DR1/FCJF0/SI1.WAV",
            "30 of the 40 samples stated in its header",
        ),
        ("timit", "TRAIN/DR1/FCJF0/SI1.WAV", lambda data: data[:20], "TRAIN/DR1/FCJF0/SI1.WAV", "Error in NIST file, bad header."),
        ("librispeech", "dev-clean/1/2/1-2-0000.flac", None, "dev-clean/1/2/1-2.trans.txt: 1-2-0000", "no such .flac file"),
    ],
)
def test_a_record_that_lacks_a_part_is_told(tmp_path, wav, name, victim, change, path, message):
    files = small_sources(wav)[name]
    content = files.pop(victim)
    tree = tree_of(tmp_path, files | ({victim: change(content)} if change else {}))
    rejects = [found for found in importer_of(name).items(tree, ImportConfig()) if isinstance(found, RawReject)]
    assert [(reject.path, reject.message) for reject in rejects] == [(path, message)]


def test_the_report_names_a_first_file_and_warns_of_what_is_missing(tmp_path, wav):
    files = {f"aclImdb/train/pos/{i}_9.txt": b"good" if i else b"" for i in range(3)}
    stream = io.StringIO()
    source = tree_of(tmp_path, files).source
    import_data("imdb", source, None, tmp_path / "out", ImportConfig(), Ui(stream=stream))
    assert "warning: train: 2 records of the 25,000 published" in stream.getvalue()
    assert "warning: 1 item rejected (TXT_EMPTY), e.g. aclImdb/train/pos/0_9.txt: no text; see rejects.jsonl" in stream.getvalue()
    with pytest.raises(InputError, match=r"1 items? rejected, e.g. aclImdb/train/pos/0_9.txt: no text"):
        import_data("imdb", tree_of(tmp_path / "b", {"aclImdb/train/pos/0_9.txt": b""}).source, None, tmp_path / "c", ImportConfig(), Ui())


def spoil(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut, flip, repeat or replace some bytes."""
    at = int(rng.integers(0, max(len(data), 1)))
    kind = rng.integers(4)
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data[:at] + bytes([int(rng.integers(256))]) + data[at + 1 :]
    if kind == 2:
        return data[:at] + data[at // 2 :]
    return data[:at] + rng.bytes(8) + data[at + 8 :]


@pytest.mark.parametrize("name", ["mnist", "cifar10", "squad", "snli", "sst5", "esc50", "timit", "librispeech", "emoji", "imagenet"])
def test_damage_never_escapes(tmp_path, wav, name):
    files = small_sources(wav)[name]
    importer = importer_of(name)
    assert [found for found in importer.items(tree_of(tmp_path, files), ImportConfig()) if isinstance(found, Found.__args__[0])]
    for round_number in range(ROUNDS):
        rng = np.random.default_rng([round_number, len(name)])
        victim = sorted(files)[int(rng.integers(len(files)))]
        tree = tree_of(tmp_path, files | {victim: spoil(files[victim], rng)})
        try:
            found = list(importer.items(tree, ImportConfig()))
        except MmcliError:
            continue
        assert all(isinstance(one, Found) for one in found)


def tree_of(root, files):
    for name, content in files.items():
        (root / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "source" / name).write_bytes(content)
    return open_tree(root / "source")
