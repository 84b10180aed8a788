"""Plans of several related items: interpolation, a walk through waypoints, a grid of seeds by conditions."""

from __future__ import annotations

import numpy as np

from mmcli.core.errors import UsageError
from mmcli.stages.generate import plan as plans
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan

MOST_FRAMES = 2000
_MOST_CELLS = 4096


def plan_of(config: GenerateConfig, conditions: Conditions) -> Plan:
    """The items that the options request.

    Raises:
        UsageError: The options are inconsistent.
    """
    if config.interpolate:
        return _interpolation(config, conditions)
    if config.walk:
        return _walk(config, conditions)
    if config.grid:
        return _grid(config, conditions)
    return plans.plain(conditions, config)


def conditions_needed(config: GenerateConfig) -> int:
    """Maximum number of records of --from to read; 0 for all, from which a walk and a grid choose."""
    return 2 if config.interpolate else 0 if config.walk or config.grid else config.num or 0


def check(config: GenerateConfig) -> None:
    """Check the options before anything is loaded.

    Raises:
        UsageError: There are too many frames or cells.
    """
    if config.walk and config.walk * config.frames > MOST_FRAMES:
        what = f"{config.walk} segments of {config.frames} frames exceed the maximum of {MOST_FRAMES:,} frames"
        raise UsageError(what, "--walk, --frames", "use fewer")
    if config.grid:
        parse_grid(config.grid)


def parse_grid(text: str | None) -> tuple[int, int]:
    """Rows and columns of `8x10`.

    Raises:
        UsageError: It is malformed, or has too many cells.
    """
    rows, _, columns = (text or "").lower().partition("x")
    if not all(part.isascii() and part.isdigit() and 0 < len(part) <= 4 and int(part) for part in (rows, columns)):
        raise UsageError("--grid must be of the form ROWSxCOLUMNS", "--grid", "e.g. 8x10 for 8 seeds and 10 conditions")
    if int(rows) * int(columns) > _MOST_CELLS:
        raise UsageError(f"the maximum size of a grid is {_MOST_CELLS:,} cells", "--grid", "use fewer rows or columns")
    return int(rows), int(columns)


def _interpolation(config: GenerateConfig, conditions: Conditions) -> Plan:
    return Plan.path(config.interpolate or (), [0, min(1, len(conditions) - 1)], config.frames, closed=False)


def _walk(config: GenerateConfig, conditions: Conditions) -> Plan:
    places, seeds = config.walk or 0, plans.parse_seeds(config.seeds)
    if len(seeds) and len(seeds) != places:
        raise UsageError(f"--walk {config.walk} does not match {len(seeds)} seeds", "--seeds", "give one seed per waypoint")
    seeds = seeds if len(seeds) else plans.following(config.seed, places)
    return Plan.path(seeds, _spread(conditions, places), config.frames, closed=True)


def _grid(config: GenerateConfig, conditions: Conditions) -> Plan:
    rows, columns = parse_grid(config.grid)
    seeds = plans.parse_seeds(config.seeds)
    if len(seeds) and len(seeds) != rows:
        raise UsageError(f"{rows} rows do not match {len(seeds)} seeds", "--seeds", "give one seed per row")
    seeds = seeds if len(seeds) else plans.following(config.seed, rows)
    if 1 < len(conditions) < columns:
        raise UsageError(f"{columns} columns need as many conditions, but there are {len(conditions)}", "--grid", "use fewer columns")
    if len(conditions) == 1:  # only one condition: every cell has its own seed
        cells = plans.following(int(seeds[0]), rows * columns) if not config.seeds else np.repeat(seeds, columns)
        return Plan.still(cells, np.zeros(rows * columns, np.int64))
    return Plan.still(np.repeat(seeds, columns), np.tile(_spread(conditions, columns), rows))


def _spread(conditions: Conditions, count: int) -> list[int]:
    """`count` conditions; if they have labels, spread over as many labels as possible, in label order."""
    groups: dict[str, list[int]] = {}
    for number, line in enumerate(conditions.columns):
        groups.setdefault(str(line.get("label", "")), []).append(number)
    if len(groups) < 2:
        return [i % len(conditions) for i in range(count)]
    turns = max(map(len, groups.values()))
    dealt = [(turn, label, group[turn]) for label, group in groups.items() for turn in range(turns) if turn < len(group)]
    order = [number for _, _, number in sorted(dealt)]
    chosen = [order[i % len(order)] for i in range(count)]
    return sorted(chosen, key=lambda n: str(conditions.columns[n].get("label", ""))) if count <= len(order) else chosen
