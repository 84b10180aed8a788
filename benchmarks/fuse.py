"""Cost of `fuse`: seconds and peak memory at growing numbers of records, and what a million would take.

Writes embeddings of N records x 3 fields x 16 tokens x 64, runs one epoch of `mmcli fuse` in a
process of its own, and prints one table.

    python benchmarks/fuse.py --records 25000 100000
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from mmcli.artifacts import jsonio, records, store, weights
from mmcli.artifacts.rowfile import RowWriter

FIELDS, TOKENS, DIM, CLASSES = ("image", "sound", "text"), 16, 64, 10
CHUNK = 4096
MILLION = 1_000_000


def write_embeddings(folder: Path, count: int) -> None:
    """Write an `embeddings` artifact of noisy prototypes, a tenth of the fields missing."""
    label = np.random.default_rng([0, 1]).integers(0, CLASSES, count)
    columns = {
        "id": [f"r{i:07d}" for i in range(count)],
        "split": ["val" if i % 10 == 8 else "test" if i % 10 == 9 else "train" for i in range(count)],
        "label": [str(n) for n in label],
        "group": [None] * count,
    }
    with store.begin(folder, kind="embeddings", config={}, seed=0, inputs=[]) as build:
        (build.path / "fields").mkdir()
        for number, name in enumerate(FIELDS):
            present = _write_field(build.path, name, number, label)
            columns |= {f"{name}.present": present.tolist(), f"{name}.source": ["inline"] * count, f"{name}.sha256": ["0" * 64] * count}
            jsonio.write(build.path / "fields" / f"{name}.codec.json", {"modality": "text"})
        records.write(build.path, columns)
        jsonio.write(build.path / "model.json", {"schema": 1, "networks": {}, "extra": {}})
        weights.save(build.path / "weights.safetensors", {})
        build.commit(fields={name: {"modality": "text"} for name in FIELDS})


def _write_field(folder: Path, name: str, number: int, label: np.ndarray) -> np.ndarray:
    rng = np.random.default_rng([0, 2, number])
    prototypes = rng.standard_normal((CLASSES, TOKENS, DIM)).astype(np.float32)
    present = rng.random(len(label)) > 0.1
    with (
        RowWriter(folder / "tokens" / f"{name}.npy", (TOKENS, DIM), np.float16) as tokens,
        RowWriter(folder / "vectors" / f"{name}.npy", (DIM,), np.float32) as vectors,
    ):
        for begin in range(0, len(label), CHUNK):
            rows = prototypes[label[begin : begin + CHUNK]]
            rows = (rows + 2.0 * rng.standard_normal(rows.shape, np.float32)) * present[begin : begin + CHUNK, None, None]
            mean = rows.mean(1)
            tokens.append(rows)
            vectors.append(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9))
    return present


def measure(folder: Path, count: int, batch_size: int) -> tuple[float, float, float]:
    """Seconds of wall time, of processor time, and peak memory in MB, of one run of `fuse`."""
    source, out = folder / f"embeddings-{count}", folder / f"fused-{count}"
    write_embeddings(source, count)
    command = [sys.executable, "-m", "mmcli", "fuse", str(source), "-o", str(out), "--epochs", "1", "--batch-size", str(batch_size), "-q"]
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"fuse ended with code {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Measure, print, extrapolate by a straight line through the last two."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[25_000, 100_000])
    parser.add_argument("--batch-size", type=int, default=128)
    options = parser.parse_args()
    rows = []
    print(f"{'records':>10}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}{'CPU ms/record':>16}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for count in options.records:
            row = (count, *measure(Path(folder), count, options.batch_size))
            rows.append(row)
            print(f"{row[0]:>10,}{row[1]:>10.1f}{row[2]:>10.1f}{row[3]:>10.0f}{1000 * row[2] / row[0]:>16.2f}", flush=True)
    if len(rows) > 1:
        (n1, *first), (n2, *second) = rows[-2:]
        at = [b + (b - a) / (n2 - n1) * (MILLION - n2) for a, b in zip(first, second, strict=True)]
        print(f"{MILLION:>10,}{at[0]:>10.1f}{at[1]:>10.1f}{at[2]:>10.0f}{1000 * at[1] / MILLION:>16.2f}   (straight line)")


if __name__ == "__main__":
    main()
