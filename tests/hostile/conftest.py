"""What every hostile case needs: one item through a reader, and a folder through the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from mmcli.modalities import ingest_of
from mmcli.modalities.base import Reject
from mmcli.modalities.files import read_bytes
from mmcli.stages.registry import config_of

LIMIT_S = 10.0


@pytest.fixture
def verdict(tmp_path: Path) -> Callable[..., str]:
    """Read one item as `preprocess` does: `ok`, or the code of its rejection."""

    def read(modality: str, content: bytes | str | Path, **options: object) -> str:
        ingest = ingest_of(modality, config_of("preprocess")(**options))
        begin = time.perf_counter()
        try:
            if isinstance(content, Path):
                content = read_bytes(content, ingest.max_bytes, ingest.too_large)
            ingest.decode(content)
            return "ok"
        except Reject as reject:
            return reject.code
        finally:
            assert time.perf_counter() - begin < LIMIT_S

    return read


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., SimpleNamespace]:
    """Run `mmcli preprocess RAW` in a child; checks what must hold for every case."""

    def command(raw: Path, *arguments: str) -> SimpleNamespace:
        out = tmp_path / "out"
        program = [sys.executable, "-m", "mmcli", "preprocess", str(raw), "-o", str(out), "--json", "--workers", "1", *arguments]
        done = subprocess.run(program, capture_output=True, timeout=60, env={**os.environ, "LANG": "C.UTF-8"})
        assert b"Traceback" not in done.stderr
        for stream in (done.stdout, done.stderr):
            assert not [byte for byte in stream if byte < 32 and byte != 10]
            assert b"\x9b" not in stream.decode("utf-8").encode("latin-1", "ignore")
        if done.returncode:
            assert not out.exists()
            return SimpleNamespace(code=done.returncode, stderr=done.stderr.decode(), out=out, rejects=[], counts={})
        manifest = json.loads((out / "artifact.json").read_text())
        rejects = [json.loads(line) for line in (out / "rejects.jsonl").read_text().splitlines()]
        counts = manifest["counts"]
        assert counts["seen"] == counts["ok"] + counts["rejected"]
        assert len(rejects) == counts["rejected"]
        return SimpleNamespace(code=0, stderr=done.stderr.decode(), out=out, rejects=rejects, counts=counts)

    return command


@pytest.fixture
def every_byte() -> Callable[[Path], bytes]:
    """All output bytes of an artifact, compressed columns read out."""
    import pyarrow.parquet as pq

    def collect(folder: Path) -> bytes:
        whole = b"".join(path.read_bytes() + path.name.encode() for path in sorted(folder.rglob("*")) if path.is_file())
        return whole + json.dumps(pq.read_table(folder / "records.parquet").to_pylist()).encode()

    return collect
