"""Copies and near-copies across splits are found by what items are after decoding, told, and kept together on request."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
from PIL import Image, PngImagePlugin

from mmcli.artifacts import records
from mmcli.core.errors import InputError
from mmcli.stages.preprocess.copies import Copies, grouped, in_words, shared, shared_keys
from mmcli.stages.preprocess.near import close_pairs


def photo(seed: int) -> Image.Image:
    soft = np.random.default_rng(seed).integers(0, 255, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(soft).resize((64, 64), Image.Resampling.BICUBIC)


def twice(folder: Path, second: dict[str, object], count: int = 30) -> Path:
    """Photos, each as PNG and again with other bytes."""
    folder.mkdir()
    for number in range(count):
        photo(number).save(folder / f"a{number:02d}.png")
        kind = str(second.get("format", "PNG")).lower()
        photo(number).save(folder / f"b{number:02d}.{kind}", **second)
    return folder


def splits(out: Path) -> dict[str, str]:
    table = pq.read_table(out / "records.parquet")
    return dict(zip(table["id"].to_pylist(), table["split"].to_pylist(), strict=True))


def apart(out: Path) -> int:
    """Number of photos whose two files are in different splits."""
    found = splits(out)
    return sum(found[f"a{name[1:]}"] != found[name] for name in found if name[0] == "b")


def note() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "other bytes")
    return text


def test_equal_pixels_are_copies(tmp_path, make):
    done = make(twice(tmp_path / "raw", {"pnginfo": note(), "compress_level": 1}))
    summary = done.body["summary"]
    assert summary["shared_between_splits"]["image"] == apart(done.path) > 0
    assert summary["near_copies_between_splits"]["image"] == 0


def test_recompressed_images_are_near_copies(tmp_path, make):
    done = make(twice(tmp_path / "raw", {"format": "JPEG", "quality": 60}))
    summary = done.body["summary"]
    assert summary["shared_between_splits"]["image"] == 0
    assert summary["near_copies_between_splits"]["image"] == apart(done.path) > 0


@pytest.mark.parametrize("second", [{"pnginfo": note()}, {"format": "JPEG", "quality": 60}])
def test_strict_fails_and_its_advice_helps(tmp_path, make, second):
    raw = twice(tmp_path / "raw", second)
    with pytest.raises(InputError) as caught:
        make(raw, strict=True)
    assert "in more than one split" in caught.value.what
    assert ".png (" in caught.value.what
    assert "--group-duplicates" in caught.value.fix
    done = make(raw, strict=True, group_duplicates=True)
    assert apart(done.path) == 0
    table = pq.read_table(done.path / "records.parquet")
    groups = dict(zip(table["id"].to_pylist(), table["group"].to_pylist(), strict=True))
    assert groups["a07"] == groups["b07"] == "a07"
    assert {"train", "val", "test"} == set(splits(done.path).values())


def test_sounds_in_other_containers_are_copies(tmp_path, make):
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(30):
        wave = np.random.default_rng(number).standard_normal(6000) * np.linspace(0.01, 0.2, 6000)
        wave = np.rint(wave * 2**15) / 2**15
        soundfile.write(raw / f"a{number:02d}.wav", wave, 8000)
        soundfile.write(raw / f"b{number:02d}.flac", wave, 8000)
    assert make(raw).body["summary"]["shared_between_splits"]["audio"] > 0
    done = make(raw, out="together", group_duplicates=True)
    assert done.body["summary"]["shared_between_splits"]["audio"] == 0
    assert apart(done.path) == 0


def test_texts_are_copies_without_regard_to_case_and_blanks(tmp_path, make):
    rows = [{"id": f"{half}{number:02d}", "text": text} for number in range(30) for half, text in
            (("a", f"Line number {number} of the poem"), ("b", f"  line NUMBER {number} of\tthe poem "))]  # fmt: skip
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = make(raw)
    assert done.body["summary"]["shared_between_splits"]["records"] == apart(done.path) > 0
    assert apart(make(raw, out="together", group_duplicates=True).path) == 0


def test_equal_captions_of_different_photos_are_no_copies(raw, make):
    rows = [json.loads(line) | {"caption": "the same words"} for line in (raw / "metadata.jsonl").read_text().splitlines()]
    rows[0]["caption"] = "other words"
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert set(make(raw).body["summary"]["shared_between_splits"]) == {"photo", "sound"}
    assert all(number == 0 for number in make(raw).body["summary"]["shared_between_splits"].values())


def test_published_splits_stay_and_the_advice_says_so(tmp_path, make):
    raw = tmp_path / "raw"
    for split, seeds in (("train", range(20)), ("test", range(15, 25))):
        (raw / split / "x").mkdir(parents=True)
        for seed in seeds:
            photo(seed).save(raw / split / "x" / f"{split}{seed}.png", pnginfo=note() if split == "test" else None)
    done = make(raw, val=0.0, group_duplicates=True)
    assert done.body["summary"]["shared_between_splits"]["image"] == 5
    with pytest.raises(InputError) as caught:
        make(raw, out="strict", val=0.0, strict=True)
    assert caught.value.fix == "remove them from one of the splits, or omit --strict"


def test_a_resumed_run_finds_the_same_copies(tmp_path, make):
    raw = twice(tmp_path / "raw", {"format": "JPEG", "quality": 60}, count=12)
    first, second = make(raw), make(raw, out="again", workers=2)
    assert first.body["summary"] == second.body["summary"]


def test_duplicates_are_told_by_content_to_later_stages(tmp_path, make):
    done = make(twice(tmp_path / "raw", {"pnginfo": note()}, count=8))
    digests = records.read(done.path).digests("image")
    assert len(set(digests)) == 8
    assert "image.hash" not in records.read(done.path).columns


def test_close_hashes_are_found_in_linear_time():
    rng, number = np.random.default_rng(0), 60_000
    hashes = rng.integers(0, 2**64, number, dtype=np.uint64)
    for place in range(0, number, 100):
        flips = rng.choice(64, place // 100 % 7, replace=False)
        hashes[place] = hashes[place + 1] ^ np.uint64(sum(1 << int(bit) for bit in flips))
    begin = time.process_time()
    pairs = close_pairs(hashes, 6)
    assert time.process_time() - begin < 5
    assert (np.bitwise_count(hashes[pairs[:, 0]] ^ hashes[pairs[:, 1]]) <= 6).all()
    found = {tuple(pair) for pair in pairs.tolist()}
    assert len(found) == len(pairs)
    assert np.mean([(place, place + 1) in found for place in range(0, number, 100)]) > 0.95
    assert all(first < second for first, second in found)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_hashes(number):
    assert close_pairs(np.zeros(number, np.uint64), 6).tolist() == ([[0, 1]] if number == 2 else [])


def test_a_crowd_of_equal_hashes_is_connected_and_does_not_explode():
    pairs = close_pairs(np.full(5000, 7, np.uint64), 6)
    assert len(pairs) < 5000 * 5
    assert set(grouped(5000, pairs.tolist())) == {0}


def test_what_is_shared_is_counted_by_content_and_by_set():
    split = ["train", "test", "train", "test", "val", "train", "test"]
    found = shared(Copies(["x", "x", "y", None, "z", "u", "v"], [(2, 4), (5, 6)]), split)
    assert (found.copies, found.near, found.examples) == (1, 2, ((0, 1), (2, 4)))
    sources = ["a.png", "b\x1b.png", "c.png", "d.png", "e.png", "f.png", "g.png"]
    assert in_words(found, sources, split) == [
        "1 item is in more than one split with the same content, e.g. a.png (train) and b\\x1b.png (test)",
        "2 sets of near-copies are in more than one split, e.g. c.png (train) and e.png (val)",
    ]
    assert in_words(shared(Copies(["x", "x"]), ["val", "val"]), sources, split) == []


def test_sets_share_the_lowest_key_and_keep_groups_whole():
    keys = ["speaker2", "b", "speaker2", "c", "d"]
    copies = {"photo": Copies(["x", "y", "z", "x", None]), "sound": Copies([None] * 5, [(2, 4)])}
    assert shared_keys(keys, copies) == ["c", "b", "c", "c", "c"]
    assert shared_keys(["a", "b"], {"photo": Copies([None, None])}) == ["a", "b"]


def test_a_set_of_bytes_is_a_png(tmp_path):
    """The two halves of the tests above really differ in bytes only."""
    first, second = io.BytesIO(), io.BytesIO()
    photo(0).save(first, "PNG")
    photo(0).save(second, "PNG", pnginfo=note())
    assert first.getvalue() != second.getvalue()
    assert np.array_equal(np.asarray(Image.open(first)), np.asarray(Image.open(second)))
