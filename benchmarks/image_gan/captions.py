"""Few captioned pictures: distance of what unseen captions give, and whether a picture is found by its caption.

Everything through mmcli's own commands from the publisher's files on. Two judges that no GAN has seen
give the distances: one learned the labels of the real train pictures, one to tell them apart. The
retrieval encoders come from another `embed` run, with another seed, than the condition.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from image_gan.quality import mmcli

DRAWS, AMONG, DEPTH = 20, 100, 10
_OTHER_SEED = 7
RUNS = {"as it comes": (), "unaugmented": ("--augment", "none", "--condition-noise", 0, "--eval-items", 0)}


def add_parser(parts: Any) -> None:
    """Declare the part's options."""
    one = parts.add_parser("captions", help="KID and caption retrieval on the emoji after stated seconds")
    one.add_argument("source", type=Path, help="folder of the emoji's pictures and their names")
    one.add_argument("--work", type=Path, required=True, help="folder for artifacts; what is there is used")
    one.add_argument("--kimg", type=float, nargs=2, required=True, help="budgets of the two runs: seconds times the idle rate of each")


def prepare(source: Path, work: Path) -> None:
    """From the publisher's files to conditions, and the encoders that judge."""
    mmcli("import", "emoji", source, "-o", work / "raw")
    mmcli("preprocess", work / "raw", "-o", work / "1-dataset", "--image-size", 32, "--image-mode", "RGB")
    mmcli("embed", work / "1-dataset", "-o", work / "2-embeddings")
    mmcli("embed", work / "1-dataset", "-o", work / "2-other", "--seed", _OTHER_SEED)
    mmcli("fuse", work / "2-embeddings", "-o", work / "3-fused")


class Scorer:
    """Reads the data set once and scores pictures of its captions."""

    def __init__(self, work: Path) -> None:
        from mmcli.artifacts import arrays, records, store
        from mmcli.core.ui import Ui
        from mmcli.modalities import codec_file, judges, read_codec
        from mmcli.nn import networks_io, runtime

        runtime.start(Ui(quiet=True), 0)
        data, other = store.open_artifact(work / "1-dataset"), store.open_artifact(work / "2-other")
        self.table, self.codec = records.read(data.path), read_codec(data.file(codec_file("image")))
        rows = np.asarray(arrays.load(data.file("fields/image.npy")))
        self.pictures = self.codec.to_network(rows)
        self.captions = np.asarray(arrays.load(other.file("vectors/caption.npy")))
        self._encoder = networks_io.load(other.path, ("encoder.image",))[0]["encoder.image"].model
        (labels, names), train = self.table.label_ids(), self.table.rows("train")
        self._judges = []
        for seed, classes in ((0, names), (3, [])):
            runtime.reseed(seed)
            self._judges.append(judges.train(self.codec, classes, rows[train], labels[train], seed, Ui(quiet=True)))

    def distances(self, pictures: np.ndarray, real: np.ndarray) -> list[float]:
        """KID in each judge's features."""
        from mmcli.metrics.unpaired.kid import kernel_distance

        return [kernel_distance(one.read(pictures)[0], one.read(real)[0]) for one in self._judges]

    def found(self, pictures: np.ndarray, rows: np.ndarray) -> float:
        """How often the caption is among the nearest ten of a hundred, its own and 99 others."""
        chunks = [np.asarray(self._encoder(pictures[i : i + 200], training=False)["vector"]) for i in range(0, len(pictures), 200)]
        vectors, rng, shares = np.concatenate(chunks), np.random.default_rng(5), []
        for _ in range(DRAWS):
            chosen = rng.permutation(len(rows))[:AMONG]
            near = vectors[chosen] @ self.captions[rows[chosen]].T
            shares.append(((near > np.diag(near)[:, None]).sum(1) < DEPTH).mean())
        return float(np.mean(shares))


def made(work: Path, gan: Path, split: str, count: int) -> np.ndarray:
    """A picture of each caption of a split, rows."""
    samples = work / f"{gan.name}-{split}"
    mmcli("generate", gan, "--from", work / "1-dataset", "--split", split, "--num", count, "--no-files", "-o", samples)
    return np.asarray(np.load(samples / "rows.npy"))


def run(arguments: argparse.Namespace) -> None:
    """Print one table."""
    work = arguments.work
    prepare(arguments.source, work)
    for number, (name, options) in enumerate(RUNS.items()):
        given = ("--target", "image", "--kimg", arguments.kimg[number], *options)
        mmcli("train-gan", work / "1-dataset", work / "3-fused", *given, "-o", work / f"4-{name.split()[0]}")
    scorer = Scorer(work)
    splits = {"train": ("train",), "unseen": ("val", "test")}
    rows = {label: np.concatenate([scorer.table.rows(split) for split in names]) for label, names in splits.items()}
    unseen = scorer.pictures[rows["unseen"]]
    print(f"{'pictures':<24}{'captions':>10}{'KID, labels':>14}{'KID, contrast':>15}{f'R@{DEPTH} of {AMONG}':>14}")
    for label in splits:
        _print_row("real", label, scorer, unseen if label == "unseen" else scorer.pictures[rows[label]], rows, unseen)
    for name in RUNS:
        for label, names in splits.items():
            parts = [made(work, work / f"4-{name.split()[0]}", split, len(scorer.table.rows(split))) for split in names]
            pictures = scorer.codec.to_network(np.concatenate(parts))
            _print_row(name, label, scorer, pictures, rows, unseen)


def _print_row(name: str, label: str, scorer: Scorer, pictures: np.ndarray, rows: dict[str, np.ndarray], unseen: np.ndarray) -> None:
    distances = scorer.distances(pictures, unseen) if pictures is not unseen else None
    shown = "".join(f"{value:>{width}.4f}" for value, width in zip(distances, (14, 15), strict=True)) if distances else " " * 29
    print(f"{name:<24}{label:>10}{shown}{scorer.found(pictures, rows[label]):>14.3f}", flush=True)
