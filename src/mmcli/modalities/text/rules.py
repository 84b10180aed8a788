"""From a raw text to its tokens: every choice that `preprocess` offers, in one place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from mmcli.display import visible
from mmcli.errors import UsageError
from mmcli.modalities.text import tokens as cutting
from mmcli.modalities.text.chunks import ChunkTokenizer
from mmcli.modalities.text.cleaning import clean
from mmcli.modalities.text.pii import redact
from mmcli.modalities.text.scripts import split_unspaced
from mmcli.modalities.text.sentences import sentence_splitter
from mmcli.modalities.text.tagging import tagger, tagger_name

Tokens = list[str]
_TOOLS = {
    "tagger": ("part-of-speech tagger", "--pos, --keep-pos"),
    "stop_words": ("list of stop words", "--stop-words"),
    "stemmer": ("stemmer", "--stem"),
}


@dataclass(frozen=True)
class TextRules:
    """How a text becomes tokens; the fields are the options of `preprocess`."""

    tokenizer: str = "word"
    language: str = "en"
    lowercase: bool = True
    stop_words: bool = False
    stem: bool = False
    sentences: bool = True
    pos: bool = False
    keep_pos: tuple[str, ...] = ()
    normal_form: str = "NFC"
    keep_hidden: bool = False
    strip_html: bool = False
    strip_urls: bool = False
    redact: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> TextRules:
        """Inverse of `to_json`."""
        known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in state.items()}
        return cls(**known)

    @property
    def tags(self) -> bool:
        """Whether parts of speech are needed."""
        return self.pos or bool(self.keep_pos)

    def tools(self) -> dict[str, str]:
        """What is used, as `name version`: only what these rules ask for; empty where the language has none."""
        wanted = {
            "tokenizer_version": (True, lambda: cutting.tokenizer_name(self.tokenizer)),
            "tagger": (self.tags, lambda: tagger_name(self.language)),
            "stop_words": (self.stop_words, lambda: cutting.stop_list_name(self.language)),
            "stemmer": (self.stem, lambda: cutting.stemmer_name(self.language)),
        }
        return {name: find() for name, (used, find) in wanted.items() if used}

    def check(self) -> None:
        """See that everything is there.

        Raises:
            UsageError: The language has no tagger, stop words or stemmer, and they are asked for.
            EnvironmentUnfitError: A package is missing.
        """
        cutting.tokenizer(self.tokenizer)
        missing = next((name for name, found in self.tools().items() if not found), None)
        if missing:
            noun, flag = _TOOLS[missing]
            what = f"there is no {noun} for the language {visible(self.language, 20)}"
            raise UsageError(what, flag, "leave it out, or set it for single fields with --set FIELD.OPTION=VALUE")

    def clean(self, text: str) -> str:
        """Clean a raw text; raises `Reject`."""
        cleaned = clean(
            text, normal_form=self.normal_form, keep_hidden=self.keep_hidden, strip_html=self.strip_html, strip_urls=self.strip_urls
        )
        return redact(cleaned, self.redact) if self.redact else cleaned

    def tokens(self, text: str) -> Tokens:
        """Tokens of a cleaned text."""
        return self.tokens_and_tags(text)[0] if self.tags else _plain_path(self)(text)

    def tokens_and_tags(self, text: str) -> tuple[Tokens, Tokens]:
        """Tokens of a cleaned text and their universal part-of-speech tags."""
        tag, cut, finish = tagger(self.language), _cutter(self), _word_finisher(self)
        tokens, tags = [], []
        for sentence in self._sentences(text):
            words = cut(sentence)
            for word, found in zip(words, tag(words), strict=True):
                if self.keep_pos and found not in self.keep_pos:
                    continue
                finished = finish(word)
                tokens += finished
                tags += [found] * len(finished)
        return tokens, tags

    def _sentences(self, text: str) -> Tokens:
        flat = " ".join(text.split())
        if self.sentences and self.tokenizer in ("word", "treebank"):
            return sentence_splitter(self.language)(flat)
        return [flat]


@functools.lru_cache(maxsize=64)
def _word_finisher(rules: TextRules) -> Callable[[str], Tokens]:
    """What happens to one word after tagging, remembered."""
    finish = _finisher(rules)

    @functools.lru_cache(maxsize=200_000)
    def finish_word(word: str) -> Tokens:
        return finish([word.lower() if rules.lowercase else word])

    return finish_word


@functools.lru_cache(maxsize=64)
def _plain_path(rules: TextRules) -> Callable[[str], Tokens]:
    """Text to tokens without tags; for the word tokeniser chunk by chunk."""
    finish = _finisher(rules)
    if rules.tokenizer == "word":
        fast = ChunkTokenizer(cutting.tokenizer("word"), finish)

        def cut_and_finish(sentence: str) -> Tokens:
            return fast(sentence)
    else:
        cut = _cutter(rules)

        def cut_and_finish(sentence: str) -> Tokens:
            return finish(cut(sentence))

    def run(text: str) -> Tokens:
        tokens: Tokens = []
        for sentence in rules._sentences(text):  # noqa: SLF001 - this is the inside of TextRules
            tokens += cut_and_finish(sentence.lower() if rules.lowercase else sentence)
        return tokens

    return run


@functools.lru_cache(maxsize=64)
def _cutter(rules: TextRules) -> Callable[[str], Tokens]:
    if rules.tokenizer == "word":
        return ChunkTokenizer(cutting.tokenizer("word"), lambda tokens: tokens)
    return cutting.guarded(cutting.tokenizer(rules.tokenizer))


@functools.lru_cache(maxsize=64)
def _finisher(rules: TextRules) -> Callable[[Tokens], Tokens]:
    """What happens to tokens after cutting: unspaced scripts, stop words, stems."""
    stopped = cutting.stop_words(rules.language) if rules.stop_words else frozenset()
    stem = cutting.stemmer(rules.language) if rules.stem and rules.language in cutting.STEMMED_LANGUAGES else None
    by_letter = rules.tokenizer in ("word", "treebank", "tweet")

    def finish(tokens: Tokens) -> Tokens:
        if by_letter:
            tokens = [piece for token in tokens for piece in split_unspaced(token)]
        if stopped:
            tokens = [token for token in tokens if token.lower().lstrip(cutting.SPACE) not in stopped]
        return [stem(token) for token in tokens] if stem else tokens

    return finish
