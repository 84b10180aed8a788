"""WordPiece tokenisation of a published BERT folder, by the `tokenizers` library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError
from mmcli.modalities.text.words.vectors import Array

_MAX_BYTES = 64 * 2**20
_MAX_UNUSED = 1024  # unused rows of an embedding that was padded for speed
_AGAIN = "download the folder again from its publisher"


class WordPiece:
    """Texts to WordPiece ids.

    Args:
        tokenizer: A `tokenizers.Tokenizer` without truncation and padding.
        where: Name of its folder in errors.
    """

    def __init__(self, tokenizer: Any, where: str) -> None:
        self._tokenizer = tokenizer
        self.size = int(tokenizer.get_vocab_size())
        self.pad, self.unknown, self.start, self.end, self.mask = (
            self._special(f"[{n}]", where) for n in ("PAD", "UNK", "CLS", "SEP", "MASK")
        )
        if self.pad != 0:
            raise InputError("the padding token is not id 0", where, "give a BERT model whose vocabulary starts with [PAD]")

    def pieces(self, text: str) -> list[int]:
        """Ids of a text without start and end tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def rows(self, texts: Sequence[str], length: int) -> list[Array]:
        """Ids with start and end tokens, each of at most `length` ids: int32 arrays."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array([self.start, *item.ids[: length - 2], self.end], dtype=np.int32) for item in encoded]

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Number of WordPieces of each text, without start and end tokens."""
        return [len(item.ids) for item in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)]

    def _special(self, token: str, where: str) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise IntegrityError(f"the vocabulary lacks {token}", where, _AGAIN)
        return int(number)


def read_tokenizer(folder: Path, num_rows: int) -> WordPiece:
    """Load the tokeniser of a folder: `tokenizer.json`, otherwise `vocab.txt`.

    Args:
        folder: Published folder.
        num_rows: Rows of the network's word embedding; some publishers pad it by a few rows.

    Raises:
        InputError: Neither exists.
        IntegrityError: It cannot be read, or its length does not match the embedding.
    """
    from tokenizers import Tokenizer

    whole, words = folder / "tokenizer.json", folder / "vocab.txt"
    if whole.is_file():
        _check_size(whole)
        try:
            found = Tokenizer.from_str(whole.read_text(encoding="utf-8"))
        except Exception as error:  # noqa: BLE001 - the library raises bare Exception
            raise IntegrityError(f"tokenizer.json cannot be read: {visible(error)}", visible(whole), _AGAIN) from None
    elif words.is_file():
        _check_size(words)
        found = _from_vocabulary(words, _is_lower_case(folder))
    else:
        raise InputError("the BERT folder has no vocab.txt and no tokenizer.json", visible(folder), _AGAIN)
    found.no_padding()
    found.no_truncation()
    wordpiece = WordPiece(found, visible(folder))
    if not num_rows - _MAX_UNUSED <= wordpiece.size <= num_rows:
        what = f"the vocabulary has {wordpiece.size:,} entries, config.json requires {num_rows:,}"
        raise IntegrityError(what, visible(folder), _AGAIN)
    return wordpiece


def _from_vocabulary(path: Path, lowercase: bool) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    try:
        ids = models.WordPiece.read_file(str(path))
    except Exception as error:  # noqa: BLE001 - the library raises bare Exception
        raise IntegrityError(f"vocab.txt cannot be read: {visible(error)}", visible(path), _AGAIN) from None
    if "[UNK]" not in ids:
        raise IntegrityError("the vocabulary lacks [UNK]", visible(path), _AGAIN)
    found = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))  # noqa: S106 - a text token, not a password
    found.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    found.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return found


def _is_lower_case(folder: Path) -> bool:
    try:
        return bool(jsonio.read(folder / "tokenizer_config.json", 2**20).get("do_lower_case", True))
    except (OSError, jsonio.JsonError, AttributeError):
        return True


def _check_size(path: Path) -> None:
    if path.stat().st_size > _MAX_BYTES:
        raise IntegrityError("the vocabulary is larger than 64 MiB", visible(path), _AGAIN)
