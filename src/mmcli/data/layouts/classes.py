"""Which of several levels of folders is the class: `84/121123/x.flac`, `fold1/cat/x.wav`, `animals/cat/x.jpg`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence


def class_level(paths: Sequence[tuple[str, ...]], depth: int) -> tuple[int, int | None]:
    """Choose the level of the class, and the level of the group if there is one.

    Words are classes and numbers divide them: `cat/batch1`, `fold1/cat`. Of two levels of words the deeper one is the
    class if it is a finer one, `animals/cat`, and the upper one if its names recur, `cat/indoor`. Of two levels of
    numbers the upper one is the class, as in `speaker/chapter`.

    Args:
        paths: Names of the folders at the levels in question.
        depth: Number of levels.

    Returns:
        Index of the class's level, and of the level whose folders are groups.
    """
    if depth == 1:
        return 0, None
    worded = [level for level in range(depth) if _is_worded({path[level] for path in paths if len(path) > level})]
    chosen = worded[0] if worded else 0
    for level in worded[1:]:
        if _refines(paths, chosen, level):
            chosen = level
    rest = [level for level in range(depth) if level != chosen]
    below = [level for level in rest if level > chosen]
    # A finer class, as in animals/cat, needs no groups.
    return chosen, below[-1] if below else next((level for level in rest if level not in worded), None)


def _is_worded(names: set[str]) -> bool:
    """Whether most names are words: letters without a digit."""
    return 2 * sum(not any(char.isdigit() for char in name) for name in names) > len(names)


def _refines(paths: Sequence[tuple[str, ...]], upper: int, lower: int) -> bool:
    """Whether hardly any name of the lower level is found below two names of the upper one."""
    parents: defaultdict[str, set[str]] = defaultdict(set)
    for path in paths:
        if len(path) > lower:
            parents[path[lower]].add(path[upper])
    return 2 * sum(len(above) > 1 for above in parents.values()) < len(parents)
