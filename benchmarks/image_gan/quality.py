"""Quality after stated seconds of training, through mmcli's own commands from the publisher's files on.

Training is a function of its steps, so seconds become a budget of pictures at the rate that `speed`
printed, and the run itself may share the machine.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from image_gan import judge

NUM = judge.NUM_SAMPLES


def add_parser(parts: Any) -> None:
    """Declare the part's options."""
    one = parts.add_parser("quality", help="judge-FID and judged-as-asked on Fashion-MNIST after stated seconds")
    one.add_argument("source", type=Path, help="folder with Fashion-MNIST's IDX files")
    one.add_argument("--work", type=Path, required=True, help="folder for artifacts; what is there is used")
    one.add_argument("--rate", type=float, required=True, help="items/s of the idle machine, see speed")
    one.add_argument("--seconds", type=float, nargs="+", default=[120.0, 300.0])
    one.add_argument("--seeds", type=int, nargs="+", default=[0])


def mmcli(*words: object) -> None:
    """Run a command of ours; a command that is up to date does nothing."""
    subprocess.run([sys.executable, "-m", "mmcli", *map(str, words), "-q"], check=True, stdout=subprocess.DEVNULL)


def prepare(source: Path, work: Path) -> None:
    """From the publisher's files to conditions; all 60,000 train pictures are used."""
    mmcli("import", "fashion-mnist", source, "-o", work / "raw")
    mmcli("preprocess", work / "raw", "-o", work / "1-dataset", "--image-size", 32, "--val", 0)
    mmcli("embed", work / "1-dataset", "-o", work / "2-embeddings", "--epochs", 2)
    mmcli("fuse", work / "2-embeddings", "-o", work / "3-fused", "--epochs", 2)


def made(work: Path, kimg: float, seed: int) -> tuple[np.ndarray, list[str]]:
    """Train, generate for the first test records, and read: pictures and the class names asked for."""
    gan, samples = work / f"4-gan-{kimg:g}-{seed}", work / f"5-samples-{kimg:g}-{seed}"
    given = ("--target", "image", "--given", "class", "--kimg", kimg, "--seed", seed)
    mmcli("train-gan", work / "1-dataset", work / "3-fused", *given, "-o", gan)
    mmcli("generate", gan, "--from", work / "1-dataset", "--num", NUM, "-o", samples)
    lines = (samples / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return np.load(samples / "rows.npy"), [json.loads(line)["label"] for line in lines]


def run(arguments: argparse.Namespace) -> None:
    """Print one table."""
    work = arguments.work
    prepare(arguments.source, work)
    data = judge.Data.load(work / "1-dataset")
    scorer = judge.Scorer(data, judge.load(data, work / "judge.safetensors"))
    print(
        f"judge {scorer.judge.sha256[:16]}, test accuracy {scorer.accuracy:.3f}; {NUM:,} pictures against {len(data.test):,} test pictures"
    )
    print(f"{'training':<24}{'kimg':>8}{'judge-FID':>12}{'as asked':>10}")
    real = scorer.real()
    print(f"{'real train pictures':<24}{'':>8}{real.distance:>12.3f}{real.as_asked:>10.3f}")
    for seconds in arguments.seconds:
        kimg = round(arguments.rate * seconds / 1000)
        for seed in arguments.seeds:
            pictures, asked = made(work, kimg, seed)
            found = scorer.score(pictures, np.array([data.names.index(name) for name in asked]))
            print(f"{f'{seconds:g} s, seed {seed}':<24}{kimg:>8}{found.distance:>12.3f}{found.as_asked:>10.3f}", flush=True)
