"""Data sets of sounds."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile


def test_fsdd(source, run, wav):
    files = {f"recordings/{d}_{s}_{i}.wav": wav() for d in (0, 7) for s in ("george", "lucas") for i in (0, 4, 5)}
    got = run("fsdd", source(files | {"metadata.py": "x"}))
    assert got.splits == {"test": 8, "train": 4}
    assert {
        "id": "7_lucas_5",
        "label": "7",
        "split": "train",
        "group": "lucas",
        "word": "seven",
        "sound_file_name": "sound/7_lucas_5.wav",
    } in got.rows
    assert (got.out / "sound" / "7_lucas_5.wav").read_bytes() == wav()


def test_esc50(source, run, wav):
    names = [f"{fold}-100{fold}32-A-{fold}.wav" for fold in range(1, 6)] * 1
    table = "filename,fold,target,category,esc10,src_file,take\n" + "".join(f"{n},{n[0]},0,chirping_birds,False,1,A\n" for n in names)
    got = run(
        "esc50",
        source(
            {f"ESC-50-master/audio/{n}": wav(rate=44100) for n in names}
            | {"ESC-50-master/meta/esc50.csv": table + "1-9-A-0.wav,1,0,dog,True,9,A\n"}
        ),
    )
    assert got.splits == {"train": 3, "val": 1, "test": 1}
    assert got.column("class", "label", "group")[0] == ("chirping birds", "chirping_birds", "fold1")
    assert got.codes == ["NOT_FOUND"]


def test_urbansound8k_keeps_folds(source, run, wav):
    names = {f"10{fold}-3-0-{fold}.wav": fold for fold in range(1, 11)}
    table = "slice_file_name,fsID,start,end,salience,fold,classID,class\n" + "".join(
        f"{n},10{f},0,4,1,{f},3,dog_bark\n" for n, f in names.items()
    )
    files = {f"UrbanSound8K/audio/fold{fold}/{name}": wav() for name, fold in names.items()}
    got = run(
        "urbansound8k", source(files | {"UrbanSound8K/metadata/UrbanSound8K.csv": table, "UrbanSound8K/audio/fold1/55-1-0-0.wav": wav()})
    )
    assert got.splits == {"train": 8, "val": 1, "test": 1}
    assert {(row["group"], row["split"]) for row in got.rows if row["split"] != "train"} == {("fold9", "val"), ("fold10", "test")}
    assert got.codes == ["UNPAIRED"]
    assert "CC BY-NC" in (got.out / "README.md").read_text()


def test_librispeech(source, run, wav):
    files = {"LibriSpeech/SPEAKERS.TXT": ";ID | SEX\n19 | F | train-clean-100 | 25.2 | Name | x\n"}
    for subset, speaker in (("train-clean-100", 19), ("dev-clean", 84), ("test-clean", 61)):
        base = f"LibriSpeech/{subset}/{speaker}/198/{speaker}-198"
        files |= {f"{base}-000{i}.flac": wav("FLAC", 16000) for i in range(3)}
        files[f"{base}.trans.txt"] = "".join(f"{speaker}-198-000{i} THE  WORDS {i}\n" for i in range(2))
    got = run("librispeech", source(files))
    assert got.splits == {"train": 2, "val": 2, "test": 2}
    row = next(row for row in got.rows if row["id"] == "19-198-0001")
    assert (row["text"], row["group"], row["meta_sex"], row["meta_subset"]) == ("THE  WORDS 1", "19", "F", "train-clean-100")
    assert got.codes == ["UNPAIRED"] * 3
    assert got.manifest["summary"]["published"] == {"train": 28_539, "val": 2_703, "test": 2_620}


def timit_files(wav, lower: bool) -> dict[str, bytes | str]:
    sphere = wav("NIST", 16000)
    files: dict[str, bytes | str] = {}
    for part, speaker in (("TRAIN", "FCJF0"), ("TEST", "MDAB0")):
        for sentence in ("SA1", "SI1027", "SX37"):
            base = f"TIMIT/{part}/DR1/{speaker}/{sentence}"
            files |= {
                base + ".WAV": sphere,
                base + ".TXT": f"0 46797 She had {sentence}.\n",
                base + ".PHN": "0 1 h#\n",
                base + ".WRD": "0 1 she\n",
            }
    files["TIMIT/TRAIN/DR1/FCJF0/SX37.WAV.wav"] = wav("WAV", 16000)
    return {(k.lower() if lower else k): v for k, v in files.items()}


@pytest.mark.parametrize("lower", [False, True])
def test_timit_becomes_wav(source, run, wav, lower):
    path = source(timit_files(wav, lower))
    got = run("timit", path)
    assert got.splits == {"train": 2, "test": 2}
    row = next(row for row in got.rows if row["id"] == "TRAIN-DR1-FCJF0-SI1027")
    assert (row["text"], row["group"], row["label"]) == ("She had SI1027.", "FCJF0", "DR1")
    expected, _rate = soundfile.read(io.BytesIO(wav("WAV", 16000)), dtype="int16")
    for row in got.rows:
        data = (got.out / row["speech_file_name"]).read_bytes()
        assert data.startswith(b"RIFF")
        assert np.array_equal(soundfile.read(io.BytesIO(data), dtype="int16")[0], expected)
    assert list(got.manifest["summary"]["left_out"].values()) == [2]
    assert run("timit", path, sa=True, out="all").splits == {"train": 3, "test": 3}


def test_timit_refuses_shorten(folder, run, wav):
    files = timit_files(wav, lower=False)
    header = b"NIST_1A\n   1024\nsample_coding -s26 pcm,embedded-shorten-v2.00\nend_head\n".ljust(1024) + b"ajkg"
    got = run("timit", folder(files | {"TIMIT/TRAIN/DR1/FCJF0/SI1027.WAV": header}))
    assert (got.splits, got.codes) == ({"train": 1, "test": 2}, ["AUD_CODEC_REFUSED"])
