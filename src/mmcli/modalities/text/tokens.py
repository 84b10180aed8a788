"""Cut sentences into tokens and join tokens to readable sentences."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from collections.abc import Callable, Sequence

from mmcli.errors import EnvironmentUnfitError
from mmcli.modalities.text.parts import part
from mmcli.modalities.text.scripts import written_together

Tokenize = Callable[[str], list[str]]
TOKENIZERS = ("word", "treebank", "tweet", "char", "bpe", "wordpiece", "jieba")
SUBWORDS = frozenset({"bpe", "wordpiece"})
SPACE = "▁"  # begins a subword that begins a word
_LONGEST_RUN = 1000
_LONG_RUN = re.compile(rf"\S{{{_LONGEST_RUN},}}")
_PIECES = re.compile(r"\w{1,200}|[^\w\s]")
_SUBWORD_PIECES = re.compile(r" ?(?:\w{1,100}|[^\w\s])")


@functools.cache
def tokenizer(name: str) -> Tokenize:
    """Function that cuts a sentence into tokens.

    Args:
        name: `word` (NLTK's improved Treebank rules), `treebank`, `tweet`, `char`, `jieba`, or
            `bpe` and `wordpiece`, for which it gives the words that are cut further on.

    Raises:
        EnvironmentUnfitError: A package that it needs is missing.
    """
    if name == "char":
        return list
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
    """The same tokeniser, but long runs without a blank, which are no words, are cut beforehand.

    Some rules take time in the square of such a run.
    """

    def cut(text: str) -> list[str]:
        if len(text) >= _LONGEST_RUN and _LONG_RUN.search(text):
            text = _LONG_RUN.sub(lambda run: " ".join(_PIECES.findall(run[0])), text)
        return tokenize(text)

    return cut


def _subword_pieces(text: str) -> list[str]:
    found = _SUBWORD_PIECES.findall(" " + " ".join(text.split()))
    return [SPACE + piece[1:] if piece[0] == " " else piece for piece in found]


def _jieba() -> Tokenize:
    try:
        import jieba
    except ImportError:
        raise EnvironmentUnfitError("the tokenizer jieba is not installed", "--tokenizer jieba", "pip install 'mmcli[zh]'") from None
    import logging

    jieba.setLogLevel(logging.ERROR)
    return lambda text: [token for token in jieba.lcut(text) if not token.isspace()]


def tokenizer_name(name: str) -> str:
    """Name and version of what `tokenizer` gives, to record."""
    packages = {"word": "nltk", "treebank": "nltk", "tweet": "nltk", "jieba": "jieba", "bpe": "tokenizers", "wordpiece": "tokenizers"}
    return f"{packages[name]} {importlib.metadata.version(packages[name])} {name}" if name in packages else name


def stop_list_name(language: str) -> str:
    """Name and version of a language's list of stop words, to record; empty where there is none."""
    from stopwordsiso import has_lang

    return f"stopwordsiso {importlib.metadata.version('stopwordsiso')} {language}" if has_lang(language) else ""


def stemmer_name(language: str) -> str:
    """Name and version of a language's stemmer, to record; empty where there is none."""
    return f"nltk {importlib.metadata.version('nltk')} snowball {_SNOWBALL[language]}" if language in _SNOWBALL else ""


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """Stop words of a language by its two letters; empty where there is no list."""
    from stopwordsiso import has_lang, stopwords

    return frozenset(stopwords(language)) if has_lang(language) else frozenset()


_SNOWBALL = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian",
    "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
}  # fmt: skip
STEMMED_LANGUAGES = frozenset(_SNOWBALL)


@functools.cache
def stemmer(language: str) -> Callable[[str], str]:
    """Snowball stemmer of a language in `STEMMED_LANGUAGES`."""
    from nltk.stem.snowball import SnowballStemmer

    stem = SnowballStemmer(_SNOWBALL[language]).stem
    return functools.lru_cache(maxsize=200_000)(stem)


_NO_SPACE_BEFORE = re.compile(r"^(?:[.,:;!?%)\]}\u00bb\u201d\u2019\u2026]+|''|n't|'(?:s|m|d|ll|re|ve))$", re.IGNORECASE)
_NO_SPACE_AFTER = frozenset("([{«“\u2018$#@") | {"``"}
_QUOTES = {"``": '"', "''": '"'}


def join(tokens: Sequence[str], name: str) -> str:
    """A readable sentence: the blanks that a tokeniser took away are put back."""
    if name == "char":
        return "".join(tokens)
    if name == "bpe":
        return "".join(tokens).replace(SPACE, " ").strip()
    if name == "wordpiece":
        return "".join(token.removeprefix("##") for token in tokens).replace(SPACE, " ").strip()
    parts: list[str] = []
    before = ""
    for token in tokens:
        glued = not before or before in _NO_SPACE_AFTER or _NO_SPACE_BEFORE.match(token) or written_together(before, token)
        parts += [token] if glued else [" ", token]
        before = token
    return "".join(_QUOTES.get(piece, piece) for piece in parts)
