"""Options of `generate`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class GenerateConfig(StageConfig, GivenItems):
    """Options of ``generate``."""

    num: int | None = option(None, "How many items to make; auto: one per condition, or 16.", ge=1, le=10_000_000)
    seeds: str | None = option(None, "Seeds of the items, such as 0-63 or 1,5,9; one item each.", metavar="A-B")
    label: str | None = option(None, "Condition: a class, for a GAN that was trained on labels.", metavar="NAME", absent="none")
    field: tuple[str, ...] = option((), "Condition by name, repeatable.", metavar="NAME=VALUE")
    lines: str | None = option(None, "Many conditions: a file with one text, or class, per line.", metavar="FILE", absent="none")
    split: str = option("test", "Which records of --from serve as conditions.", choices=("train", "val", "test"))
    given: tuple[str, ...] = option((), "Use only these fields of the records of --from.", metavar="FIELD,...")
    truncation: float | None = option(
        None,
        "Draw the noise from the normal distribution cut off at this many standard deviations; lower is more typical.",
        ge=0.01,
        le=10.0,
        absent="none",
    )
    interpolate: tuple[int, ...] | None = option(
        None, "Interpolate between seeds A and B, and write an animation of it.", absent="none", ge=0, le=2**63 - 1, metavar="A B", values=2
    )
    to: tuple[str, ...] = option((), "Condition at the end of the way, by name, repeatable; others stay.", metavar="NAME=VALUE")
    walk: int | None = option(
        None, "Make a round trip through this many seeds and conditions, and an animation of it.", ge=1, le=1000, absent="none"
    )
    frames: int = option(24, "Items of --interpolate, or per leg of --walk.", ge=2, le=2000)
    animation: str = option("webp", "Format of the animation.", choices=("webp", "gif"))
    grid: str | None = option(None, "Make a sheet with a seed per row and a condition per column.", metavar="ROWSxCOLUMNS", absent="none")
    neighbours: int = option(
        0, "Show so many training items most like each sample, in the space of the discriminator's features.", ge=0, le=32
    )
    dataset: str | None = option(None, "Data set for --neighbours; auto: the one that the GAN was trained on.", metavar="FOLDER")
    like: str | None = option(
        None, "Find noise and condition that reproduce this item; conditions given change it.", metavar="FILE", absent="none"
    )
    restarts: int = option(16, "Starts of --like, the nearest of 1,024 random items.", ge=1, le=256)
    like_steps: int = option(400, "Steps of --like.", ge=1, le=100_000)
    files: bool = option(True, "Write a file per item; without, rows.npy, items.jsonl and sheet.png only.")
    batch_size: int = option(256, "Items per pass; it never changes an item.", ge=1, le=65_536, shapes_result=False)
    temperature: float = option(1.0, "Text only: sampling temperature.", ge=0.01, le=10.0)

    def __post_init__(self) -> None:
        modes = [name for name in ("interpolate", "walk", "grid", "like") if getattr(self, name)]
        if len(modes) > 1:
            raise UsageError(f"{modes[0]} and {modes[1]} exclude each other", f"--{modes[0]}, --{modes[1]}", "choose one")
        if modes and self.num:
            raise UsageError(f"--{modes[0]} says itself how many items there are", "--num", f"leave it out, or --{modes[0]}")
        if self.interpolate and len(self.interpolate) != 2:
            raise UsageError("a way has two ends", "--interpolate", "give two seeds, such as 3 8")
        if self.interpolate and self.seeds:
            raise UsageError("the two seeds of --interpolate are all there are", "--seeds", "leave it out")
        if self.to and not self.interpolate:
            raise UsageError("--to is the end of a way", "--to", "give its two seeds with --interpolate, such as --interpolate 3 3")
        if self.like and self.seeds:
            raise UsageError("--like finds the noise itself", "--seeds", "leave it out; --seed changes the starts")
        if self.like and self.neighbours:
            raise UsageError("like and neighbours exclude each other", "--like, --neighbours", "choose one")
        if self.walk == 1:
            raise UsageError("--walk needs at least 2 waypoints", "--walk", "give 2 or more")
