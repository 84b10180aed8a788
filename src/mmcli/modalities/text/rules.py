"""Convert a raw text to tokens, with every option that `preprocess` offers."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text import tokens as cutting
from mmcli.modalities.text.chunks import ChunkTokenizer
from mmcli.modalities.text.cleaning import clean
from mmcli.modalities.text.languages import CODES, elision, lowered, meant, plain_apostrophes
from mmcli.modalities.text.pii import redact
from mmcli.modalities.text.scripts import UNSPACED_LANGUAGES, has_unspaced, split_unspaced
from mmcli.modalities.text.sentences import sentence_splitter
from mmcli.modalities.text.tagging import tagger, tagger_name

Tokens = list[str]
_BY_LETTER = frozenset({"word", "treebank", "tweet"})  # runs of unspaced scripts are split into letters
_TOOLS = {
    "tagger": ("part-of-speech tagger", "--pos, --keep-pos"),
    "stop_words": ("stop word list", "--stop-words"),
    "stemmer": ("stemmer", "--stem"),
}


@dataclass(frozen=True)
class TextRules:
    """How a text is tokenised; the fields are options of `preprocess`."""

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
        """Tools used by these rules, as `name version`; empty if the language has none."""
        wanted = {
            "tokenizer_version": (True, lambda: cutting.tokenizer_name(self.tokenizer)),
            "tagger": (self.tags, lambda: tagger_name(self.language)),
            "stop_words": (self.stop_words, lambda: cutting.stop_list_name(self.language)),
            "stemmer": (self.stem, lambda: cutting.stemmer_name(self.language)),
        }
        return {name: find() for name, (used, find) in wanted.items() if used}

    def check(self) -> None:
        """Check that all required tools are available.

        Raises:
            UsageError: The language is unknown or lacks a requested tagger, stop word list or stemmer, or
                the tokeniser gives letters but words are needed.
            EnvironmentUnfitError: A package is missing.
        """
        if self.language not in CODES:
            fix = f"did you mean {near}?" if (near := meant(self.language)) else "use an ISO 639-1 code such as en, de or zh, or auto"
            raise UsageError(f"unknown language {visible(self.language, 20)}", "--language", fix)
        cutting.tokenizer(self.tokenizer)
        self._check_words()
        missing = next((name for name, found in self.tools().items() if not found), None)
        if missing:
            noun, flag = _TOOLS[missing]
            what = f"there is no {noun} for the language {visible(self.language, 20)}"
            raise UsageError(what, flag, "omit it, or set it for single fields with --set FIELD.OPTION=VALUE")

    def _check_words(self) -> None:
        """Check that options for words are not combined with letters."""
        asked = {"--stop-words": self.stop_words, "--stem": self.stem, "--pos": self.pos, "--keep-pos": bool(self.keep_pos)}
        flag = next((flag for flag, on in asked.items() if on), None)
        if flag and self.tokenizer in ("char", byte_pairs.NAME):
            what = f"{flag} needs words, but --tokenizer {self.tokenizer} gives {'letters' if self.tokenizer == 'char' else 'bytes'}"
            raise UsageError(what, flag, "omit it, or use --tokenizer word")
        if self.stop_words and self.language in UNSPACED_LANGUAGES and (self.language, self.tokenizer) != ("zh", "jieba"):
            what = f"--tokenizer {self.tokenizer} cannot split {self.language} into words, which are not separated by spaces"
            fix = "use --tokenizer jieba, or omit it" if self.language == "zh" else "omit it"
            raise UsageError(what, "--stop-words", fix)

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
            plain = [word.lstrip(cutting.SPACE) for word in words] if self.tokenizer in cutting.SUBWORDS else words
            for word, found in zip(words, tag(plain), strict=True):
                if self.keep_pos and found not in self.keep_pos:
                    continue
                finished = finish(word)
                tokens += finished
                tags += [found] * len(finished)
        return tokens, tags

    def _sentences(self, text: str) -> Tokens:
        if self.tokenizer == byte_pairs.NAME:
            return [text]  # lossless: blanks and line breaks are tokens
        flat = " ".join(text.split())
        if self.tokenizer in _BY_LETTER:
            flat = plain_apostrophes(flat)
        if self.sentences and self.tokenizer in ("word", "treebank"):
            return sentence_splitter(self.language)(flat)
        return [flat]


@functools.lru_cache(maxsize=64)
def _word_finisher(rules: TextRules) -> Callable[[str], Tokens]:
    """Cached processing of one word after tagging."""
    finish = _finisher(rules)

    @functools.lru_cache(maxsize=200_000)
    def finish_word(word: str) -> Tokens:
        return finish([lowered(word, rules.language) if rules.lowercase else word])

    return finish_word


@functools.lru_cache(maxsize=64)
def _plain_path(rules: TextRules) -> Callable[[str], Tokens]:
    """Convert text to tokens without tags; chunk by chunk for the word tokeniser."""
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
        for sentence in rules._sentences(text):  # noqa: SLF001 - part of TextRules
            tokens += cut_and_finish(lowered(sentence, rules.language) if rules.lowercase else sentence)
        return tokens

    return run


@functools.lru_cache(maxsize=64)
def _cutter(rules: TextRules) -> Callable[[str], Tokens]:
    if rules.tokenizer == "word":
        return ChunkTokenizer(cutting.tokenizer("word"), lambda tokens: tokens)
    cut = cutting.tokenizer(rules.tokenizer)
    return cutting.guarded(cut) if rules.tokenizer in _BY_LETTER else cut


@functools.lru_cache(maxsize=64)
def _finisher(rules: TextRules) -> Callable[[Tokens], Tokens]:
    """Post-processing of tokens: elided words, unspaced scripts, stop words, stems."""
    stem = cutting.stemmer(rules.language) if rules.stem else None
    by_letter = rules.tokenizer in _BY_LETTER
    elided = elision(rules.language) if by_letter else None

    def finish(tokens: Tokens) -> Tokens:
        if elided:
            tokens = [piece for token in tokens for piece in _without_elision(token, elided)]
        if by_letter:
            tokens = [piece for token in tokens for piece in split_unspaced(token)]
        if rules.stop_words:
            # A letter of an unspaced script is part of an unknown word.
            tokens = [t for t in tokens if (by_letter and has_unspaced(t)) or not cutting.is_stop_word(t, rules.language)]
        return [_stemmed(token, stem) for token in tokens] if stem else tokens

    return finish


def _without_elision(token: str, elided: re.Pattern[str]) -> Tokens:
    found = elided.fullmatch(token) if "'" in token else None
    return list(found.groups()) if found else [token]


def _stemmed(token: str, stem: Callable[[str], str]) -> str:
    word = token.lstrip(cutting.SPACE)
    return token[: len(token) - len(word)] + (stem(word) or word)  # the Arabic stemmer reduces some signs to nothing
