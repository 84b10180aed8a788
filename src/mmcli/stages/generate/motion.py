"""Plans of more than single items: the way between two, a walk through many, a grid of seeds by conditions."""

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
    """The items that the options ask for.

    Raises:
        UsageError: The options do not go together.
    """
    if config.interpolate:
        return _interpolation(config, conditions)
    if config.walk:
        return _walk(config, conditions)
    if config.grid:
        return _grid(config, conditions)
    return plans.plain(conditions, config)


def conditions_needed(config: GenerateConfig) -> int:
    """The most records of --from that are of use; 0 for all, from which a walk and a grid choose."""
    return 2 if config.interpolate else 0 if config.walk or config.grid else config.num or 0


def check(config: GenerateConfig) -> None:
    """What can be refused before anything is loaded.

    Raises:
        UsageError: There are too many frames or cells.
    """
    if config.walk and config.walk * config.frames > MOST_FRAMES:
        what = f"a walk of {config.walk} legs of {config.frames} frames has more than {MOST_FRAMES:,} frames"
        raise UsageError(what, "--walk, --frames", "ask for fewer")
    if config.grid:
        parse_grid(config.grid)


def parse_grid(text: str | None) -> tuple[int, int]:
    """Rows and columns of `8x10`.

    Raises:
        UsageError: It has another form, or too many cells.
    """
    rows, _, columns = (text or "").lower().partition("x")
    if not all(part.isascii() and part.isdigit() and 0 < len(part) <= 4 and int(part) for part in (rows, columns)):
        raise UsageError("a grid is given as ROWSxCOLUMNS", "--grid", "write 8x10 for 8 seeds by 10 conditions")
    if int(rows) * int(columns) > _MOST_CELLS:
        raise UsageError(f"a grid has at most {_MOST_CELLS:,} cells", "--grid", "ask for fewer rows or columns")
    return int(rows), int(columns)


def _interpolation(config: GenerateConfig, conditions: Conditions) -> Plan:
    return Plan.path(config.interpolate or (), [0, min(1, len(conditions) - 1)], config.frames, closed=False)


def _walk(config: GenerateConfig, conditions: Conditions) -> Plan:
    places, seeds = config.walk or 0, plans.parse_seeds(config.seeds)
    if len(seeds) and len(seeds) != places:
        raise UsageError(f"--walk {config.walk} does not agree with {len(seeds)} seeds", "--seeds", "give as many seeds as places")
    seeds = seeds if len(seeds) else plans.following(config.seed, places)
    return Plan.path(seeds, _spread(conditions, places), config.frames, closed=True)


def _grid(config: GenerateConfig, conditions: Conditions) -> Plan:
    rows, columns = parse_grid(config.grid)
    seeds = plans.parse_seeds(config.seeds)
    if len(seeds) and len(seeds) != rows:
        raise UsageError(f"a grid of {rows} rows does not agree with {len(seeds)} seeds", "--seeds", "give as many seeds as rows")
    seeds = seeds if len(seeds) else plans.following(config.seed, rows)
    if 1 < len(conditions) < columns:
        raise UsageError(f"{columns} columns need as many conditions; there are {len(conditions)}", "--grid", "ask for fewer columns")
    if len(conditions) == 1:  # no second condition: every cell has a seed of its own
        cells = plans.following(int(seeds[0]), rows * columns) if not config.seeds else np.repeat(seeds, columns)
        return Plan.still(cells, np.zeros(rows * columns, np.int64))
    return Plan.still(np.repeat(seeds, columns), np.tile(_spread(conditions, columns), rows))


def _spread(conditions: Conditions, count: int) -> list[int]:
    """`count` conditions; if they have labels, of as many different labels as there are, in their order."""
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
