"""Items per second of `generate` after loading, at 32 x 32, with and without files; and its peak memory.

Makes the keypad pictures at 32 x 32, runs the pipeline with a tiny budget (speed does not depend on
training), runs `mmcli generate` some times in processes of their own and prints one table of medians.

    python benchmarks/generate.py --num 10000 --repeats 3 --many 1000000
"""

from __future__ import annotations

import argparse
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

PIPELINE = """
demo-data -o {work}/raw
preprocess {work}/raw --image-size {size} --image-mode {mode} -o {work}/1-dataset
embed {work}/1-dataset --epochs 1 -o {work}/2-embeddings
fuse {work}/2-embeddings --epochs 1 -o {work}/3-fused
train-gan {work}/1-dataset {work}/3-fused --target photo --given caption --kimg 0.5 --ticks 1 -o {work}/4-gan
"""
SPEED = re.compile(r"([\d,]+) items/s")


def mmcli(*arguments: str) -> str:
    """Run a command; returns what it says on stderr."""
    done = subprocess.run([sys.executable, "-m", "mmcli", *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr


def speed(work: Path, num: int, *options: str) -> float:
    """Items per second of one run."""
    out = work / "out"
    said = mmcli("generate", str(work / "4-gan"), "--text", "please dial seven now", "--num", str(num), "-o", str(out), *options)
    shutil.rmtree(out)
    found = SPEED.search(said)
    assert found, said
    return float(found[1].replace(",", ""))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=0, help="also this many without files, for the peak memory")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--mode", default="L", choices=("L", "RGB"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for line in PIPELINE.strip().format(work=work, size=options.size, mode=options.mode).splitlines():
            mmcli(*line.split())
        print(f"| {options.num:,} pictures of {options.size} x {options.size} {options.mode} | images/s, median | least | most |")
        print("|---|---|---|---|")
        for name, flags in (("without files", ["--no-files"]), ("with PNG files", [])):
            found = [speed(work, options.num, *flags) for _ in range(options.repeats)]
            print(f"| {name} | {statistics.median(found):,.0f} | {min(found):,.0f} | {max(found):,.0f} |", flush=True)
        if options.many:
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            found = [speed(work, options.many, "--no-files")]
            after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            print(f"| {options.many:,} without files | {found[0]:,.0f} | | |")
            print(f"\nPeak memory: {before / 1024:,.0f} MiB up to there, {after / 1024:,.0f} MiB with {options.many:,} items")


if __name__ == "__main__":
    main()
