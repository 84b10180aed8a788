"""One space for written, spoken and named digits: retrieval, probes, and what happens where there is nothing to learn.

Makes the triples of `digits.py` (2,000 train, 300 test), runs `mmcli preprocess` and `mmcli embed`
with their defaults, and again on triples whose parts do not belong together. The peer of the
probes is a linear classifier on the inputs themselves: pixels, and spectrograms averaged in time.

    python benchmarks/embed.py --mnist mnist --fsdd free-spoken-digit-dataset/recordings
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from digits import add_arguments, write_triples

from mmcli.artifacts import records, store
from mmcli.metrics.paired.retrieval import retrieve
from mmcli.metrics.probe import linear_probe
from mmcli.modalities.fields import open_rows

AVERAGED = 8  # frames
WARNING = "may not belong together"  # how both warnings end


def run(*arguments: str) -> tuple[float, str]:
    """Seconds of a command, and what it wrote to standard error."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "mmcli", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return time.perf_counter() - begin, done.stderr


def plain_probe(dataset: Path, field: str) -> float:
    """Accuracy of a linear classifier on a field's own values."""
    source, table = store.open_artifact(dataset, verify=False), records.read(dataset)
    rows = np.asarray(open_rows(source, field), np.float32)
    if rows.ndim == 3:
        rows = rows.reshape(len(rows), -1, AVERAGED, rows.shape[2]).mean(2)
    rows = rows.reshape(len(rows), -1)
    labels = table.label_ids()[0]
    train, test = table.rows("train"), table.rows("test")
    return linear_probe(rows[train], labels[train], rows[test], labels[test])


def row(what: str, peer: str, ours: str, bar: str) -> None:
    """Print a line of the table."""
    print(f"| {what} | {peer} | {ours} | {bar} |", flush=True)


def bench_triples(work: Path, given: argparse.Namespace) -> None:
    """Real triples."""
    write_triples(work / "raw", given.mnist, given.fsdd, seed=given.seed)
    run("preprocess", str(work / "raw"), "-o", str(work / "dataset"), "-q")
    seconds, _ = run("embed", str(work / "dataset"), "-o", str(work / "out"), "--seed", str(given.seed), "-q")
    summary = store.open_artifact(work / "out").manifest.summary
    chance, probes = f"chance {summary['chance']:.3f}", summary["probes"]
    scores = {name: scores["R@1"] for name, scores in summary["retrieval"].items()}
    row("seconds of `embed`, all of it", "", f"{seconds:.0f} s, {summary['epochs']} epochs", "<= 120 s of training")
    row("mean R@1 of six directions", chance, f"{summary['r1']:.3f}", ">= .97")
    for name, score in scores.items():
        row(f"R@1, {name}", chance, f"{score:.3f}", ">= .94")
    row("linear probe, image", f"pixels {plain_probe(work / 'dataset', 'image'):.3f}", f"{probes['image']:.3f}", ">= .97")
    row("linear probe, sound", f"spectrogram {plain_probe(work / 'dataset', 'sound'):.3f}", f"{probes['sound']:.3f}", ">= .98")
    row("linear probe, caption", "", f"{probes['caption']:.3f}", "")
    table = records.read(work / "out")
    test = table.rows("test")
    constant = np.ones((len(test), 8), np.float32)
    found = retrieve(constant, constant, table.label_ids()[0][test])
    row("R@1 of constant encoders", f"chance {found.chance[1]:.3f}", f"{found.recall[1]:.3f}", "at chance")


def bench_shuffled(work: Path, given: argparse.Namespace) -> None:
    """Triples that do not belong together."""
    write_triples(work / "raw-shuffled", given.mnist, given.fsdd, seed=given.seed, shuffled=True)
    run("preprocess", str(work / "raw-shuffled"), "-o", str(work / "dataset-shuffled"), "-q")
    _, told = run("embed", str(work / "dataset-shuffled"), "-o", str(work / "out-shuffled"), "--seed", str(given.seed))
    summary = store.open_artifact(work / "out-shuffled").manifest.summary
    warned = "warning printed" if WARNING in told else "no warning"
    row("shuffled triples, mean R@1", f"chance {summary['chance']:.3f}", f"{summary['r1']:.3f}, {warned}", "at chance, with the warning")


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("| digits | peer | mmcli | bar |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bench_triples(Path(folder), given)
        bench_shuffled(Path(folder), given)


if __name__ == "__main__":
    main()
