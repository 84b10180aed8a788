"""The image GAN: speed against its twin in PyTorch, and quality after stated seconds of training.

Needs the extra `bench`. Each part prints one table:

    python benchmarks/gan_image.py speed
    python benchmarks/gan_image.py speed --shape 128 128 3 --batch-size 16 --only fp32
    python benchmarks/gan_image.py quality fashion-mnist --work work --rate 2400 --seconds 120 300
    python benchmarks/gan_image.py captions emoji --work work --kimg 2890 3940
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
from image_gan import captions, quality, workers
from turns import Worker, serve

WARM_UP_S = 8.0


def options_of(arguments: argparse.Namespace) -> dict[str, object]:
    """What both frameworks are told."""
    return {
        "shape": arguments.shape,
        "condition": arguments.condition,
        "batch_size": arguments.batch_size,
        "mismatch": arguments.mismatch,
        "only": arguments.only,
        "learning_rate": 4e-4,
        "gamma": 0.1,
        "penalty_interval": 4,
        "ema_decay": 0.998,
    }


def speed(arguments: argparse.Namespace) -> None:
    """Let ours and each setting of the twin take turns; print items/s and ratios.

    Medians are of all rounds. Best rounds stand beside them, for on a machine that others use too
    they come nearest to what it does alone; ours are then only those beside the same setting's.
    """
    if importlib.util.find_spec("torch") is None:
        sys.exit("PyTorch is missing: pip install 'mmcli[bench]'")
    options = options_of(arguments)
    ours, twin = (Worker(Path(__file__), kind, options) for kind in ("ours", "twin"))
    for worker in (ours, twin):
        for name in worker.names:
            worker.run(name, WARM_UP_S)
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in twin.names}
    hosts = []
    for _ in range(arguments.rounds):
        for name in twin.names:
            own, host = ours.run("mmcli", arguments.seconds)
            pairs[name].append((own, twin.run(name, arguments.seconds)[0]))
            hosts.append(host)
    peaks = [worker.close() for worker in (ours, twin)]
    shape = " x ".join(map(str, arguments.shape))
    print(f"{shape}, batch {arguments.batch_size}; {arguments.rounds} rounds of {arguments.seconds:g} s each")
    print(f"{'':<42}{'items/s':>10}{'best round':>12}{'ms/step':>10}{'mmcli is':>10}{'of best':>10}")
    everything = np.array([own for found in pairs.values() for own, _ in found])
    _print_row("mmcli", everything, arguments.batch_size)
    for name, found in pairs.items():
        own, rates = np.array(found).T
        ratios = f"{np.median(own / rates):>9.2f}x{own.max() / rates.max():>9.2f}x"
        _print_row(name, rates, arguments.batch_size, ratios)
    print(f"host overhead {np.median(hosts):.1%}; ", end="")
    print(f"peak memory: mmcli {peaks[0]:,.0f} MB, PyTorch {peaks[1]:,.0f} MB ({len(twin.names)} trainers)")


def _print_row(name: str, rates: np.ndarray, batch_size: int, ratios: str = "") -> None:
    middle, best = np.median(rates), rates.max()
    print(f"{name:<42}{middle * batch_size:>10,.0f}{best * batch_size:>12,.0f}{1000 / middle:>10.1f}{ratios}")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    whole = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parts = whole.add_subparsers(dest="part")
    one = parts.add_parser("speed", help="training steps against PyTorch")
    one.add_argument("--shape", type=int, nargs=3, default=[32, 32, 1], metavar=("H", "W", "C"))
    one.add_argument("--condition", type=int, default=320, help="width of the condition: 64 x (4 + 1) of fuse's defaults")
    one.add_argument("--batch-size", type=int, default=64)
    one.add_argument("--mismatch", type=float, default=0.0, help="weight of the mismatched pairs, in both")
    one.add_argument("--only", default="", help="settings of PyTorch whose name holds this")
    one.add_argument("--seconds", type=float, default=3.0)
    one.add_argument("--rounds", type=int, default=3)
    quality.add_parser(parts)
    captions.add_parser(parts)
    hidden = parts.add_parser("worker")
    hidden.add_argument("kind")
    hidden.add_argument("options")
    return whole


def main() -> None:
    """Run one part."""
    arguments = parser().parse_args()
    if arguments.part == "worker":
        sys.path.insert(0, str(Path(__file__).parent))
        serve((workers.Ours if arguments.kind == "ours" else workers.Twins)(json.loads(arguments.options)))
    elif arguments.part == "quality":
        quality.run(arguments)
    elif arguments.part == "captions":
        captions.run(arguments)
    else:
        speed(parser().parse_args(sys.argv[1:] or ["speed"]))


if __name__ == "__main__":
    main()
