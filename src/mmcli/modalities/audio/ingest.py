"""Raw sounds of one field to waveforms and standardised spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter, place
from mmcli.config import PreprocessConfig
from mmcli.modalities.audio.codec import AudioCodec, log_magnitude, to_float, to_int16
from mmcli.modalities.audio.decode import MAX_BYTES
from mmcli.modalities.base import Array, FitPlan, Reject

_BLOCK = 256
_FRAMES_MULTIPLE = 16
_LEAST_SD = 0.05  # bands that never change would otherwise be all noise


class AudioIngest:
    """See `modalities.base.Ingest`; the drafts are waveforms `[samples] int16`, which are kept."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "AUD_TOO_LARGE"

    def __init__(self, options: PreprocessConfig) -> None:
        wanted = options.seconds * options.sample_rate_hz / options.hop_length
        frames = _FRAMES_MULTIPLE * max(1, -(-round(wanted) // _FRAMES_MULTIPLE))
        self._plain = AudioCodec(options.sample_rate_hz, options.n_fft, options.hop_length, frames, (), ())

    def decode(self, source: bytes | str) -> Array:
        """Waveform of a sound's bytes."""
        if isinstance(source, str):
            raise Reject("AUD_UNIDENTIFIED", "a text where a sound should be")
        return to_int16(self._plain.wave(source))

    @property
    def draft_bytes(self) -> int:
        """Bytes of a waveform."""
        return 2 * self._plain.samples

    @property
    def column_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def columns(self, draft: Any) -> dict[str, Any]:
        """None."""
        return {}

    def pack(self, drafts: Sequence[Any]) -> Array:
        """Waveforms `[n, samples]`; absent ones are zeros."""
        absent = np.zeros(self._plain.samples, dtype=np.int16)
        return np.stack([absent if draft is None else draft for draft in drafts])

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append waveforms."""
        self._work = work / "waves.npy"
        self._waves = RowWriter(self._work, (self._plain.samples,), np.int16, keep=state["rows"] if state else 0)

    def append(self, packed: Any) -> None:
        """Store waveforms."""
        self._waves.append(packed)

    def state(self) -> dict[str, Any]:
        """Number of waveforms on disk."""
        self._waves.flush(durable=True)
        return {"rows": self._waves.rows}

    def finish(self, plan: FitPlan) -> tuple[AudioCodec, dict[str, Any]]:
        """Measure the bands on the train split and write the rows; the waves lie beside them."""
        self._waves.close()
        place(self._work, plan.target.with_name(plan.target.stem + ".wave.npy"))
        waves = arrays.load(self._work)
        mean, sd = self._fit(waves, np.flatnonzero(plan.present & plan.train))
        p = self._plain
        codec = AudioCodec(p.sample_rate_hz, p.n_fft, p.hop_length, p.frames, tuple(mean.tolist()), tuple(sd.tolist()))
        with RowWriter(plan.target, codec.row_shape, np.float16) as writer:
            for start in range(0, len(waves), _BLOCK):
                rows = codec.rows_of(to_float(waves[start : start + _BLOCK]))
                rows[~plan.present[start : start + _BLOCK]] = 0
                writer.append(rows)
        return codec, {}

    def _fit(self, waves: Array, chosen: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Mean and standard deviation `[bands]` of the log magnitudes of the chosen waves."""
        bands = self._plain.bands
        total, squares, count = np.zeros(bands), np.zeros(bands), 0
        for start in range(0, len(chosen), _BLOCK):
            block = to_float(waves[chosen[start : start + _BLOCK]])
            logs = log_magnitude(block, self._plain.n_fft, self._plain.hop_length).reshape(-1, bands)
            total += logs.sum(axis=0, dtype=np.float64)
            squares += np.square(logs, dtype=np.float64).sum(axis=0)
            count += len(logs)
        mean = total / max(count, 1)
        sd = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, _LEAST_SD**2))
        return np.round(mean, 6), np.round(sd, 6)
