"""Split sentences into tokens and join tokens to readable sentences."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import itertools
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text.languages import ELIDED, lowered, tools_of
from mmcli.modalities.text.parts import part
from mmcli.modalities.text.scripts import HAN, SIGNS_AFTER, SIGNS_BEFORE, has_han, marks, pieces, split_unspaced, written_together

Tokenize = Callable[[str], list[str]]
SUBWORDS = frozenset({"bpe", "wordpiece", byte_pairs.NAME})
SPACE = "▁"  # prefix of a subword that starts a word
_LONGEST_RUN = 1000
_LONG_RUN = re.compile(rf"\S{{{_LONGEST_RUN},}}")
_ASCII_PIECES = re.compile(r" ?(?:\w{1,100}|[^\w\s])")
_CLAUSES = re.compile("[^\u3002\uff01\uff0c\uff1b\uff1f]{1,400}[\u3002\uff01\uff0c\uff1b\uff1f]?|[\u3002\uff01\uff0c\uff1b\uff1f]")
_FOREIGN = re.compile(rf"([^\W{HAN}]*[^\W{HAN}\x00-\x7f][^\W{HAN}]*)")  # non-ASCII words that are not Chinese


@functools.cache
def tokenizer(name: str) -> Tokenize:
    """Function that splits a sentence into tokens.

    Args:
        name: `word` (NLTK's improved Treebank rules), `treebank`, `tweet`, `char`, `jieba`, or
            `bpe`, `byte-bpe` and `wordpiece`, for which it gives the words to be split into subwords.

    Raises:
        EnvironmentUnfitError: A required package is missing.
    """
    if name == "char":
        return list
    if name == byte_pairs.NAME:
        return byte_pairs.words
    if name in SUBWORDS:
        return _subword_pieces
    if name == "jieba":
        return _jieba()
    module, kind = {
        "word": ("nltk.tokenize.destructive", "NLTKWordTokenizer"),
        "treebank": ("nltk.tokenize.treebank", "TreebankWordTokenizer"),
        "tweet": ("nltk.tokenize.casual", "TweetTokenizer"),
    }[name]
    tokenize: Tokenize = getattr(part(module), kind)().tokenize
    return tokenize


def guarded(tokenize: Tokenize) -> Tokenize:
    """The same tokeniser, but long runs without spaces, which are not words, are split beforehand.

    Some rules take quadratic time on such runs.
    """

    def cut(text: str) -> list[str]:
        if len(text) >= _LONGEST_RUN and _LONG_RUN.search(text):
            text = _LONG_RUN.sub(lambda run: " ".join(pieces(run[0])), text)
        return tokenize(text)

    return cut


def _subword_pieces(text: str) -> list[str]:
    found = (_ASCII_PIECES if text.isascii() else _pieces_with_marks()).findall(" " + " ".join(text.split()))
    return [SPACE + piece[1:] if piece[0] == " " else piece for piece in found]


@functools.cache
def _pieces_with_marks() -> re.Pattern[str]:
    return re.compile(rf" ?(?:[\w{marks()}]{{1,100}}|[^\w\s{marks()}])")


def _jieba() -> Tokenize:
    if importlib.util.find_spec("jieba") is None:
        raise EnvironmentUnfitError("the tokenizer jieba is not installed", "--tokenizer jieba", "pip install jieba")
    words = guarded(tokenizer("word"))

    def cut(text: str) -> list[str]:
        # jieba supports Han and ASCII, and would split other words into letters.
        tokens: list[str] = []
        for chinese, chunks in itertools.groupby(text.split(), has_han):
            if not chinese:
                tokens += [piece for token in words(" ".join(chunks)) for piece in split_unspaced(token)]
                continue
            for run in _FOREIGN.split(" ".join(chunks)):
                tokens += [run] if _FOREIGN.fullmatch(run) else [token for token in _chinese(run) if not token.isspace()]
        return tokens

    return cut


def _chinese(text: str) -> list[str]:
    # By clause, because jieba takes quadratic time on runs without punctuation.
    cut = _jieba_dictionary().lcut
    return [token for clause in _CLAUSES.findall(text) for token in cut(clause)]


@functools.cache
def _jieba_dictionary() -> Any:
    """The tokeniser of jieba with its own dictionary.

    By default it loads, unchecked, a cache from the shared folder for temporary files, and writes one
    there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its outdated patterns and resource lookup
        import jieba

    found = jieba.Tokenizer()
    found.FREQ, found.total = found.gen_pfdict(found.get_dict_file())
    found.initialized = True
    return found


def tokenizer_name(name: str) -> str:
    """Name and version of the tokeniser, for the record."""
    packages = {"word": "nltk", "treebank": "nltk", "tweet": "nltk", "jieba": "jieba", "bpe": "tokenizers", "wordpiece": "tokenizers"}
    packages[byte_pairs.NAME] = "tokenizers"
    return f"{packages[name]} {importlib.metadata.version(packages[name])} {name}" if name in packages else name


def stop_list_name(language: str) -> str:
    """Name and version of a language's stop word list, for the record; empty if there is none."""
    from stopwordsiso import has_lang

    language = tools_of(language)
    return f"stopwordsiso {importlib.metadata.version('stopwordsiso')} {language}" if has_lang(language) else ""


def stemmer_name(language: str) -> str:
    """Name and version of a language's stemmer, for the record; empty if there is none."""
    name = _SNOWBALL.get(tools_of(language))
    return f"nltk {importlib.metadata.version('nltk')} snowball {name}" if name else ""


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """Stop words of a language by its code; empty if there is no list.

    Punctuation, which some lists include, is removed.
    """
    from stopwordsiso import has_lang, stopwords

    language = tools_of(language)
    return frozenset(word for word in stopwords(language) if any(map(str.isalnum, word))) if has_lang(language) else frozenset()


def is_stop_word(token: str, language: str) -> bool:
    """Whether a token is a stop word, including capitalised, elided and word-initial subword forms."""
    return lowered(token, language).lstrip(SPACE).removesuffix("'") in stop_words(language)


_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian",
    "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
}  # fmt: skip


