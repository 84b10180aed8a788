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
    """Options of `preprocess` for text fields."""

    panel: ClassVar[str] = "Text fields"

    encoding: str | None = option(None, "Encoding of text files; auto: UTF-8, or UTF-16 with a byte order mark.", metavar="NAME")
    normal_form: str = option("NFC", "Unicode normal form of texts.", choices=("NFC", "NFKC", "none"))
    keep_hidden: bool = option(False, "Keep control and format characters, such as bidirectional overrides.")
    strip_html: bool = option(False, "Remove HTML tags and resolve entities.")
    strip_urls: bool = option(False, "Remove URLs.")
    redact: tuple[str, ...] = option(
        (), "Kinds of personal data to replace by placeholders.", choices=("email", "card", "iban", "ssn", "phone"), metavar="KIND,..."
    )
    language: str = option("en", "Two-letter language code; auto: detect it from the train texts.", metavar="CODE")
    sentences: bool = option(True, "Split texts into sentences before words, so that periods become tokens.")
    tokenizer: str = option(
        "word", "Tokeniser of texts.", choices=("word", "treebank", "tweet", "char", "bpe", "byte-bpe", "wordpiece", "jieba")
    )
    lowercase: bool = option(True, "Convert texts to lower case.")
    stop_words: bool = option(False, "Remove the language's stop words.")
    stem: bool = option(False, "Reduce words to their Snowball stems.")
    pos: bool = option(False, "Store the part of speech of each token in the column FIELD.pos.")
    keep_pos: tuple[str, ...] = option(
        (),
        "Keep only tokens of these parts of speech, such as NOUN,VERB.",
        choices=("ADJ", "ADP", "ADV", "CONJ", "DET", "NOUN", "NUM", "PRON", "PRT", "VERB", ".", "X"),
        metavar="TAG,...",
    )
    vocabulary_size: int | None = option(None, "Maximum vocabulary size; auto: unlimited, or 8,000 for subwords.", ge=1, le=1_000_000)
    min_count: int = option(1, "Minimum count in the train split; rarer tokens become the unknown token.", ge=1, le=1_000_000)
    max_tokens: int = option(32, "Maximum length in tokens, including the end token.", ge=2, le=4096)

    def __post_init__(self) -> None:
        if self.encoding and not _is_encoding(self.encoding):
            raise UsageError(f"unknown encoding {visible(self.encoding)}", "--encoding", "use a name such as latin-1 or utf-16-le")
        if not re.fullmatch("[a-z]{2}|auto", self.language):
            what = f"language must be a two-letter code, not {visible(self.language, 40)}"
            raise UsageError(what, "--language", "use a code such as en, de or zh, or auto")


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding  # noqa: SLF001 - others, such as zlib, are not text encodings
    except (LookupError, ValueError):
        return False


@dataclass(frozen=True)
class TextEncoderConfig(EncoderConfig):
    """Options of `embed` for text encoders."""

    panel: ClassVar[str] = "Text encoder"

    text_method: str = option("gru", "Text encoder.", choices=("gru", "lstm", "word2vec", "fasttext", "glove", "bert"))
    text_weights: str | None = option(
        None, "Pretrained word vectors, or a BERT folder; none: learned from the texts.", metavar="PATH", absent="none"
    )
    text_width: int | None = option(None, "Width of the text encoder or the word vectors; auto: the method's default.", ge=1, le=4096)
    text_layers: int = option(2, "Number of blocks of a BERT trained from scratch.", ge=1, le=48)
    pretrain_epochs: int = option(10, "Number of masked language modelling epochs of such a BERT.", ge=0, le=10_000)
    pooling: str = option("auto", "Pooling of the positions of a text to one vector.", choices=("auto", "attention", "mean", "sif", "cls"))
    word_format: str = option("none", "Also export the word vectors in this text format.", choices=("none", "word2vec", "glove"))

    def __post_init__(self) -> None:
        words = self.text_method in ("word2vec", "fasttext", "glove")
        if self.pooling == "sif" and not words:
            raise UsageError("sif only pools word vectors", "--pooling", "use it with --text-method word2vec, fasttext or glove")
        if self.pooling == "cls" and self.text_method != "bert":
            raise UsageError("cls pooling requires bert", "--pooling", "use it with --text-method bert")
        if self.text_weights and self.text_method in ("gru", "lstm"):
            raise UsageError(
                "a recurrent encoder does not take pretrained weights",
                "--text-weights",
                "omit it, or add --text-method word2vec, fasttext, glove or bert",
            )
        if self.word_format != "none" and not words:
            raise UsageError(
                "this text method has no word vectors", "--word-format", "omit it, or add --text-method word2vec, fasttext or glove"
            )

    def weight_files(self) -> list[tuple[str, str]]:
        """Also those of the text encoder."""
        own = [("--text-weights", self.text_weights)] if self.text_weights else []
        return [*own, *super().weight_files()]

    def small(self) -> bool:
        """False for GloVe and BERT."""
        return self.text_method not in ("glove", "bert") and super().small()
