"""Read a sound off its own states: prefix beam search over CTC's letters, with an n-gram model of the train texts.

Hannun et al. 2014, "First-Pass Large Vocabulary Continuous Speech Recognition using Bi-Directional Recurrent DNNs".
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.token_ids import PAD
from mmcli.metrics.unpaired.language_model import NgramModel

Array = npt.NDArray[Any]
Prefix = tuple[int, ...]
_NEVER = -np.inf
_LEAST_BEAMS = 16  # with a language model, which a single prefix cannot heed
_LEAST = -7.0  # log-probability below which a letter is not tried in a state


class Fusion:
    """An n-gram model of letters, added to what a sound says.

    Args:
        model: The model.
        weight: Of its log-probabilities.
        bonus: Added per letter, since every letter costs.
    """

    def __init__(self, model: NgramModel, weight: float, bonus: float) -> None:
        self.model, self.weight, self.bonus = model, weight, bonus
        self._order = len(model.tables)
        self._known: dict[Prefix, Array] = {}

    def gain(self, prefix: Prefix, letter: int) -> float:
        """What a letter after a prefix adds to its score; -1 is the end of the text."""
        context = prefix[-(self._order - 1) :]
        key = context if len(prefix) >= self._order - 1 else (-1, *context)
        if key not in self._known:
            self._known[key] = self.model.following(prefix)
        return self.weight * float(self._known[key][letter]) + (self.bonus if letter >= 0 else 0.0)


def best_spelling(chances: Array, beams: int, sounds: Array, fusion: Fusion | None = None) -> Array:
    """The most probable letters.

    Args:
        chances: Log-probabilities `[S, V]` of letters in each state; id 0 is the blank.
        beams: Number of prefixes that are kept.
        sounds: For each letter the one that sounds the same, of which the states tell the chance, `[V]`.
        fusion: Language model, if any; it chooses among letters that sound the same, otherwise they are that one.

    Returns:
        Ids `[U]`.
    """
    if beams == 1 and fusion is None:
        return _collapsed(chances.argmax(1))
    beams = max(beams, _LEAST_BEAMS) if fusion else beams
    alike: dict[int, list[int]] = defaultdict(list)
    for letter, sound in enumerate(sounds.tolist()):
        if fusion or letter == sound:
            alike[sound].append(letter)
    kept: dict[Prefix, tuple[float, float]] = {(): (0.0, _NEVER)}
    said: dict[Prefix, float] = {(): 0.0}  # what the language model adds
    for state in chances:
        heard = [int(sound) for sound in np.flatnonzero(state > _LEAST) if sound != PAD]
        found: dict[Prefix, list[float]] = defaultdict(lambda: [_NEVER, _NEVER])
        for prefix, (blank, letter_last) in kept.items():
            both, own = _added(blank, letter_last), found[prefix]
            own[0] = _added(own[0], both + state[PAD])
            last = int(sounds[prefix[-1]]) if prefix else PAD
            if prefix:
                own[1] = _added(own[1], letter_last + state[last])
            for sound in heard:
                before = blank if sound == last else both
                for letter in alike[sound] if before > _NEVER else ():
                    longer = (*prefix, letter)
                    if longer not in said:
                        said[longer] = said[prefix] + (fusion.gain(prefix, letter) if fusion else 0.0)
                    after = found[longer]
                    after[1] = _added(after[1], before + state[sound])
        best = sorted(found, key=lambda prefix: _added(*found[prefix]) + said[prefix], reverse=True)[:beams]
        kept = {prefix: (found[prefix][0], found[prefix][1]) for prefix in best}
    total = {prefix: _added(*parts) + said[prefix] + (fusion.gain(prefix, -1) if fusion else 0.0) for prefix, parts in kept.items()}
    return np.array(max(total, key=lambda prefix: total[prefix]), dtype=np.int32)


def _collapsed(states: Array) -> Array:
    """The most probable path: repetitions are one letter, blanks none (Graves et al. 2006)."""
    changes = np.append(True, states[1:] != states[:-1])
    return np.asarray(states[changes & (states != PAD)], dtype=np.int32)


def _added(a: float, b: float) -> float:
    """log(exp a + exp b)."""
    if a < b:
        a, b = b, a
    return a if b == _NEVER else a + float(np.log1p(np.exp(b - a)))
