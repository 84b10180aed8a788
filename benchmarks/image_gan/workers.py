"""The trainers of both frameworks, each for a process of its own; see `turns`."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

RECORDS, CLASSES, TOKENS, STEPS = 4096, 10, 4, 8


def problem(options: dict[str, Any]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images `[n, H, W, C]` uint8, tokens of a given field `[n, T, d]` float16, and conditions `[n, D]` float16.

    Speed does not depend on their content; D is `d (T + 1)` with T = 4, as with the defaults of `embed` and `fuse`.
    """
    rng = np.random.default_rng(0)
    rows = rng.integers(0, 256, (RECORDS, *options["shape"]), dtype=np.uint8)
    classes = rng.integers(0, CLASSES, RECORDS)
    tokens = rng.standard_normal((CLASSES, TOKENS, options["condition"] // (TOKENS + 1)))[classes].astype(np.float16)
    return rows, tokens, rng.standard_normal((CLASSES, options["condition"]))[classes].astype(np.float16)


class Ours:
    """mmcli's own trainer through its own `run`; batches and conditions are drawn, and fused, as in `train-gan`."""

    names = ("mmcli",)

    def __init__(self, options: dict[str, Any]) -> None:
        from mmcli.core.ui import Ui
        from mmcli.nn import runtime

        runtime.start(Ui(quiet=True), 0, "auto", side_by_side=True)
        from mmcli.generators.base import Target, TrainingData
        from mmcli.generators.gan import FAMILY
        from mmcli.generators.gan.options import GanConfig
        from mmcli.modalities.image.codec import ImageCodec
        from mmcli.training.loop import batches

        rows, tokens, _ = problem(options)
        known = ("learning_rate", "gamma", "penalty_interval", "mismatch", "ema_decay", "batch_size")
        figures = {name: options[name] for name in known}
        config = GanConfig(width=32, preset="compact", augment=("none",), **figures)
        height, width, colours = options["shape"]
        codec = ImageCodec(height, width, {1: "L", 3: "RGB", 4: "RGBA"}[colours])
        given = _given(tokens)
        data = TrainingData(Target("image", codec.describe()), codec, rows, given, rows[:0], given.of(np.arange(0)))
        self._trainer = FAMILY.trainer(data, config)
        self._batches, self._size, self._step = batches, options["batch_size"], 0

    def __call__(self, name: str, seconds: float) -> tuple[float, float]:
        """Steps per second, and the share of the time outside the graph."""
        del name
        begin, graph, first = time.perf_counter(), self._trainer.graph_seconds, self._step
        while (passed := time.perf_counter() - begin) < seconds:
            self._trainer.run(self._step, self._batches(0, self._step, STEPS, RECORDS, self._size), 0.1)
            self._step += STEPS
        return (self._step - first) / passed, 1 - (self._trainer.graph_seconds - graph) / passed


def _given(tokens: np.ndarray) -> Any:
    """One given field and the target in a fusion network as `fuse` makes it, without training."""
    from mmcli.conditioning.fused import FusedConditioner
    from mmcli.conditioning.given import GivenFields
    from mmcli.conditioning.given_tokens import HeldTokens
    from mmcli.nn import networks_io

    sizes = {"fields": 2, "tokens": TOKENS, "dim": tokens.shape[-1], "latents": TOKENS, "heads": 4, "layers": 1}
    fused = FusedConditioner({"fusion": networks_io.build("fusion", sizes)}, {"fields": ["class", "image"]}, "")
    return GivenFields(fused, {"class": HeldTokens(tokens)}, np.ones((len(tokens), 1), bool), np.arange(len(tokens)))


class Twins:
    """The same in PyTorch, in every setting."""

    def __init__(self, options: dict[str, Any]) -> None:
        import torch
        from image_gan.twin import Shape, Trainer, settings

        torch.manual_seed(0)
        rows, _, flat = problem(options)
        self._size, self._rng = options["batch_size"], np.random.default_rng(1)
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
