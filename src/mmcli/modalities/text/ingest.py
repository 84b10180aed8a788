"""Raw texts of one field to rows of ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.jsonlines import JsonLines
from mmcli.artifacts.rowfile import RowWriter
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.modalities.identity import Identity, digest
from mmcli.modalities.ingest import FitPlan
from mmcli.modalities.text.cleaning import MAX_BYTES, to_text
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.options import TextConfig
from mmcli.modalities.text.rows import TokenStore, write_rows
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.subwords import learn
from mmcli.modalities.text.tokens import SUBWORDS

_SUBWORD_VOCABULARY = 8000
_LEAST_VOCABULARY = 2


@dataclass(frozen=True)
class TextDraft:
    """A cleaned text, its tokens, and their parts of speech if they are kept."""

    text: str
    tokens: list[str]
    tags: list[str] | None = None


@dataclass(frozen=True)
class PackedTokens:
    """Tokens of a chunk: `words[flat]`, split into texts of the given lengths."""

    words: list[str]
    flat: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]


class TextIngest:
    """See `modalities.ingest.Ingest`; tokens are stored as indices in order of first appearance."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "TXT_TOO_LARGE"

    def __init__(self, options: TextConfig) -> None:
        names = TextRules.__dataclass_fields__
        self._rules = TextRules(**{name: getattr(options, name) for name in names})
        self._options = options
        self._rules.check()  # missing tools are an immediate error
        self._numbers: dict[str, int] = {}

    @property
    def draft_bytes(self) -> int:
        """A rough estimate; texts vary."""
        return 4096

    @property
    def column_names(self) -> tuple[str, ...]:
        """The cleaned text, and the parts of speech of its tokens, separated by spaces."""
        return ("text", "pos") if self._rules.pos else ("text",)

    def decode(self, source: bytes | str) -> TextDraft:
        """Tokens of a text, with the text itself."""
        text = self._rules.clean(source if isinstance(source, str) else to_text(source, self._options.encoding))
        if self._rules.pos:
            return TextDraft(text, *self._rules.tokens_and_tags(text))
        return TextDraft(text, self._rules.tokens(text))

    def columns(self, draft: Any) -> dict[str, Any]:
        """The added columns."""
        return {"text": draft.text, "pos": " ".join(draft.tags)} if draft.tags is not None else {"text": draft.text}

    def pack(self, drafts: Sequence[Any]) -> PackedTokens:
        """Tokens as indices within the chunk; absent texts have length 0."""
        numbers: dict[str, int] = {}
        flat = [numbers.setdefault(token, len(numbers)) for draft in drafts if draft for token in draft.tokens]
        lengths = [len(draft.tokens) if draft else 0 for draft in drafts]
        return PackedTokens(list(numbers), np.array(flat, dtype=np.int32), np.array(lengths, dtype=np.int32))

    def identities(self, drafts: Sequence[Any]) -> list[Identity]:
        """Of the texts, without regard to case and blanks."""
        return [Identity(digest(" ".join(draft.text.casefold().split()).encode("utf-8", "surrogatepass"))) for draft in drafts]

    def alike(self, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Never asked: texts have no perceptual hash."""
        return np.zeros(len(pairs), dtype=bool)

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append tokens."""
        self._paths = (work / "flat.npy", work / "lengths.npy")
        kept = state or {"flat": 0, "rows": 0, "words_bytes": 0}
        self._flat = RowWriter(self._paths[0], (), np.int32, keep=kept["flat"])
        self._lengths = RowWriter(self._paths[1], (), np.int32, keep=kept["rows"])
        self._words = JsonLines(work / "words.jsonl", keep_bytes=kept["words_bytes"])
        self._numbers = {word: number for number, word in enumerate(word for line in self._words.read() for word in line)}
        self._num_stored = len(self._numbers)

    def append(self, packed: Any) -> None:
        """Store tokens under their indices across all chunks."""
        numbers = self._numbers
        table = np.array([numbers.setdefault(word, len(numbers)) for word in packed.words], dtype=np.int32)
        self._flat.append(table[packed.flat])
        self._lengths.append(packed.lengths)

    def state(self) -> dict[str, Any]:
        """Number of tokens and texts on disk, and size of the word list."""
        self._flat.flush(durable=True)
        self._lengths.flush(durable=True)
        self._words.append([list(islice(self._numbers, self._num_stored, None))])
        self._num_stored = len(self._numbers)
        return {"flat": self._flat.rows, "rows": self._lengths.rows, "words_bytes": self._words.flush(durable=True)}

    def finish(self, plan: FitPlan) -> tuple[TextCodec, dict[str, Any]]:
        """Build the vocabulary from the train split and write the rows."""
        self._flat.close()
        self._lengths.close()
        store = TokenStore(list(self._numbers), *self._paths)
        fitted = plan.present & plan.train
        counts = store.count(fitted)
        vocabulary, merges = self._vocabulary(counts)
        if len(vocabulary) < _LEAST_VOCABULARY:
            what = "the vocabulary of the train split is too small: all texts are empty or the same word"
            raise InputError(what, f"field {plan.target.stem}", "give more varied texts, or lower --min-count")
        draft = TextCodec(tuple(vocabulary), 2, self._rules, tuple(merges))
        pieces = store.pieces(draft)
        longest = int(pieces.lengths_of(store)[fitted].max(initial=1)) + 1
        codec = TextCodec(draft.vocabulary, max(2, min(self._options.max_tokens, longest)), draft.rules, draft.merges)
        facts, tokens = write_rows(codec, store, pieces, plan, self._options.max_tokens)
        cut = np.maximum(tokens - (codec.length - 1), 0)
        self._lengths_of = [(int(n), int(c)) if there else (None, None) for n, c, there in zip(tokens, cut, plan.present, strict=True)]
        self._fitted, self._unknown_share = codec, facts["unknown_share"]
        return codec, facts

    def fitted_columns(self) -> dict[str, list[Any]]:
        """Number of tokens of each text, and number of them that were truncated."""
        return {"tokens": [n for n, _ in self._lengths_of], "cut": [cut for _, cut in self._lengths_of]}

    def account(self, name: str, ledger: Ledger) -> None:
        """Texts that were cut, texts without a token, and words that are not in the vocabulary."""
        self._fitted.account(name, self.fitted_columns().get, ledger, rows=False)
        tokens = [number for number, _ in self._lengths_of if number is not None]
        ledger.remark(name, "without a token", count=tokens.count(0), of=len(tokens))
        share = self._unknown_share["held_out"]
        if share:
            ledger.note("noted", name, f"{100 * share:.2g} % of the tokens of val and test are not in the vocabulary of the train texts")

    def _vocabulary(self, counts: dict[str, int]) -> tuple[list[str], list[tuple[str, str]]]:
        size = self._options.vocabulary_size
        if self._rules.tokenizer in SUBWORDS:
            return learn(self._rules.tokenizer, counts, size or _SUBWORD_VOCABULARY)
        # By count, then by spelling, so that the order of the records does not matter.
        ranked = sorted(
            (word for word, count in counts.items() if count >= self._options.min_count), key=lambda word: (-counts[word], word)
        )
        return ranked[:size] if size else ranked, []
