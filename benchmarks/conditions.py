"""Memory and time of the conditions of a training: fused when a step needs them, against one for every subset of the given fields.

    python benchmarks/conditions.py
    python benchmarks/conditions.py --records 20000 --fields 3

Tokens lie in files, as `embed` writes them. Each way has a process of its own; its peak is told beside what
the same process held before it read the first token, TensorFlow and the fusion network included.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

TOKENS, LATENTS, BATCH, STEPS_PER_CALL = 4, 4, 64, 8
WAYS = {"fused when needed": "ours", "every subset": "enumerated"}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    whole.add_argument("--records", type=int, default=60_000)
    whole.add_argument("--fields", type=int, default=6, help="given fields")
    whole.add_argument("--dim", type=int, default=64)
    whole.add_argument("--steps", type=int, default=2_000)
    whole.add_argument("--way", choices=tuple(WAYS.values()), help=argparse.SUPPRESS)
    whole.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return whole


def write_tokens(folder: Path, arguments: argparse.Namespace) -> None:
    """A file of float16 tokens per field, row by row."""
    from mmcli.artifacts.rowfile import RowWriter

    rng = np.random.default_rng(0)
    for number in range(arguments.fields):
        with RowWriter(folder / f"{number}.npy", (TOKENS, arguments.dim), np.float16) as writer:
            for begin in range(0, arguments.records, 1000):
                count = min(1000, arguments.records - begin)
                writer.append(rng.standard_normal((count, TOKENS, arguments.dim)).astype(np.float16))


def conditioner_of(arguments: argparse.Namespace) -> Any:
    """A fusion network of the given fields and the target."""
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0, side_by_side=True)
    from mmcli.conditioning.fused import FusedConditioner
    from mmcli.nn import networks_io

    names = [str(number) for number in range(arguments.fields)]
    sizes = {"fields": len(names) + 1, "tokens": TOKENS, "dim": arguments.dim, "latents": LATENTS, "heads": 4, "layers": 1}
    fused = FusedConditioner({"fusion": networks_io.build("fusion", sizes)}, {"fields": [*names, "target"]}, "")
    fused.fuse(np.zeros((1, len(names) + 1, TOKENS, arguments.dim), np.float16), np.ones((1, len(names) + 1)))  # traces the graph
    return fused


def ours(arguments: argparse.Namespace, fused: Any) -> dict[str, float]:
    """Contexts of so many steps, as the trainers of `train-gan` ask for them."""
    from mmcli.artifacts.rowreader import RowReader
    from mmcli.conditioning.given import GivenFields
    from mmcli.conditioning.given_tokens import held
    from mmcli.training.loop import batches

    readers = {name: RowReader(arguments.folder / f"{name}.npy") for name in fused.fields[:-1]}
    present = np.ones((arguments.records, arguments.fields), bool)
    given = GivenFields(fused, held(readers), present, np.arange(arguments.records))
    begin = time.perf_counter()
    for step in range(0, arguments.steps, STEPS_PER_CALL):
        given.draw(0, step, batches(0, step, STEPS_PER_CALL, arguments.records, BATCH), 0.3, 0.1).rows()
    return {"ms_per_step": 1000 * (time.perf_counter() - begin) / arguments.steps}


def enumerated(arguments: argparse.Namespace, fused: Any) -> dict[str, float]:
    """A table of every subset of the fields for every record. Its memory is that of the table; only some of it is computed."""
    values = np.zeros((arguments.records, 2**arguments.fields, (LATENTS + 1) * arguments.dim), np.float16)
    values += np.float16(1)  # every page is written to
    sample = np.zeros((256, len(fused.fields), TOKENS, arguments.dim), np.float16)
    begin = time.perf_counter()
    for _ in range(10):
        fused.fuse(sample, np.ones((256, len(fused.fields)))).rows()
    rate = (time.perf_counter() - begin) / 2560
    return {"ms_per_step": 0.0, "seconds_before": rate * arguments.records * (2**arguments.fields - 1)}


def peak_mb() -> float:
    """Of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # kibibytes; near enough


def run_one(arguments: argparse.Namespace) -> None:
    """One way, in a process of its own."""
    fused = conditioner_of(arguments)
    before = peak_mb()
    figures = {"ours": ours, "enumerated": enumerated}[arguments.way](arguments, fused)
    print(json.dumps({**figures, "peak_mb": peak_mb() - before}))


def main() -> None:
    """Print the table."""
    arguments = parser().parse_args()
    if arguments.way:
        run_one(arguments)
        return
    print(f"{arguments.records:,} records, {arguments.fields} given fields, {TOKENS} tokens of {arguments.dim}, {LATENTS} latents")
    print(f"{'conditions':<22}{'peak memory, MB':>18}{'ms per step of 64':>20}{'s before the first step':>26}")
    with tempfile.TemporaryDirectory() as folder:
        write_tokens(Path(folder), arguments)
        for name, way in WAYS.items():
            words = ["--folder", folder, "--way", way]
            for option in ("records", "fields", "dim", "steps"):
                words += [f"--{option}", str(vars(arguments)[option])]
            done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(f"{name:<22}{found['peak_mb']:>18,.0f}{found['ms_per_step']:>20.2f}{found.get('seconds_before', 0.0):>26.0f}")


if __name__ == "__main__":
    main()
