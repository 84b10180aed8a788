"""Schema of the stored state of a text codec; bounds are those of the options of `preprocess`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from mmcli.artifacts.schema import Schema

_Pair = Annotated[list[str], Field(min_length=2, max_length=2)]


class RulesState(Schema):
    """See `TextRules`."""

    tokenizer: Literal["word", "treebank", "tweet", "char", "bpe", "byte-bpe", "wordpiece", "jieba"] = "word"
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] = "en"
    lowercase: bool = True
    stop_words: bool = False
    stem: bool = False
    sentences: bool = True
    pos: bool = False
    keep_pos: Annotated[list[str], Field(max_length=64)] = Field(default_factory=list)
    normal_form: Literal["NFC", "NFKC", "none"] = "NFC"
    keep_hidden: bool = False
    strip_html: bool = False
    strip_urls: bool = False
    redact: Annotated[list[Literal["email", "card", "iban", "ssn", "phone"]], Field(max_length=64)] = Field(default_factory=list)


class TextState(Schema):
    """See `TextCodec`."""

    modality: Literal["text"]
    vocabulary: Annotated[list[str], Field(max_length=2**24)]
    length: Annotated[int, Field(ge=2, le=4096)]
    rules: RulesState
    merges: Annotated[list[_Pair], Field(max_length=2**24)]
