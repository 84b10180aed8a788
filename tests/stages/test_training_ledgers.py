"""`embed`, `fuse` and `train-gan` count the records that they do not learn from, and what they cut off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

import mmcli
from mmcli.artifacts import store
from mmcli.core.ledger import Entry, Ledger

pytestmark = pytest.mark.tf
TINY = {"epochs": 1, "dim": 8, "tokens": 2, "batch_size": 8}
_NO_SOUND, _NO_TEXT, _LONG = {3, 4}, {5}, {10, 11, 12}


def ledger_of(artifact: Path) -> list[Entry]:
    return Ledger.of(store.open_artifact(artifact).manifest.summary).entries


@pytest.fixture(scope="module", autouse=True)
def _without_scores() -> Iterator[None]:
    """Maps and scores take longer than the training, and are in no ledger."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmcli.stages.embed.stage._draw_map", lambda *_: None)
        patch.setattr("mmcli.stages.fuse.scores.score", lambda *_: {"scored_on": "test", "subsets": {}, "alone": {}})
        yield


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 train records of a sound and a text; some lack one of them, some sounds are four windows long."""
    folder = tmp_path_factory.mktemp("work")
    raw = folder / "raw"
    raw.mkdir()
    lines = []
    for number in range(48):
        split = "train" if number < 40 else "val" if number < 44 else "test"
        line = {"id": f"{number:02d}", "split": split, "label": str(number % 2)}
        if number not in _NO_TEXT:
            line["text"] = f"tone {['low', 'high'][number % 2]}"
        if number not in _NO_SOUND:
            seconds, hertz = (1.024, 0.256)[number not in _LONG], 400 + 400 * (number % 2)
            wave = 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * 8000)) / 8000)
            soundfile.write(raw / f"{number:02d}.wav", wave, 8000)
            line["sound_file_name"] = f"{number:02d}.wav"
        lines.append(line)
    (raw / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    mmcli.preprocess(raw, out=folder / "data", seconds=0.256, sample_rate_hz=8000, n_fft=256, hop_length=128, workers=1)
    return folder


@pytest.fixture(scope="module")
def embeddings(work: Path) -> Path:
    return Path(mmcli.embed(work / "data", out=work / "embeddings", **TINY).path)


def test_embed_names_the_train_records_that_form_no_pair(embeddings: Path) -> None:
    why = "only one of the fields, so no pair to learn from"
    assert ledger_of(embeddings) == [Entry("left out", "train records", why, 3, 40, ("03", "04", "05"))]


def test_train_gan_counts_what_it_lacks_and_what_of_long_sounds_it_does_not_hear(work: Path) -> None:
    options = {"steps": 2, "batch_size": 64, "width": 4, "ticks": 1, "eval_items": 0}
    gan = mmcli.train_gan(work / "data", out=work / "gan", target="sound", given=["label"], **options).path
    long = "longer than --seconds (0.256 s); 75 % of their length is outside of their window"
    assert ledger_of(gan) == [
        Entry("changed", "batch size", "38 instead of 64"),
        Entry("left out", "train records", "without the target sound", 2, 40, ("03", "04")),
        Entry("changed", "sound", long, 3, 38),
        Entry("noted", "train records", "38 are few: what is made will mostly repeat them, and held-out scores tell little"),
    ]


def test_fuse_says_nothing_where_nothing_is_left_out(embeddings: Path, work: Path) -> None:
    fused = mmcli.fuse(embeddings, out=work / "fused", epochs=1, heads=2, latents=2).path
    assert "ledger" not in store.open_artifact(fused).manifest.summary
