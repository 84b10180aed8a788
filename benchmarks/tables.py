"""Reading a CSV table: rows per second of `csv.DictReader`, of our reader, and of the whole way to records.

The reader also looks for quotation marks that swallow rows, bytes of other encodings and NUL; records are what
`preprocess` goes through before it decodes: two passes, one for the columns' meaning and one for the records.

    python benchmarks/tables.py [--rows 200000]
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from mmcli.data.layouts.delimited import csv_rows
from mmcli.data.layouts.folder import read_raw

WORDS = ["red", "blue", "green", "big", "small", "old", "new", "cat", "dog", "car", "tree", "house"]
TURNS = 5


def make(path: Path, rows: int) -> None:
    """Write captions of which every fifth is quoted and every seventh is not ASCII."""
    rng = random.Random(0)
    with path.open("w", encoding="utf-8", newline="") as handle:
        handle.write("id,caption,note,label,width\n")
        for i in range(rows):
            caption = " ".join(rng.choices(WORDS, k=10))
            note = " ".join(rng.choices(WORDS, k=5)) + ("" if i % 7 else " café")
            cell = caption if i % 5 else f'"{caption}, and more"'
            handle.write(f"{i},{cell},{note},{WORDS[i % 5]},{3 * i}\n")


def plain(folder: Path) -> int:
    """Number of rows that `csv.DictReader` gives."""
    with (folder / "metadata.csv").open(encoding="utf-8", newline="") as handle:
        return sum(1 for _ in csv.DictReader(handle))


def ours(folder: Path) -> int:
    """Number of rows that our reader gives."""
    return sum(1 for _ in csv_rows(folder / "metadata.csv"))


def records(folder: Path) -> int:
    """Number of records of the folder, with the inference of the columns' meaning."""
    raw = read_raw(folder)
    return len(raw.fields) and sum(1 for _ in raw.records())


def main() -> None:
    """Measure in turns, and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    measured: dict[str, Callable[[Path], int]] = {"csv.DictReader": plain, "our reader": ours, "to records": records}
    best = dict.fromkeys(measured, float("inf"))
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "metadata.csv", rows)
        for _ in range(TURNS):
            for name, function in measured.items():
                begin = time.process_time()
                assert function(Path(folder)) == rows
                best[name] = min(best[name], time.process_time() - begin)
    print("| what | rows per second |\n|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {rows / seconds:,.0f} |")


if __name__ == "__main__":
    main()
