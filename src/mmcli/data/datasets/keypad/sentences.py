"""English sentences that name one digit, and the parser that reads them.

Slots give the templates about 700 forms, most of them rare: the hash split assigns some sentences
to test records only, so the generator never saw them in training.
"""

from __future__ import annotations

import re

import numpy as np

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TEMPLATES = (
    "This is the digit {digit}.",
    "Here is a {look} {digit}, written {how}.",
    "The number in the picture is {digit}.",
    "Press {digit} on the keypad {when}.",
    "Please dial {digit} {when}.",
    "Someone drew a {look} {digit}.",
    "You can see the number {digit} here.",
    "The {look} figure is {digit}, isn't it?",
    "I wrote the digit {digit} {how}.",
    "The key with the number {digit} was pressed {when}.",
    "What you hear is the tone for {digit}.",
    "My {who} wrote {digit} {how}.",
)
SLOTS = {
    "look": ("small", "large", "neat", "crooked", "bold", "faint"),
    "how": ("by hand", "in pencil", "in ink", "with care"),
    "when": ("now", "once", "again", "first"),
    "who": ("aunt", "friend", "teacher", "neighbour"),
}
_NUMBERS = {word: digit for digit, word in enumerate(DIGIT_WORDS)} | {str(digit): digit for digit in range(10)}


def make_sentence(digit: int, rng: np.random.Generator) -> str:
    """Generate a sentence that names `digit` (0 to 9); template and slots are drawn from `rng`."""
    template = TEMPLATES[rng.integers(len(TEMPLATES))]
    chosen = {slot: words[rng.integers(len(words))] for slot, words in SLOTS.items()}
    return template.format(digit=DIGIT_WORDS[digit], **chosen)


def read_sentence(text: str) -> tuple[int | None, bool]:
    """Find the digit that a sentence names, and whether it is a whole sentence of the grammar.

    Case, punctuation and spaces are ignored, so tokenised text joined by spaces gives the same result.

    Returns:
        The digit, or `None` if no digit or several different ones are named; and whether the
        whole text follows a template.
    """
    words = _plain(text)
    for pattern in _PATTERNS:
        match = pattern.fullmatch(words)
        if match:
            return _NUMBERS[match["digit"]], True
    named = {_NUMBERS[word] for word in words.split() if word in _NUMBERS}
    return (named.pop() if len(named) == 1 else None), False


def _plain(text: str) -> str:
    """Letters and digits only; `n't` is set apart as NLTK's tokenisers do."""
    spaced = re.sub(r"n['\u2019]t\b", " nt", text.lower().replace("n 't", "n't"))
    return " ".join(re.findall(r"[a-z0-9]+", spaced))


def _pattern(template: str) -> re.Pattern[str]:
    slots = {slot: "(?:" + "|".join(words) + ")" for slot, words in SLOTS.items()}
    marks = {slot: f"SLOT{slot}" for slot in [*SLOTS, "digit"]}
    body = template.format(**marks)
    body = " ".join(word if word.startswith("SLOT") else _plain(word) for word in re.findall(r"SLOT[a-z]+|[^\s,.?]+", body))
    for slot, choice in slots.items():
        body = body.replace(marks[slot], choice)
    return re.compile(body.replace(marks["digit"], "(?P<digit>" + "|".join(_NUMBERS) + ")"))


_PATTERNS = tuple(_pattern(template) for template in TEMPLATES)
