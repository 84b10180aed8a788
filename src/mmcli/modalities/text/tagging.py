"""Part-of-speech tags: NLTK's perceptron tagger if its data are installed, otherwise TextBlob's lexicon."""

from __future__ import annotations

import functools
import importlib.metadata
from collections.abc import Callable, Sequence
from pathlib import Path

from mmcli.modalities.text.parts import part

Tag = Callable[[Sequence[str]], list[str]]
# Penn Treebank to the universal tag set (Petrov, Das, McDonald 2012).
_PENN = {
    "CC": "CONJ", "CD": "NUM", "DT": "DET", "EX": "DET", "FW": "X", "IN": "ADP", "LS": "X", "MD": "VERB", "PDT": "DET", "POS": "PRT",
    "PRP": "PRON", "PRP$": "PRON", "RP": "PRT", "SYM": "X", "TO": "PRT", "UH": "X", "WDT": "DET", "WP": "PRON", "WP$": "PRON", "WRB": "ADV",
}  # fmt: skip
_PENN_PREFIXES = (("NN", "NOUN"), ("JJ", "ADJ"), ("RB", "ADV"), ("VB", "VERB"))
_MOST_REMEMBERED = 200_000


def universal(tag: str) -> str:
    """Universal tag of a Penn Treebank tag."""
    if tag in _PENN:
        return _PENN[tag]
    return next((name for prefix, name in _PENN_PREFIXES if tag.startswith(prefix)), "X" if tag.isalnum() else ".")


def tagger_name(language: str) -> str:
    """Name and version of the tagger that `tagger` returns, for the record; empty if there is none."""
    if language != "en":
        return ""
    if _perceptron_folder():
        return f"nltk {importlib.metadata.version('nltk')} averaged_perceptron_tagger_eng"
    return f"textblob {importlib.metadata.version('textblob')} PatternTagger"


@functools.cache
def tagger(language: str) -> Tag:
    """Function from the tokens of a sentence to their universal tags; X if the language has no tagger."""
    name = tagger_name(language)
    if not name:
        return lambda tokens: ["X"] * len(tokens)
    return _perceptron() if name.startswith("nltk") else _Lexicon()


@functools.cache
def _perceptron_folder() -> Path | None:
    """Path of NLTK's tagger data; searches NLTK's folders, never the network."""
    for base in part("nltk.data").path:
        folder = Path(base) / "taggers" / "averaged_perceptron_tagger_eng"
        if (folder / "averaged_perceptron_tagger_eng.weights.json").is_file():
            return folder
    return None


def _perceptron() -> Tag:
    from nltk.tag.perceptron import PerceptronTagger

    model = PerceptronTagger()

    def tag(tokens: Sequence[str]) -> list[str]:
        return [universal(found) for _, found in model.tag(list(tokens))]

    return tag


class _Lexicon:
    """TextBlob's tagger with its default rules: a word's tag depends only on the word and on whether it comes first."""

    def __init__(self) -> None:
        self._parser = part("textblob.en").parser
        self._known: dict[tuple[str, bool], str] = {}

    def __call__(self, tokens: Sequence[str]) -> list[str]:
        return [self._tag(token, place == 0) for place, token in enumerate(tokens)]

    def _tag(self, token: str, first: bool) -> str:
        found = self._known.get((token, first))
        if found is None:
            pair = [token] if first else ["the", token]
            found = universal(self._parser.find_tags(pair)[-1][1])
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[token, first] = found
        return found
