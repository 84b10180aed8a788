"""BPE and WordPiece: learned with `tokenizers` from counted words, applied without it.

What is learned is plain data (a vocabulary, and for BPE its merges), which the codec keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

from mmcli.modalities.text.tokens import SPACE

_UNKNOWN = "[UNK]"
_WORDS_PER_BATCH = 1000
_MOST_LETTERS = 100


def learn(name: str, counts: Mapping[str, int], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Learn a subword vocabulary from words and their counts.

    Args:
        name: `bpe` or `wordpiece`.
        counts: Words; those that begin after a blank begin with `tokens.SPACE`.
        size: Most entries of the vocabulary.

    Returns:
        The vocabulary, frequent entries first as learned, and BPE's merges in their order.
    """
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    trainer: trainers.BpeTrainer | trainers.WordPieceTrainer
    if name == "bpe":
        model = Tokenizer(models.BPE(unk_token=_UNKNOWN))
        trainer = trainers.BpeTrainer(vocab_size=size, special_tokens=[_UNKNOWN], show_progress=False)
    else:
        model = Tokenizer(models.WordPiece(unk_token=_UNKNOWN))
        trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=[_UNKNOWN], show_progress=False)
    model.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    model.train_from_iterator(_repeated(counts), trainer)
    learned = json.loads(model.to_str())["model"]
    ordered = sorted(learned["vocab"], key=learned["vocab"].get)
    merges = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in learned.get("merges", [])]
    return [token for token in ordered if token != _UNKNOWN], merges


def _repeated(counts: Mapping[str, int]) -> Iterator[str]:
    for word, count in counts.items():
        for start in range(0, count, _WORDS_PER_BATCH):
            yield " ".join([word] * min(_WORDS_PER_BATCH, count - start))


def splitter(name: str, vocabulary: Sequence[str], merges: Sequence[tuple[str, str]]) -> Callable[[str], list[str]]:
    """Function that cuts a word into subwords; letters that were never seen stay as they are."""
    if name == "bpe":
        ranks = {pair: rank for rank, pair in enumerate(merges)}
        return lambda word: _merge(word, ranks)
    known = frozenset(vocabulary)
    return lambda word: _longest_first(word, known)


def _merge(word: str, ranks: Mapping[tuple[str, str], int]) -> list[str]:
    parts = list(word)
    while len(parts) > 1:
        rank, place = min((ranks.get(pair, len(ranks)), i) for i, pair in enumerate(pairwise(parts)))
        if rank == len(ranks):
            break
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts


def _longest_first(word: str, known: frozenset[str]) -> list[str]:
    parts, at = [], 0
    while at < len(word):
        prefix = "##" if at else ""
        end = next((end for end in range(min(len(word), at + _MOST_LETTERS), at, -1) if prefix + word[at:end] in known), at + 1)
        parts.append(prefix + word[at:end])
        at = end
    return parts if parts != [SPACE] else []
