"""Pairs of close 64-bit hashes, in time nearly proportional to their number.

The hashes are sorted by different orders of their bits, and each is compared with its next neighbours. Close hashes are
neighbours in at least one of the orders unless the differences are spread over all of them (Charikar, Similarity
Estimation Techniques from Rounding Algorithms, 2002; Ravichandran, Pantel and Hovy, 2005).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_TURNS = 8
_NEIGHBOURS = 4
_BITS = 64


def close_pairs(hashes: npt.NDArray[np.uint64], most_bits: int) -> npt.NDArray[np.int64]:
    """Pairs of indices `[m, 2]` of hashes `[n]` that differ by at most some bits, the lower index first, without repetition.

    In a crowd of hashes that are all close, each has pairs with some of the others only.
    """
    number = len(hashes)
    found = [np.zeros(0, np.int64)]
    for turn in range(_TURNS):
        bits = np.uint64(turn * _BITS // _TURNS)
        turned = hashes << bits | hashes >> (np.uint64(_BITS - 1) - bits) >> np.uint64(1)
        order = np.argsort(turned, kind="stable")
        ordered = hashes[order]
        for step in range(1, min(_NEIGHBOURS, number - 1) + 1):
            close = np.flatnonzero(np.bitwise_count(ordered[step:] ^ ordered[:-step]) <= most_bits)
            first, second = order[close], order[close + step]
            found.append(np.minimum(first, second) * number + np.maximum(first, second))
    codes = np.sort(np.concatenate(found))  # `np.unique` would load numpy.ma, for 6 ms
    codes = codes[np.diff(codes, prepend=-1) > 0]
    return np.stack(np.divmod(codes, max(number, 1)), axis=1)
