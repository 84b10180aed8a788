"""Training and decoding of the text generator beside the same network in PyTorch, in turns; prints one table.

    pip install -e '.[bench]'
    python benchmarks/sequence_twin.py --turns 5 --seconds 15

Each side is a process of its own that sleeps while the other one is measured. Both read the same batches of made-up pairs of
sentences (5 to 30 tokens, 14 on average, of 6,000), with four blocks of width 128 on each side, dropout, label smoothing, clipped
gradients, Adam and averaged weights. PyTorch has its fastest parts: fused Adam, its own attention and norm, the vocabulary's
product at real positions only.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from turns import Worker, serve

from mmcli.generators.sequence.plan import BatchPlan

PAIRS, VOCABULARY, DIM, HEADS, LAYERS, DROPOUT, SMOOTHING = 4096, 6000, 128, 4, 4, 0.2, 0.1
ROWS, WRITTEN, STEPS, BATCHES = 96, 20, 8, 64
AVERAGE_EVERY, DECAY = 4, 0.999
TEXTS, CHUNK = 256, 64
FIRST_ID, END = 4, 3


def pairs() -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Sources and targets of ids."""
    rng = np.random.default_rng(0)
    lengths = np.clip(rng.gamma(6.0, 14.0 / 6.0, (2, PAIRS)).round().astype(int), 4, 29)
    sides = [[np.append(rng.integers(FIRST_ID, VOCABULARY, length), END).astype(np.int32) for length in own] for own in lengths]
    return sides[0], sides[1]


def padded(texts: list[np.ndarray]) -> np.ndarray:
    """Ids `[n, T]`."""
    found = np.zeros((len(texts), max(map(len, texts))), np.int32)
    for row, text in zip(found, texts, strict=True):
        row[: len(text)] = text
    return found


def plan_of() -> BatchPlan:
    """The batches of mmcli's own trainer, which both sides read."""
    return BatchPlan(0, *(np.array([len(text) for text in side]) for side in pairs()), ROWS)


class Ours:
    """mmcli's own trainer through its own `run`, and its decoding."""

    def __init__(self) -> None:
        from mmcli.core.ui import Ui
        from mmcli.nn import runtime

        runtime.start(Ui(quiet=True), 0, "auto")
        from mmcli.conditioning.given_items import GivenItems, Source
        from mmcli.generators.base import Target, TrainingData
        from mmcli.generators.sequence.options import SequenceConfig
        from mmcli.generators.sequence.trainer import SequenceTrainer
        from mmcli.modalities.sequences import ChosenSequences, PaddedItems, RaggedRows
        from mmcli.modalities.text.codec import TextCodec

        sources, targets = (RaggedRows(side) for side in pairs())
        codec = TextCodec(tuple(f"w{i}" for i in range(VOCABULARY - FIRST_ID)), 32)
        given = GivenItems({"source": Source(codec, sources)}, np.ones((PAIRS, 1), bool), np.arange(PAIRS))
        texts, none = (PaddedItems(ChosenSequences(targets, numbers)) for numbers in (np.arange(PAIRS), np.arange(0)))
        data = TrainingData(Target("target", codec.describe()), codec, texts, given, none, given.of(np.arange(0)))
        figures = {"batch_size": ROWS, "width": DIM, "layers": LAYERS, "dropout": DROPOUT, "label_smoothing": SMOOTHING}
        config = SequenceConfig(**figures, learning_rate=2e-3, unconditional=0.0, field_dropout=0.0, copying="off")
        self._trainer, self._step, self._targets = SequenceTrainer(data, config), 0, pairs()[1]
        self._plan = plan_of()
        self._sources = pairs()[0][:TEXTS]
        self.names = ("train", "greedy")

    def __call__(self, name: str, seconds: float) -> tuple[float, float]:
        return (self._train if name == "train" else self._greedy)(seconds), 0.0

    def _train(self, seconds: float) -> float:
        """Target tokens per second."""
        begin, tokens = time.perf_counter(), 0
        while (passed := time.perf_counter() - begin) < seconds:
            for step in range(self._step, self._step + STEPS):
                tokens += sum(len(self._targets[i]) for i in self._plan.batch(step))
            self._trainer.run(self._step, np.zeros((STEPS, ROWS), np.int64), 0.1)
            self._step += STEPS
        return tokens / passed

    def _greedy(self, seconds: float) -> float:
        """Written tokens per second; no text ends."""
        import tensorflow as tf

        from mmcli.generators.sequence import decoding

        layer = self._trainer.average.model.get_layer("transducer")
        layer.known.assign(np.where(np.arange(VOCABULARY) < FIRST_ID, 0.0, 1.0))
        if not hasattr(self, "_graph"):
            write = tf.function(lambda inputs: decoding.sampled(layer, inputs, tf.zeros([CHUNK, WRITTEN]), 0.0, 0, 1.0)[0])
            self._graph = write
        chunks = [padded(self._sources[begin : begin + CHUNK]) for begin in range(0, TEXTS, CHUNK)]
        inputs = [{"*present": tf.ones([CHUNK, 1]), "source": tf.constant(chunk)} for chunk in chunks]
        return rate(lambda: [np.testing.assert_equal(self._graph(one).shape, (CHUNK, WRITTEN)) for one in inputs], seconds)


