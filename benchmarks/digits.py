"""Digits that are written, spoken and named, joined by digit: a raw folder of real triples.

Pictures are MNIST's test files, sounds the Free Spoken Digit Dataset with its publisher's test
split (index 0 to 4), texts sentences whose templates differ from split to split. No picture and no
recording is used twice.

    python benchmarks/digits.py --mnist mnist --fsdd free-spoken-digit-dataset/recordings -o raw
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

TRAIN, VAL, TEST = 2_000, 300, 300
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEMPLATES = {
    "train": (
        "This is a {}.",
        "The digit is {}.",
        "Someone says {}.",
        "I see the number {} here.",
        "A handwritten {}.",
        "It reads {}.",
        "We heard the word {}.",
        "Please write {} on the line.",
        "The answer is {}, I think.",
        "Here is a {}.",
        "Number {} it is.",
        "A voice that says {}.",
    ),
    "val": ("That must be a {}.", "They wrote {} on the board.", "Can you read this {}?", "Somebody called out {}."),
    "test": ("What you have is {}.", "Look, another {}!", "My friend drew the figure {} for me.", "She pronounced {} twice."),
}
RECORDING = re.compile(r"(\d)_[a-z]+_(\d+)\.wav")
PUBLISHED_TEST = 5  # recordings of a lower index


def read_idx(path: Path) -> np.ndarray:
    """Pictures `[N, 28, 28]` or labels `[N]` of an IDX file."""
    data = gzip.decompress(path.read_bytes())
    axes = data[3]
    shape = np.frombuffer(data, ">u4", axes, 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def recordings(folder: Path) -> dict[str, list[list[Path]]]:
    """Recordings of the publisher's two splits, per digit."""
    found: dict[str, list[list[Path]]] = {"train": [[] for _ in range(10)], "test": [[] for _ in range(10)]}
    for path in sorted(folder.glob("*.wav")):
        match = RECORDING.fullmatch(path.name)
        if match:
            split = "test" if int(match[2]) < PUBLISHED_TEST else "train"
            found[split][int(match[1])].append(path)
    return found


def write_triples(folder: Path, mnist: Path, fsdd: Path, *, seed: int = 0, shuffled: bool = False) -> None:
    """Write the raw folder; `shuffled` takes each part of a record from records of any digit, and no label."""
    rng = np.random.default_rng([seed, 1])
    pictures = read_idx(mnist / "t10k-images-idx3-ubyte.gz")
    digits = read_idx(mnist / "t10k-labels-idx1-ubyte.gz")
    drawn = [list(rng.permutation(np.flatnonzero(digits == d))) for d in range(10)]
    spoken = recordings(fsdd)
    for part in spoken.values():
        for listed in part:
            rng.shuffle(listed)
    (folder / "image").mkdir(parents=True)
    (folder / "sound").mkdir()
    with (folder / "metadata.jsonl").open("w") as table:
        for split, count in (("train", TRAIN), ("val", VAL), ("test", TEST)):
            said = [int(d) for d in rng.permutation(np.arange(count) % 10)] if shuffled else [i % 10 for i in range(count)]
            named = [int(d) for d in rng.permutation(np.arange(count) % 10)] if shuffled else said
            for i in range(count):
                row = {"id": f"{split}-{i:04d}", "split": split}
                picture, sound = drawn[i % 10].pop(), spoken["test" if split == "test" else "train"][said[i]].pop()
                Image.fromarray(pictures[picture]).save(folder / "image" / f"{picture:05d}.png")
                shutil.copyfile(sound, folder / "sound" / sound.name)
                template = TEMPLATES[split][rng.integers(len(TEMPLATES[split]))]
                row |= {"image_file_name": f"image/{picture:05d}.png", "sound_file_name": f"sound/{sound.name}"}
                row |= {"caption": template.format(WORDS[named[i]])}
                table.write(json.dumps(row if shuffled else row | {"label": str(said[i])}) + "\n")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the publishers' files lie."""
    parser.add_argument("--mnist", type=Path, default=Path("mnist"), help="folder of MNIST's t10k files")
    parser.add_argument("--fsdd", type=Path, default=Path("recordings"), help="folder of the Free Spoken Digit Dataset's WAV files")


def main() -> None:
    """Write the raw folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    write_triples(given.out, given.mnist, given.fsdd, seed=given.seed)


if __name__ == "__main__":
    main()