@functools.cache
def stemmer(language: str) -> Callable[[str], str] | None:
    """Snowball stemmer of a language, if it has one."""
    from nltk.stem.snowball import SnowballStemmer

    name = _SNOWBALL.get(tools_of(language))
    if name is None:
        return None
    one = SnowballStemmer(name)

    @functools.lru_cache(maxsize=200_000)
    def stem(word: str) -> str:
        # NLTK's Arabic stemmer keeps state between words: each word gets a new one.
        found: str = (SnowballStemmer(name) if name == "arabic" else one).stem(word)
        return found

    return stem


_NO_SPACE_BEFORE = re.compile(
    rf"(?:[.,:;!?%)\]}}\u2019\u2026{SIGNS_AFTER}]+|[\u200d\ufe0e\ufe0f]|''|n't|'(?:s|m|d|ll|re|ve))", re.IGNORECASE
)
_NO_SPACE_AFTER = re.compile(rf"[(\[{{\u2018\u201a$#@{SIGNS_BEFORE}]|``|{ELIDED}", re.IGNORECASE)
_QUOTES = {"``": '"', "''": '"'}
_MARKS_OF_QUOTES = frozenset('"\u00ab\u00bb\u201c\u201d\u201e\u201f')  # which of them are opening marks differs between languages


def join(tokens: Sequence[str], name: str) -> str:
    """Join tokens to a readable sentence, restoring the spaces that the tokeniser removed."""
    if name == "char":
        return "".join(tokens)
    if name == byte_pairs.NAME:
        return byte_pairs.join(tokens)
    if name == "bpe":
        return "".join(tokens).replace(SPACE, " ").strip()
    if name == "wordpiece":
        return "".join(token.removeprefix("##") for token in tokens).replace(SPACE, " ").strip()
    parts: list[str] = []
    before, glue, quoted = "", True, False
    for token in tokens:
        is_mark = token in _MARKS_OF_QUOTES
        glued = glue or (is_mark and quoted) or _NO_SPACE_BEFORE.fullmatch(token) or written_together(before, token)
        parts += [token] if glued else [" ", token]
        quoted ^= is_mark
        before, glue = token, (is_mark and quoted) or _NO_SPACE_AFTER.fullmatch(token) is not None
    return "".join(_QUOTES.get(piece, piece) for piece in parts)