def rate(write: Callable[[], Any], seconds: float) -> float:
    """Tokens per second of a function that writes all texts, after a first call."""
    write()
    begin, calls = time.perf_counter(), 0
    while (passed := time.perf_counter() - begin) < seconds:
        write()
        calls += 1
    return calls * TEXTS * WRITTEN / passed


class Twin:
    """The same in PyTorch."""

    def __init__(self) -> None:
        import torch
        from sequence_torch import Network

        torch.manual_seed(0)
        self._torch, self._new, sides, plan = torch, Network, pairs(), plan_of()
        self._sources = sides[0][:TEXTS]
        self._batches = [
            [torch.from_numpy(padded([side[i] for i in plan.batch(step)])).long() for side in sides] for step in range(BATCHES)
        ]
        self._trainers: dict[str, Any] = {}
        self._network = Network()
        self._step = 0
        self.names = ("float32", "bfloat16", "float32 compiled", "bfloat16 compiled", "greedy without cache", "greedy with cache")

    def __call__(self, name: str, seconds: float) -> tuple[float, float]:
        return (self._greedy if name.startswith("greedy") else self._train)(name, seconds), 0.0

    def _train(self, name: str, seconds: float) -> float:
        """Target tokens per second."""
        if name not in self._trainers:
            self._trainers[name] = self._trainer(name)
            for i in range(2):  # compiles
                self._trainers[name](self._batches[i])
        begin, tokens = time.perf_counter(), 0
        while (passed := time.perf_counter() - begin) < seconds:
            batch = self._batches[self._step % len(self._batches)]
            self._trainers[name](batch)
            tokens += int((batch[1] > 0).sum())
            self._step += 1
        return tokens / passed

    def _trainer(self, name: str) -> Callable[[list[Any]], None]:
        torch = self._torch
        net = self._new()
        loss_of = torch.compile(net.loss, dynamic=True) if name.endswith("compiled") else net.loss
        adam = torch.optim.Adam(net.parameters(), 2e-3, betas=(0.9, 0.98), fused=True)
        weights, step = list(net.parameters()), 0
        means = [weight.detach().clone() for weight in weights]

        def train(batch: list[Any]) -> None:
            nonlocal step
            with torch.autocast("cpu", torch.bfloat16, enabled=name.startswith("bfloat16")):
                loss = loss_of(*batch)
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            adam.step()
            step += 1
            if step % AVERAGE_EVERY == 0:
                with torch.no_grad():
                    torch._foreach_lerp_(means, weights, 1 - DECAY**AVERAGE_EVERY)

        return train

    def _greedy(self, name: str, seconds: float) -> float:
        cache = name.endswith("with cache")
        torch, net = self._torch, self._network.eval()
        chunks = [torch.from_numpy(padded(self._sources[begin : begin + CHUNK])).long() for begin in range(0, TEXTS, CHUNK)]
        with torch.inference_mode():
            return rate(lambda: [net.write(chunk, WRITTEN, cache=cache) for chunk in chunks], seconds)


def main() -> None:
    """Take turns, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each setting in a turn")
    given = parser.parse_args()
    workers = [Worker(Path(__file__), kind, {}) for kind in ("ours", "twin")]
    found: dict[str, list[float]] = {name: [] for worker in workers for name in worker.names}
    for turn in range(given.turns + 1):
        for worker in workers:
            for name in worker.names:
                speed, _ = worker.run(name, given.seconds)
                if turn:  # the first one compiles
                    found[name].append(speed)
    (ours, twin), peaks = (worker.names for worker in workers), [worker.close() for worker in workers]
    print("| what | tokens/s, median | least | most |\n|---|---|---|---|")
    for name, speeds in found.items():
        side = "mmcli, " if name in ours else "PyTorch, "
        print(f"| {side}{name} | {statistics.median(speeds):,.0f} | {min(speeds):,.0f} | {max(speeds):,.0f} |")
    print("peak memory: " + ", ".join(f"{side} {peak:,.0f} MB" for side, peak in zip(("mmcli", "PyTorch"), peaks, strict=True)))
    best = max(statistics.median(found[name]) for name in twin if not name.startswith("greedy"))
    ratios = {"training": ("train", best)}
    ratios |= {name: ("greedy", statistics.median(found[name])) for name in twin if name.startswith("greedy")}
    print(", ".join(f"{name}: {statistics.median(found[mine]) / theirs:.2f} times" for name, (mine, theirs) in ratios.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["worker"]:
        serve(Ours() if sys.argv[2] == "ours" else Twin())
    else:
        main()
