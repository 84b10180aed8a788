"""Read and write files of word vectors: GloVe text, word2vec text, word2vec binary.

Pickled tables (gensim's own `save`, gensim's fastText models) can run code when they are loaded, so
they are refused; gensim writes the word2vec format with `save_word2vec_format`.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mmcli.artifacts import foreign
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, SafetyError
from mmcli.modalities.text.words.vectors import WordVectors

MAX_WIDTH = 4096
MAX_WORDS = 20_000_000
_MAX_LINE = 2**20
_MAX_WORD_BYTES = 4096
_BLOCK = 65_536
_AGAIN, _REPAIR = "download the file again", "fix that line, or download the file again"
_FASTTEXT_MAGIC = (793_712_314).to_bytes(4, "little")
_CONVERT = "export it with KeyedVectors.save_word2vec_format(path, binary=True) and use that file"


def read(path: Path, limit: int = MAX_WORDS) -> WordVectors:
    """Read a table of word vectors, plain or gzipped; the format is recognised by its content.

    Args:
        path: GloVe text (`word v1 ... vw`, no header; words may contain spaces), word2vec text (header
            `V w`) or word2vec binary.
        limit: Maximum number of words to read; published tables are sorted by frequency.

    Raises:
        InputError: The file is missing or contains no vectors.
        IntegrityError: A line or a vector is malformed; the message names it.
        SafetyError: The file is a pickle.
    """
    where = visible(path)
    userfile.check(path, "file of word vectors", "check the path after --text-weights")
    try:
        with _open(path) as handle:
            refuse_pickle(handle.peek(256)[:256], where)  # type: ignore[attr-defined]  # both readers are buffered
            table = _read(handle, where, min(limit, MAX_WORDS))
    except (OSError, EOFError) as error:
        raise IntegrityError(f"the word vectors cannot be read: {visible(error)}", where, _AGAIN) from None
    if not table.words:
        raise InputError("the file contains no word vectors", where, "use GloVe text, word2vec text or word2vec binary")
    return table


def refuse_pickle(start: bytes, where: str) -> None:
    """Refuse a pickle, a zip archive as PyTorch writes it, and fastText's own format.

    Raises:
        SafetyError: It is a pickle or an archive.
        InputError: It is a fastText model.
    """
    kind = foreign.kind_of_content(start)
    old_pickle = start[:1] in (b"(", b"c") and b"gensim" in start
    if kind == foreign.PICKLE or old_pickle:
        raise SafetyError("the file is a pickle, which can run code when it is loaded", where, _CONVERT)
    if start.startswith(_FASTTEXT_MAGIC):
        raise InputError("this is fastText's own binary format", where, "use the .vec file next to it")
    if kind == foreign.ZIP:
        raise SafetyError("the file is an archive, perhaps of pickles", where, "use GloVe text, word2vec text or word2vec binary")


def _open(path: Path) -> BinaryIO:
    with path.open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]  # GzipFile reads as one


def _read(handle: BinaryIO, where: str, limit: int) -> WordVectors:
    first = handle.readline(_MAX_LINE)
    size = _header(first, where)
    if size is None:
        return _read_text(_lines(handle, first), 0, 0, where, limit)
    count, width = size
    sample = handle.peek(_MAX_WORD_BYTES)[:_MAX_WORD_BYTES]  # type: ignore[attr-defined]
    if _is_binary(sample, width):
        return _read_binary(handle, count, width, where, limit)
    return _read_text(_lines(handle, b""), width, count, where, limit)


def _header(line: bytes, where: str) -> tuple[int, int] | None:
    parts = line.split()
    if len(parts) != 2 or not all(part.isdigit() and len(part) < 12 for part in parts):
        return None
    count, width = int(parts[0]), int(parts[1])
    if not (1 <= width <= MAX_WIDTH and count <= MAX_WORDS):
        raise IntegrityError(f"the header claims {count:,} vectors of width {width:,}", f"{where}, line 1", _AGAIN)
    return count, width


def _is_binary(sample: bytes, width: int) -> bool:
    """Whether the first word is followed by float32 bytes rather than decimal numbers."""
    line = sample.split(b"\n", 1)[0].split(b" ")
    try:
        [float(part) for part in line[-min(width, 4) :] if part]
    except ValueError:
        return True
    return not line[0].isascii() and len(line) < width


def _lines(handle: BinaryIO, first: bytes) -> Iterator[bytes]:
    if first:
        yield first
    while line := handle.readline(_MAX_LINE):
        yield line


def _read_text(lines: Iterator[bytes], width: int, declared: int, where: str, limit: int) -> WordVectors:
    """Lines `word v1 ... vw`; without a header the first line determines the width."""
    words: dict[str, None] = {}
    blocks: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    read = 0
    for number, line in enumerate(lines, 2 if declared else 1):
        parts = line.decode("utf-8", "replace").rstrip("\r\n ").split(" ")
        if parts == [""]:
            continue
        width = width or _leading_width(parts)
        word, row = _parse(parts, width, f"{where}, line {number}")
        read += 1
        if word not in words:
            words[word] = None
            rows.append(row)
        if len(rows) == _BLOCK:
            blocks, rows = [*blocks, np.stack(rows)], []
        if len(words) >= limit:
            break
    if read < declared and len(words) < limit:
        raise IntegrityError(f"the file ends after {read:,} of {declared:,} vectors", where, _AGAIN)
    blocks.append(np.array(rows, dtype=np.float32).reshape(len(rows), width))
    return WordVectors(tuple(words), np.concatenate(blocks))


def _leading_width(parts: list[str]) -> int:
    """Width of a table without a header: the number of values at the end of its first line.

    The word of the first line is assumed to contain no space, which holds for every published table
    (the first words are the most frequent ones).
    """
    return min(len(parts) - 1, MAX_WIDTH + 1)


def _parse(parts: list[str], width: int, where: str) -> tuple[str, np.ndarray]:
    if not 1 <= width <= MAX_WIDTH or len(parts) < width + 1:
        raise IntegrityError(f"a vector has {max(len(parts) - 1, 0):,} numbers instead of {width:,}", where, _REPAIR)
    try:
        row = np.array(parts[-width:], dtype=np.float32)
    except ValueError:
        raise IntegrityError("a vector contains a value that is not a number", where, _REPAIR) from None
    if not np.isfinite(row).all():
        raise IntegrityError("a vector contains NaN or infinity", where, _REPAIR)
    word = " ".join(parts[:-width])
    # Only GloVe's largest table has words with spaces; a line with extra numbers has the wrong width.
    if len(parts) > width + 1 and all(_is_decimal(part) for part in parts[1:-width]):
        raise IntegrityError(f"a vector has {len(parts) - 1:,} numbers instead of {width:,}", where, _REPAIR)
    return word, row


def _is_decimal(text: str) -> bool:
    try:
        return "." in text and math.isfinite(float(text)) and text.strip(".") != ""
    except ValueError:
        return False


def _read_binary(handle: BinaryIO, count: int, width: int, where: str, limit: int) -> WordVectors:
    words: dict[str, None] = {}
    rows = []
    for number in range(min(count, limit)):
        word = _read_word(handle, f"{where}, vector {number + 1}")
        data = handle.read(4 * width)
        if len(data) < 4 * width:
            raise IntegrityError(f"the file ends after {number:,} of {count:,} vectors", where, _AGAIN)
        row = np.frombuffer(data, dtype="<f4")
        if not np.isfinite(row).all():
            raise IntegrityError("a vector contains NaN or infinity", f"{where}, vector {number + 1}", _AGAIN)
        if word not in words:
            words[word] = None
            rows.append(row)
    return WordVectors(tuple(words), np.array(rows, dtype=np.float32).reshape(len(rows), width))


def _read_word(handle: BinaryIO, where: str) -> str:
    letters = bytearray()
    while len(letters) <= _MAX_WORD_BYTES:
        letter = handle.read(1)
        if letter == b" ":
            return letters.decode("utf-8", "replace")
        if not letter:
            raise IntegrityError("unexpected end of file within a word", where, _AGAIN)
        if letter != b"\n":  # the original tool ends each vector with a line feed, gensim does not
            letters += letter
    raise IntegrityError("a word is longer than 4,096 bytes", where, _AGAIN)


def write_word2vec(path: Path, table: WordVectors, *, binary: bool = False) -> None:
    """Write the word2vec format, text or binary; spaces within words become underscores."""
    with path.open("wb") as handle:
        handle.write(f"{len(table.words)} {table.width}\n".encode())
        for word, row in zip(_safe(table.words, "_"), table.matrix, strict=True):
            if binary:
                handle.write(word.encode() + b" " + row.astype("<f4").tobytes())
            else:
                handle.write(_line(word, row))


def write_glove(path: Path, table: WordVectors) -> None:
    """Write GloVe's text format: no header; spaces within words are kept, line breaks become underscores."""
    with path.open("wb") as handle:
        for word, row in zip(table.words, table.matrix, strict=True):
            handle.write(_line("_".join(word.split("\n")), row))


def _line(word: str, row: np.ndarray) -> bytes:
    # NumPy writes the shortest string that parses back to the same float32.
    return f"{word} {' '.join(map(str, row.astype(np.float32)))}\n".encode()


def _safe(words: Iterable[str], blank: str) -> Iterator[str]:
    return (blank.join(word.split()) or blank for word in words)
