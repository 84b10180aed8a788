"""One framework's trainer in a process of its own, told over a pipe to train for so many seconds.

Two processes take turns, so that neither's threads are there while the other is measured.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

RECORDS, CLASSES, SUBSETS, STEPS = 4096, 10, 2, 8


def problem(options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Pictures `[n, H, W, C]` uint8 and conditions `[n, 2, D]` float16; speed does not depend on their content."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (RECORDS, *options["shape"]), dtype=np.uint8)
    conditions = np.zeros((RECORDS, SUBSETS, options["condition"]), np.float16)
    conditions[:, 1] = rng.standard_normal((CLASSES, options["condition"]))[rng.integers(0, CLASSES, RECORDS)]
    return rows, conditions


class Ours:
    """mmcli's own trainer through its own `run`, batches and conditions drawn as in `train-gan`."""

    names = ("mmcli",)

    def __init__(self, options: dict[str, Any]) -> None:
        from mmcli.conditioning.table import ConditionTable
        from mmcli.core.ui import Ui
        from mmcli.nn import runtime
        from mmcli.stages.train_gan.options import TrainGanConfig

        runtime.start(Ui(quiet=True), 0, "auto", side_by_side=True)
        from mmcli.generators.gan.pairing_gan import PairingGan
        from mmcli.training.loop import batches

        rows, conditions = problem(options)
        known = ("learning_rate", "gamma", "penalty_interval", "mismatch", "ema_decay", "batch_size")
        figures = {name: options[name] for name in known}
        config = TrainGanConfig(target="image", given=("class",), width=32, preset="compact", augment=("none",), **figures)
        table = ConditionTable(conditions, np.ones(len(rows), np.int64))
        self._trainer = PairingGan("image", rows, list(options["shape"]), table, config)
        self._batches, self._size, self._step = batches, config.batch_size, 0

    def __call__(self, name: str, seconds: float) -> tuple[float, float]:
        """Steps per second, and the share of the time outside the graph."""
        del name
        begin, graph, first = time.perf_counter(), self._trainer.graph_seconds, self._step
        while (passed := time.perf_counter() - begin) < seconds:
            self._trainer.run(self._step, self._batches(0, self._step, STEPS, RECORDS, self._size), 0.1)
            self._step += STEPS
        return (self._step - first) / passed, 1 - (self._trainer.graph_seconds - graph) / passed


class Twins:
    """The same in PyTorch, in every setting."""

    def __init__(self, options: dict[str, Any]) -> None:
        import torch
        from image_gan.twin import Shape, Trainer, settings

        torch.manual_seed(0)
        rows, conditions = problem(options)
        self._size, self._rng = options["batch_size"], np.random.default_rng(1)
        flat = np.ascontiguousarray(conditions[:, 1])
        height, width, colours = options["shape"]
        shape = Shape(height, width, colours, options["condition"])
        self._trainers, self._steps = {}, {}
        for setting in settings():
            if options.get("only", "") in setting.name:
                self._trainers[setting.name] = Trainer(shape, rows, flat, options, setting)
                self._steps[setting.name] = 0
        self.names = tuple(self._trainers)

    def __call__(self, name: str, seconds: float) -> tuple[float, float]:
        """Steps per second."""
        begin, first = time.perf_counter(), self._steps[name]
        while (passed := time.perf_counter() - begin) < seconds:
            self._trainers[name].step(self._steps[name], self._rng.integers(0, RECORDS, self._size))
            self._steps[name] += 1
        return (self._steps[name] - first) / passed, 0.0


class Worker:
    """The other end of the pipe.

    Args:
        kind: `ours` or `twin`.
        options: See `problem`, and the training's figures.
    """

    def __init__(self, kind: str, options: dict[str, Any]) -> None:
        command = [sys.executable, str(Path(__file__).parents[1] / "gan_image.py"), "worker", kind, json.dumps(options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.names: list[str] = self._read()

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            sys.exit(f"a worker ended with code {self._process.wait()}")
        return json.loads(line)

    def run(self, name: str, seconds: float) -> tuple[float, float]:
        """Train; steps per second and the share of host time."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([name, seconds]) + "\n")
        self._process.stdin.flush()
        rate, host = self._read()
        return rate, host

    def close(self) -> float:
        """End it; its peak memory in MB."""
        assert self._process.stdin
        self._process.stdin.close()
        peak = float(self._read())
        self._process.wait()
        return peak


def serve(kind: str, options: dict[str, Any]) -> None:
    """Be a worker until the pipe closes."""
    trainer = Ours(options) if kind == "ours" else Twins(options)
    print(json.dumps(trainer.names), flush=True)
    for line in sys.stdin:
        print(json.dumps(trainer(*json.loads(line))), flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
