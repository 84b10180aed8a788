"""Compare texts with a pretrained model alone: a BERT folder, or word vectors."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from mmcli.artifacts import manifest
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities.base import Array
from mmcli.modalities.text.bert.shape import read_shape
from mmcli.modalities.text.tokens import tokenizer
from mmcli.modalities.text.words import formats
from mmcli.modalities.text.words.pooling import known, mean_vectors, sif_vectors

_SHOWN_WORDS = 8


class PublishedTexts:
    """See `modality.Published`."""

    def sha256(self, source: Path) -> str:
        """Digest of the weights of a BERT folder, or of a file of word vectors."""
        if not source.is_dir():
            return manifest.sha256_of(source)
        read_shape(source)
        weights = source / "model.safetensors"
        return manifest.sha256_of(weights) if weights.is_file() else ""

    def vectors(self, source: Path, items: list[str], pooling: str, ui: Ui) -> Array:
        """Vectors `[n, d]` of texts.

        Args:
            source: A BERT folder, or a file of word vectors.
            items: The texts.
            pooling: Pooling of positions: `mean`, `sif` or `cls`.
            ui: Receives warnings about texts without a known word.

        Raises:
            UsageError: The model does not support this pooling.
            InputError: No word of the texts is among the word vectors.
        """
        if source.is_dir():
            if pooling == "sif":
                raise UsageError("sif pooling requires word vectors", "--pooling", "use mean or cls with a BERT folder")
            from mmcli.modalities.text.bert.sentences import SentenceEncoder

            encoder = SentenceEncoder(source, pooling)
            cut = encoder.cut(items)
            if cut:
                ui.warn(f"{counted(cut, 'text')} of {len(items):,} are longer than the {encoder.length:,} WordPieces that the model reads")
                ui.ledger.remark("texts", f"cut to {encoder.length:,} WordPieces", count=cut, of=len(items))
            return encoder.encode(items)
        return _pooled_words(source, items, pooling, ui)


def _pooled_words(source: Path, texts: list[str], pooling: str, ui: Ui) -> Array:
    if pooling == "cls":
        raise UsageError("cls pooling requires BERT", "--pooling", "use mean or sif with word vectors")
    cut, table = tokenizer("word"), formats.read(source)
    sentences = [cut(text) for text in texts]
    means = mean_vectors(sentences, table)
    unknown = [text for text, mean in zip(texts, means, strict=True) if not mean.any()]
    if len(unknown) == len(texts):
        raise InputError("no word of the texts is among the word vectors", visible(source), "give word vectors of the texts' language")
    if unknown:
        ui.warn(f"{len(unknown)} of {len(texts)} texts have no known word, e.g. {visible(unknown[0], 60)}; their cosines are 0")
        ui.ledger.remark("texts", "without a known word", count=len(unknown), of=len(texts), names=unknown)
    words = [word for word in dict.fromkeys(chain(*sentences)) if any(map(str.isalnum, word)) and not known(word, table)]
    if words and len(unknown) < len(texts):
        shown = ", ".join(visible(word, 40) for word in words[:_SHOWN_WORDS]) + (", ..." if len(words) > _SHOWN_WORDS else "")
        ui.warn(f"{counted(len(words), 'word')} of the texts are not among the word vectors: {shown}")
        ui.ledger.remark("words", "not among the word vectors", count=len(words), names=words)
    return sif_vectors(sentences, table) if pooling == "sif" else means


PUBLISHED = PublishedTexts()
