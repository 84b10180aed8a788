"""How like sounds are to what they should be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.best import best_of
from mmcli.metrics.paired.cepstral import cepstra, distortion_db
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.features import FLOOR, triangles
from mmcli.modalities.base import Array, Codec
from mmcli.modalities.likeness import Forms, Likeness

_BANDS = 40
_BLOCK = 64
_CELLS = 500 * 250**2


class AudioLikeness(Likeness):
    """Mel-cepstral distortion of windows, whatever their features are."""

    def most(self, codec: Codec) -> int:
        """Fewer of long sounds, as aligning takes time with the square of their length: 500 of up to 250 frames, at least 50."""
        return int(np.clip(_CELLS / codec.row_shape[0] ** 2, 50, 500))

    def made(self, codec: Codec, rows: Array, sources: Sequence[Path | str | None]) -> Forms:
        """Mel cepstra `[frames, 13]` of each."""
        assert isinstance(codec, AudioCodec)
        del sources
        filters = triangles(_BANDS, codec.n_fft, codec.sample_rate_hz)
        blocks = [codec.magnitudes(rows[begin : begin + _BLOCK]) @ filters.T for begin in range(0, len(rows), _BLOCK)]
        return [one for block in blocks for one in cepstra(np.log(block + np.float32(FLOOR)))]

    def comparable(self, one: Codec, other: Codec) -> bool:
        """Sounds of one sampling rate can be compared, whatever their length."""
        rates = {codec.sample_rate_hz for codec in (one, other) if isinstance(codec, AudioCodec)}
        return one.modality == other.modality and len(rates) == 1

    def scores(self, items: Forms, references: Sequence[Forms]) -> dict[str, Pooled]:
        """Mel-cepstral distortion."""

        def pairs(some: Forms, others: Forms) -> Array:
            return np.array([distortion_db(x, y) for x, y in zip(some, others, strict=True)])

        return {"mcd_db": best_of(pairs, items, references, np.minimum)}


LIKENESS = AudioLikeness()
