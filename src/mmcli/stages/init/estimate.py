"""Time that a project will take on this machine, and the training budget that follows from the number of records.

The times were measured on two cores of a cloud machine of 2026 whose `speed` is 1; here they are scaled by a short
measurement. What varies most is how busy the machine is: expect the estimate to be right to within a factor of two.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Collection
from dataclasses import dataclass

from mmcli.modalities.guess import Guess

ERROR = 2.0  # factor within which the time is expected

_FLOPS = 57e9  # floating-point operations per second of processor time of the reference machine, in the product below
_SIDE, _SECONDS = 64, 0.06  # small enough that the product stays in one thread and in its cache
_CORES = 2

# Seconds of a command before and after its actual work: imports, compilation of graphs.
_START_S = {"preprocess": 3.0, "embed": 14.0, "fuse": 18.0, "train-gan": 25.0, "generate": 12.0, "evaluate": 14.0, "report": 4.0}
_EPOCH_S = {"embed": 0.12, "fuse": 0.04}  # per epoch, however few records there are
_FUSE_MS = 0.3  # per record and epoch
_VIEWS = 3.0  # passes of an encoder per item and epoch of `embed`
_JUDGE_EPOCHS, _LEAST_JUDGED, _MOST_JUDGED = 12, 64 * 200, {"train-gan": 64 * 400, "evaluate": 64 * 4000}  # items
_MINUTES = (2.0, 60.0)
_MANY = 1000  # records from which training takes longer than the shortest


@dataclass(frozen=True)
class Workload:
    """What determines the time.

    Attributes:
        guesses: Guess of each field.
        target: The field to generate.
        rows: Number of records of the data set.
        epochs: Number of epochs of `embed` and `fuse`.
        minutes: Training budget of the generator.
        stages: The stages that run.
    """

    guesses: dict[str, Guess]
    target: str
    rows: int
    epochs: int
    minutes: float
    stages: Collection[str]


def training_minutes(rows: int) -> float:
    """Training budget: two minutes up to 1,000 records, then growing with their square root, up to an hour."""
    least, most = _MINUTES
    return float(round(min(most, least * max(1.0, math.sqrt(rows / _MANY)))))


def minutes_per_stage(work: Workload, factor: float) -> dict[str, float]:
    """Expected minutes of each stage.

    Args:
        work: What determines the time.
        factor: Time that this machine takes relative to the reference, see `slowness`.
    """
    learn_ms = sum(guess.learn_ms for guess in work.guesses.values())
    target = work.guesses[work.target]
    judged = {stage: min(most, max(_LEAST_JUDGED, _JUDGE_EPOCHS * work.rows)) for stage, most in _MOST_JUDGED.items()}
    seconds = {
        "preprocess": work.rows * sum(guess.decode_ms for guess in work.guesses.values()) / 1000,
        "embed": work.epochs * (_EPOCH_S["embed"] + work.rows * _VIEWS * learn_ms / 1000),
        "fuse": work.epochs * (_EPOCH_S["fuse"] + work.rows * _FUSE_MS / 1000),
        **{stage: number * target.learn_ms / 1000 for stage, number in judged.items()},
    }
    found = {stage: factor * (_START_S[stage] + seconds.get(stage, 0.0)) / 60 for stage in work.stages}
    return {**found, "train-gan": found["train-gan"] + work.minutes}


def slowness() -> float:
    """Time that this machine takes relative to the reference, by a product of small matrices and the number of cores.

    Processor time is measured, so that what else runs at the moment counts little.
    """
    import numpy as np

    matrix = np.full((_SIDE, _SIDE), 1.0 / _SIDE, np.float32)
    _ = matrix @ matrix
    begin, end, products = time.process_time(), time.perf_counter() + _SECONDS, 0
    while time.perf_counter() < end:
        _ = matrix @ matrix
        products += 1
    spent = max(time.process_time() - begin, 1e-3)
    speed = 2 * _SIDE**3 * products / spent / _FLOPS
    cores = min(len(os.sched_getaffinity(0)), 2 * _CORES)
    return min(10.0, max(0.2, math.sqrt(_CORES / cores) / speed))
