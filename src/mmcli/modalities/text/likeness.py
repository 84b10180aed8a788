"""How like texts are to what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.text_overlap import overlaps
from mmcli.modalities.base import Array, Codec
from mmcli.modalities.likeness import Forms, Likeness
from mmcli.modalities.show import StoredField
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.show import SHOW
from mmcli.modalities.text.tokens import join


class TextLikeness(Likeness):
    """Texts as users read them: generated ones as they are written, real ones in full, in the form that their field's rules give them."""

    by_features: ClassVar[bool] = False

    def most(self, codec: Codec) -> int:
        """Texts are compared quickly."""
        del codec
        return 1000

    def made(self, codec: Codec, rows: Array, sources: Sequence[Path | str | None]) -> Forms:
        """Texts."""
        return [SHOW.made(codec, row, source).text for row, source in zip(rows, sources, strict=True)]

    def real(self, field: StoredField, numbers: Array, like: Codec | None = None) -> Forms:
        """Texts; without case, for instance, if the generator knows none."""
        codec = like or field.codec
        assert isinstance(codec, TextCodec)
        texts = (SHOW.record(field, int(number)).text for number in numbers)
        return [join(codec.rules.tokens(codec.rules.clean(text)), codec.rules.tokenizer) for text in texts]

    def comparable(self, one: Codec, other: Codec) -> bool:
        """Texts can be compared whatever their vocabularies."""
        return one.modality == other.modality

    def scores(self, items: Forms, references: Sequence[Forms]) -> dict[str, Pooled]:
        """BLEU, chrF, ROUGE, error rates and exact match, where they apply."""
        return overlaps(items, references)


LIKENESS = TextLikeness()
