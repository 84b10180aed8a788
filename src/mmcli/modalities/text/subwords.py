"""BPE, byte-level BPE and WordPiece with `tokenizers`: trained on counted words, then applied to words.

The result is plain data (a vocabulary, and for BPE its merges), stored in the codec.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text.tokens import SPACE

_UNKNOWN = "[UNK]"
_WORDS_PER_BATCH = 1000
_MAX_LETTERS = 1_000_000  # per word; the rules split words long before, and the library treats longer ones as unknown
_PREFIX = "##"  # prefix of a WordPiece within a word
_UNSEEN = "\U0010ffff"  # not a character of any text


def learn(name: str, counts: Mapping[str, int], size: int) -> tuple[list[str], list[tuple[str, str]]]:
    """Learn a subword vocabulary from words and their counts.

    Args:
        name: `bpe`, `byte-bpe` or `wordpiece`.
        counts: Words and their counts, as the tokeniser gives them: words after a space start with a letter for it.
        size: Maximum vocabulary size.

    Returns:
        The vocabulary in order of learning (of bytes, all letters come first), and BPE's merges in order.
    """
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    trainer: trainers.BpeTrainer | trainers.WordPieceTrainer
    if name == byte_pairs.NAME:
        model = Tokenizer(models.BPE())
        letters = list(byte_pairs.letters())
        trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=2, initial_alphabet=letters, show_progress=False)
    elif name == "bpe":
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
    first = byte_pairs.letters() if name == byte_pairs.NAME else ()
    return [token for token in dict.fromkeys([*first, *ordered]) if token != _UNKNOWN], merges


def _repeated(counts: Mapping[str, int]) -> Iterator[str]:
    for word, count in counts.items():
        for start in range(0, count, _WORDS_PER_BATCH):
            yield " ".join([word] * min(_WORDS_PER_BATCH, count - start))


def splitter(name: str, vocabulary: Sequence[str], merges: Sequence[tuple[str, str]]) -> Callable[[str], list[str]]:
    """Function that splits a word into subwords; unseen letters are kept.

    The library drops such a letter (BPE) or the whole word (WordPiece). So one letter of the model's
    vocabulary replaces all of them, and the pieces are cut from the word itself.
    """
    from tokenizers import models

    if name == byte_pairs.NAME:
        return byte_pairs.splitter(vocabulary, merges)
    prefix = "" if name == "bpe" else _PREFIX
    joined = [*vocabulary, *(part for first, second in merges for part in (first, second, first + second))]
    letters = {letter for part in joined for letter in part.removeprefix(prefix)}
    alone = (form for letter in [*sorted(letters), _UNSEEN] for form in (letter, prefix + letter))
    ids = {part: number for number, part in enumerate(dict.fromkeys([*joined, *alone]))}
    model: Any = models.BPE(ids, list(merges)) if name == "bpe" else models.WordPiece(ids, max_input_chars_per_word=_MAX_LETTERS)

    def cut(word: str) -> list[str]:
        parts, at = [], 0
        for token in model.tokenize("".join(letter if letter in letters else _UNSEEN for letter in word)):
            before = prefix if at else ""
            end = at + len(token.value) - len(before)
            parts.append(before + word[at:end])
            at = end
        return parts if parts != [SPACE] or name == "bpe" else []

    return cut
