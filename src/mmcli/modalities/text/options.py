"""Options of text fields, and of their encoders."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig, FieldConfig


@dataclass(frozen=True)
class TextConfig(FieldConfig):
    """What `preprocess` can be told of a text field."""

    panel: ClassVar[str] = "Text fields"

    encoding: str | None = option(None, "Encoding of text files; auto: UTF-8, or UTF-16 with its mark.", metavar="NAME")
    normal_form: str = option("NFC", "Unicode normal form of texts.", choices=("NFC", "NFKC", "none"))
    keep_hidden: bool = option(False, "Keep control and format characters of texts, such as bidirectional overrides.")
    strip_html: bool = option(False, "Take HTML tags out of texts and resolve entities.")
    strip_urls: bool = option(False, "Take web addresses out of texts.")
    redact: tuple[str, ...] = option(
        (), "Personal data to replace in texts.", choices=("email", "card", "iban", "ssn", "phone"), metavar="KIND,..."
    )
    language: str = option("en", "Language of texts, two letters; auto finds it in the train texts.", metavar="CODE")
    sentences: bool = option(True, "Cut texts into sentences before words, so that periods come off.")
    tokenizer: str = option(
        "word", "How texts are cut into tokens.", choices=("word", "treebank", "tweet", "char", "bpe", "wordpiece", "jieba")
    )
    lowercase: bool = option(True, "Write texts in lower case.")
    stop_words: bool = option(False, "Leave out the language's stop words.")
    stem: bool = option(False, "Reduce words to their Snowball stems.")
    pos: bool = option(False, "Keep the part of speech of each token as the column FIELD.pos.")
    keep_pos: tuple[str, ...] = option(
        (),
        "Keep only tokens of these parts of speech, such as NOUN,VERB.",
        choices=("ADJ", "ADP", "ADV", "CONJ", "DET", "NOUN", "NUM", "PRON", "PRT", "VERB", ".", "X"),
        metavar="TAG,...",
    )
    vocabulary_size: int | None = option(None, "Most different tokens; auto: all, 8,000 for bpe and wordpiece.", ge=1, le=1_000_000)
    min_count: int = option(1, "Rarer train tokens become the unknown token.", ge=1, le=1_000_000)
    max_tokens: int = option(32, "Longest row of a text in tokens, its end included.", ge=2, le=4096)

    def __post_init__(self) -> None:
        if self.encoding and not _is_encoding(self.encoding):
            raise UsageError(f"there is no encoding {visible(self.encoding)}", "--encoding", "use a name such as latin-1 or utf-16-le")
        if not re.fullmatch("[a-z]{2}|auto", self.language):
            what = f"a language is two small letters, not {visible(self.language, 40)}"
            raise UsageError(what, "--language", "use a code such as en, de or zh, or auto")


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - others, such as zlib, are no encodings of text
    except (LookupError, ValueError):
        return False


@dataclass(frozen=True)
class TextEncoderConfig(EncoderConfig):
    """How `embed` reads texts."""

    panel: ClassVar[str] = "Text encoder"

    text_method: str = option("gru", "Encoder of texts.", choices=("gru", "lstm", "word2vec", "fasttext", "glove", "bert"))
    text_weights: str | None = option(
        None, "Published word vectors, or a BERT folder; none: learned from the texts.", metavar="PATH", absent="none"
    )
    text_width: int | None = option(None, "Width of the text encoder or of the word vectors; auto: the method's.", ge=1, le=4096)
    text_layers: int = option(2, "Blocks of a BERT that is trained from scratch.", ge=1, le=48)
    pretrain_epochs: int = option(10, "Passes over the texts in which such a BERT guesses hidden words.", ge=0, le=10_000)
    pooling: str = option("auto", "How the positions of a text become one vector.", choices=("auto", "attention", "mean", "sif", "cls"))
    word_format: str = option("none", "Also write the word vectors in this text format.", choices=("none", "word2vec", "glove"))

    def __post_init__(self) -> None:
        words = self.text_method in ("word2vec", "fasttext", "glove")
        if self.pooling == "sif" and not words:
            raise UsageError("sif pools word vectors", "--pooling", "use it with --text-method word2vec, fasttext or glove")
        if self.pooling == "cls" and self.text_method != "bert":
            raise UsageError("cls is a pooling of bert", "--pooling", "use it with --text-method bert")
        if self.text_weights and self.text_method in ("gru", "lstm"):
            raise UsageError("a recurrent encoder takes no published weights", "--text-weights", "name a --text-method that does")
        if self.word_format != "none" and not words:
            raise UsageError("this text method has no word vectors", "--word-format", "use it with word2vec, fasttext or glove")

    def weight_files(self) -> list[tuple[str, str]]:
        """Also the text encoder's."""
        own = [("--text-weights", self.text_weights)] if self.text_weights else []
        return [*own, *super().weight_files()]

    def small(self) -> bool:
        """GloVe and BERT are not."""
        return self.text_method not in ("glove", "bert") and super().small()
