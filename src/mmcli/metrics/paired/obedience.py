"""Does an item belong to its own condition rather than to another one?

Each item ranks the condition it was made from among other conditions, by the similarity that two encoders give
them. Neither encoder may have been used by the generator. Ties count as the expectation over their order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
OTHERS = 99
LEAST_OTHERS = 9
_DECIMALS = 6  # similarities of equal vectors differ in the last bits


@dataclass(frozen=True)
class Ranked:
    """Per item: the expected share of being among the first 1 and 10, and the expected rank.

    Attributes:
        r1: `[n]` in 0 to 1.
        r10: `[n]` in 0 to 1.
        rank: `[n]`; 1 is best.
    """

    r1: Floats
    r10: Floats
    rank: Floats


def others_of(own: Ints, groups: Ints, pool: Ints, rng: np.random.Generator) -> Ints | None:
    """Records to rank each item's own record against, `[n, m]`; `None` if there are too few for some item.

    Args:
        own: `[n]` record of each item.
        groups: `[N]` records of one group have the same condition, so neither is another's rival; negative: alone.
        pool: Records to choose from.
        rng: Chooses at most 99 of them.
    """
    found = []
    for number in own:
        same = (groups[pool] == groups[number]) if groups[number] >= 0 else (pool == number)
        found.append(rng.permutation(pool[~same])[:OTHERS])
    least = min((len(line) for line in found), default=0)
    return np.stack([line[:least] for line in found]) if least >= LEAST_OTHERS else None


def ranked(items: Floats, own: Ints, conditions: Floats, others: Ints) -> Ranked:
    """Rank the own condition of each item among others.

    Args:
        items: `[n, d]` unit vectors.
        own: `[n]` record of each item.
        conditions: `[N, d]` unit vectors of all records' conditions.
        others: `[n, m]` the rivals of each item.
    """
    mine = np.round(np.einsum("nd,nd->n", items, conditions[own]), _DECIMALS)
    theirs = np.round(np.einsum("nd,nmd->nm", items, conditions[others]), _DECIMALS)
    better, tied = (theirs > mine[:, None]).sum(1), (theirs == mine[:, None]).sum(1) + 1
    r1, r10 = (np.clip((k - better) / tied, 0.0, 1.0) for k in (1, 10))
    return Ranked(r1, r10, better + (tied + 1) / 2.0)
