"""Worker processes: order, crashes, hangs, memory, and leaving nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import soundfile

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.data.decoding.pool import DecoderPool
from mmcli.data.layouts.base import RawField, RawRecord
from mmcli.modalities.audio.ingest import AudioIngest
from mmcli.modalities.audio.options import AudioConfig

MODULE = '''
import ctypes, os, time
from mmcli.modalities.base import Reject
from mmcli.modalities.identity import Identity

class Unruly:
    """Reads words; some of them are orders to misbehave."""
    max_bytes, too_large = 100, "TOO_LARGE"
    def decode(self, source):
        if source == "segfault": ctypes.string_at(0)
        if source == "exit": os._exit(3)
        if source == "hang": time.sleep(600)
        if source == "spin":
            while True: pass
        if source == "slow":
            end = time.monotonic() + 0.5
            while time.monotonic() < end: pass
        if source == "memory": bytearray(1 << 34)
        if source == "bad": raise Reject("BAD", "a bad word")
        return source.upper()
    def columns(self, draft): return {"pid": os.getpid()}
    def identities(self, drafts): return [Identity(draft) for draft in drafts]
    def pack(self, drafts):
        if "FAULT" in drafts: raise RuntimeError("outside any item")
        return list(drafts)
'''


@pytest.fixture
def unruly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "unruly_ingest.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    import unruly_ingest

    yield unruly_ingest.Unruly()
    del sys.modules["unruly_ingest"]


def records(*words: str) -> list[RawRecord]:
    return [RawRecord(f"r{i}", None, None, None, {"word": RawField(word, text=word)}) for i, word in enumerate(words)]


def run(ingest, chunks, *, workers: int = 2, seconds: float = 20.0):
    with DecoderPool(workers=workers, memory_bytes=2**31, item_seconds=seconds) as pool:
        pool.prepare({"word": ingest})
        return list(pool.map(chunks))


def test_results_come_in_the_order_of_the_chunks(unruly):
    chunks = [records(f"a{i}", f"b{i}") for i in range(9)]
    assert [result.packed["word"] for result in run(unruly, chunks)] == [[f"A{i}", f"B{i}"] for i in range(9)]


def test_an_unusable_item_is_rejected_with_its_reason(unruly):
    (result,) = run(unruly, [records("one", "bad", "two")])
    assert result.packed["word"] == ["ONE", "TWO"]
    assert [(r.id, r.code) for r in result.rejects] == [("r1", "BAD")]
    assert result.ok == 2


@pytest.mark.parametrize(("order", "code"), [("segfault", "DECODER_CRASH"), ("exit", "DECODER_CRASH"), ("memory", "DECODER_MEMORY")])
def test_a_crash_costs_one_item(unruly, order, code):
    first, second = run(unruly, [records("one", order, "two"), records("three")])
    assert first.packed["word"] == ["ONE", "TWO"]
    assert [r.code for r in first.rejects] == [code]
    assert second.packed["word"] == ["THREE"]


def test_processes_that_die_of_every_chunk_are_not_started_for_ever(unruly):
    with pytest.raises(EnvironmentUnfitError, match="exit unexpectedly"):
        run(unruly, [records("one", "fault")])


@pytest.mark.parametrize("order", ["hang", "spin"])
def test_a_hang_costs_one_item(unruly, order):
    (result,) = run(unruly, [records("one", order, "two")], seconds=1.0)
    assert result.packed["word"] == ["ONE", "TWO"]
    assert [r.code for r in result.rejects] == ["DECODER_TIMEOUT"]


def test_a_process_that_waits_for_a_processor_is_not_blamed(unruly):
    with DecoderPool(workers=1, memory_bytes=2**31, item_seconds=20.0) as pool:
        pool.start()
        (worker,) = pool._workers
        worker._state = lambda: (True, 5.0)  # wants to run, and has had no more since
        worker.seconds_at_item(0.0)
        assert worker.seconds_at_item(100.0) == 0.0
        worker._state = lambda: (True, 7.5)
        assert worker.seconds_at_item(100.0) == 2.5
        worker._state = lambda: (False, 7.5)  # sleeps
        assert worker.seconds_at_item(100.0) == 102.5


def test_several_crashes_in_a_chunk_cost_one_item_each(unruly):
    (result,) = run(unruly, [records("exit", "one", "segfault", "exit")])
    assert result.packed["word"] == ["ONE"]
    assert len(result.rejects) == 3


def children() -> set[int]:
    """Decoding processes of this one; a process that has only just begun has no command line yet."""
    lines = {child.pid: " ".join(child.cmdline()) for child in psutil.Process().children()}
    return {pid for pid, line in lines.items() if not line or "mmcli.data.decoding" in line}


def test_a_process_started_early_does_what_little_there_is(unruly):
    with DecoderPool(workers=2, memory_bytes=2**31, item_seconds=20.0) as pool:
        pool.start()
        early = children()
        pool.prepare({"word": unruly})
        found = list(pool.map([records("one", "two")]))
    assert [result.packed["word"] for result in found] == [["ONE", "TWO"]]
    assert len(early) == 1
    assert {record.columns["word"]["pid"] for result in found for record in result.kept} == early


def test_more_processes_follow_where_there_is_much(unruly):
    found = run(unruly, [records("slow"), records("slow"), records("slow"), records("slow")])
    assert len({record.columns["word"]["pid"] for result in found for record in result.kept}) == 2


@pytest.mark.parametrize(("expected", "left_s"), [(100, 49.0), (3, 1.0), (0, 1.0)])
def test_what_is_left_goes_by_what_was_done(monkeypatch: pytest.MonkeyPatch, expected: int, left_s: float):
    with DecoderPool(workers=2, memory_bytes=2**31, item_seconds=20.0) as pool:
        pool._ready_at, pool._expected, pool._answered = 5.0, expected, 2
        monkeypatch.setattr("mmcli.data.decoding.pool.time.monotonic", lambda: 6.0)
        assert pool._seconds_left() == left_s


def test_a_process_started_for_nothing_ends():
    with DecoderPool(workers=2, memory_bytes=2**31, item_seconds=20.0) as pool:
        pool.start()
        assert children()
    assert not children()


def test_no_process_is_left(unruly):
    run(unruly, [records("one"), records("exit")])
    assert not children()


def test_workers_that_cannot_start_are_an_error(unruly, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path != str(tmp_path)])
    with pytest.raises(EnvironmentUnfitError, match="exit unexpectedly"):
        run(unruly, [records("one")])


def test_what_libraries_take_to_load_is_neither_the_time_nor_the_memory_of_an_item(tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).standard_normal(8000).astype(np.float32) * 0.1, 8000)
    ingest = AudioIngest(AudioConfig(trim_db=30.0, denoise=True))
    chunk = [RawRecord(f"r{i}", None, None, None, {"sound": RawField("a.wav", path=tmp_path / "a.wav")}) for i in range(3)]
    with DecoderPool(workers=1, memory_bytes=2**29, item_seconds=0.5) as pool:
        pool.prepare({"sound": ingest})
        (result,) = pool.map([chunk])
    assert (result.ok, result.rejects) == (3, [])
