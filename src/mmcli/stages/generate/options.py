"""Options of `generate`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class GenerateConfig(StageConfig, GivenItems):
    """Options of ``generate``."""

    num: int | None = option(None, "Number of items; auto: one per condition, or 16.", ge=1, le=10_000_000)
    seeds: str | None = option(None, "Seeds of the items, such as 0-63 or 1,5,9; one item each.", metavar="A-B")
    label: str | None = option(None, "Condition: a class, for GANs conditioned on labels.", metavar="NAME", absent="none")
    field: tuple[str, ...] = option((), "Condition by name, repeatable.", metavar="NAME=VALUE")
    lines: str | None = option(None, "File of conditions, one text or class per line.", metavar="FILE", absent="none")
    split: str = option("test", "Split of --from whose records are the conditions.", choices=("train", "val", "test"))
    given: tuple[str, ...] = option((), "Use only these fields of the records of --from.", metavar="FIELD,...")
    truncation: float | None = option(
        None,
        "Truncate the noise at this many standard deviations; lower is more typical and less diverse.",
        ge=0.01,
        le=10.0,
        absent="none",
    )
    interpolate: tuple[int, ...] | None = option(
        None, "Interpolate between seeds A and B and write an animation.", absent="none", ge=0, le=2**63 - 1, metavar="A B", values=2
    )
    to: tuple[str, ...] = option(
        (), "Condition at the end of --interpolate, by name, repeatable; other conditions stay constant.", metavar="NAME=VALUE"
    )
    walk: int | None = option(
        None, "Interpolate along a closed path of this many seeds and conditions and write an animation.", ge=1, le=1000, absent="none"
    )
    frames: int = option(24, "Number of frames of --interpolate, or per segment of --walk.", ge=2, le=2000)
    animation: str = option("webp", "Format of the animation.", choices=("webp", "gif"))
    grid: str | None = option(
        None, "Write a sheet with one seed per row and one condition per column.", metavar="ROWSxCOLUMNS", absent="none"
    )
    neighbours: int = option(0, "Number of nearest training items to show per sample, by the discriminator's features.", ge=0, le=32)
    dataset: str | None = option(None, "Data set of --neighbours; auto: the one that the GAN was trained on.", metavar="FOLDER")
    like: str | None = option(
        None, "Find the noise and condition that reproduce this item; given conditions then edit it.", metavar="FILE", absent="none"
    )
    restarts: int = option(16, "Number of starts of --like, the nearest of 1,024 random items.", ge=1, le=256)
    like_steps: int = option(400, "Number of steps of --like.", ge=1, le=100_000)
    files: bool = option(True, "Write a file per item; otherwise only rows.npy, items.jsonl and sheet.png.")
    batch_size: int = option(256, "Number of items per pass; the items do not depend on it.", ge=1, le=65_536, shapes_result=False)
    temperature: float = option(1.0, "Text only: sampling temperature.", ge=0.01, le=10.0)
    top_k: int = option(0, "Text only: draw from this many most probable tokens (0: all).", ge=0, le=100_000)
    top_p: float = option(1.0, "Text only: draw from the most probable tokens of at least this total probability.", ge=0.01, le=1.0)
    beam: int | None = option(
        None,
        "Text only: texts kept by the search of the most probable one; 0 draws at random; auto: 4, or 0 where it would repeat itself.",
        ge=0,
        le=64,
    )
    no_repeat: int | None = option(
        None,
        "Text only: no run of this many tokens occurs twice in a text (0: any may); auto: what was best for held-out texts.",
        ge=0,
        le=64,
    )
    length_penalty: float = option(1.0, "Power of the length that divides the log-probability of a text in --beam.", ge=0.0, le=3.0)

    def __post_init__(self) -> None:
        modes = [name for name in ("interpolate", "walk", "grid", "like") if getattr(self, name)]
        if len(modes) > 1:
            raise UsageError(f"--{modes[0]} and --{modes[1]} exclude each other", f"--{modes[0]}, --{modes[1]}", "choose one")
        if modes and self.num:
            raise UsageError(f"--{modes[0]} sets the number of items itself", "--num", f"omit it, or --{modes[0]}")
        if self.interpolate and len(self.interpolate) != 2:
            raise UsageError("--interpolate needs 2 seeds", "--interpolate", "give two seeds, e.g. 3 8")
        if self.interpolate and self.seeds:
            raise UsageError("--interpolate and --seeds exclude each other", "--seeds", "omit it")
        if self.to and not self.interpolate:
            raise UsageError("--to needs --interpolate", "--to", "add its two seeds, e.g. --interpolate 3 3")
        if self.like and self.seeds:
            raise UsageError("--like finds the noise itself", "--seeds", "omit it; --seed changes the starts")
        if self.like and self.neighbours:
            raise UsageError("--like and --neighbours exclude each other", "--like, --neighbours", "choose one")
        if self.walk == 1:
            raise UsageError("--walk needs at least 2 waypoints", "--walk", "give 2 or more")
