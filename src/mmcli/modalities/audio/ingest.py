"""Raw sounds of one field to waveforms and standardised spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.shards import ShardWriter
from mmcli.modalities.audio.augment import AudioChanges
from mmcli.modalities.audio.cleaning import AudioRules, to_float, to_int16, windows
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.decode import MAX_BYTES, decode
from mmcli.modalities.audio.options import AudioConfig
from mmcli.modalities.base import Array, FitPlan, Pieces, Reject, in_threads

_MEASURED = 8192  # train waves at most, evenly spaced, on which the bands are measured: half a million frames say it all
_BLOCK = 64  # waves; larger arrays come as fresh pages each time, which costs more than their transform
_FRAMES_MULTIPLE = 16
_LEAST_SD = 0.05  # bands that never change would otherwise be all noise


class AudioIngest:
    """See `modalities.base.Ingest`; the drafts are waveforms `[samples] int16`, which are kept."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "AUD_TOO_LARGE"

    def __init__(self, options: AudioConfig) -> None:
        wanted = round(options.seconds * options.sample_rate_hz / options.hop_length)
        frames = _FRAMES_MULTIPLE * max(1, -(-wanted // _FRAMES_MULTIPLE))
        rules = AudioRules(**_without_none(options, AudioRules))
        spectrum = (options.sample_rate_hz, options.n_fft, options.hop_length, frames)
        self._options = options
        self._plain = AudioCodec(*spectrum, (), (), options.feature, options.n_bands, options.n_coefficients, rules=rules)
        self._changes = AudioChanges(**_without_none(options, AudioChanges))

    def decode(self, source: bytes | str) -> npt.NDArray[np.int16] | Pieces:
        """Waveform of a sound's bytes, or its windows."""
        if isinstance(source, str):
            raise Reject("AUD_UNIDENTIFIED", "a text where a sound should be")
        codec, options = self._plain, self._options
        raw, rate_hz = decode(source, options.max_seconds)
        if len(raw) < options.min_seconds * rate_hz:
            raise Reject("AUD_TOO_SHORT", f"{len(raw) / rate_hz:.3f} s; the least is {options.min_seconds:g} s")
        wave = codec.rules.clean(raw, rate_hz, codec.sample_rate_hz)
        if options.silence == "reject" and not to_int16(wave).any():
            raise Reject("AUD_SILENT", "every sample is zero")
        if options.windows and len(wave) > codec.samples:
            return Pieces(to_int16(window) for window in windows(wave, codec.samples, options.overlap))
        return to_int16(codec.rules.fitted(wave, codec.samples))

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
        limit_bytes = self._options.shard_mb * 2**20
        self._waves = ShardWriter(work / "waves.npy", (self._plain.samples,), np.int16, limit_bytes, keep=state["rows"] if state else 0)

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
        kept = plan.target.with_name(plan.target.stem + ".wave.npy")
        if plan.copies:
            self._write_with_copies(kept, plan)
        else:
            self._waves.place(kept)
        waves = arrays.load(kept)
        chosen = np.flatnonzero(plan.present & plan.train)
        mean, sd = self._fit(waves, chosen[:: -(-len(chosen) // _MEASURED) or 1])
        codec = replace(self._plain, mean=tuple(mean.tolist()), sd=tuple(sd.tolist()))
        return codec, {"silent": self._write_rows(codec, waves, plan)}

    def _fit(self, waves: Array, chosen: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Mean and standard deviation `[bands]` of the features of the chosen waves."""
        bands = self._plain.bands

        def sums(start: int) -> tuple[Array, Array, int]:
            logs = self._plain.features.forward(to_float(waves[chosen[start : start + _BLOCK]])).reshape(-1, bands)
            return logs.sum(axis=0, dtype=np.float64), np.square(logs, dtype=np.float64).sum(axis=0), len(logs)

        total, squares, count = np.zeros(bands), np.zeros(bands), 0
        for block_total, block_squares, block_count in in_threads(sums, range(0, len(chosen), _BLOCK)):
            total, squares, count = total + block_total, squares + block_squares, count + block_count
        mean = total / max(count, 1)
        sd = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, _LEAST_SD**2))
        return np.round(mean, 6), np.round(sd, 6)

    def _write_rows(self, codec: AudioCodec, waves: Array, plan: FitPlan) -> int:
        """Write the rows of all waves, copies included; returns how many present sounds are silent."""
        absent = ~np.concatenate([plan.present, np.tile(plan.present[plan.train], plan.copies)])

        def rows_from(start: int) -> tuple[Array, int]:
            block, missing = np.asarray(waves[start : start + _BLOCK]), absent[start : start + _BLOCK]
            rows = codec.standardised(codec.features.forward(to_float(block)))
            rows[missing] = 0
            return rows, int((~block.any(axis=1) & ~missing).sum())

        silent = 0
        with ShardWriter(plan.target, codec.row_shape, np.float16, plan.shard_bytes) as writer:
            for rows, number in in_threads(rows_from, range(0, len(waves), _BLOCK)):
                writer.append(rows)
                silent += number
        writer.place(plan.target)
        return silent

    def _write_with_copies(self, target: Path, plan: FitPlan) -> None:
        waves, rate_hz = self._waves.load(), self._plain.sample_rate_hz
        with ShardWriter(target, (self._plain.samples,), np.int16, plan.shard_bytes) as writer:
            for start in range(0, len(waves), _BLOCK):
                writer.append(waves[start : start + _BLOCK])
            for copy in range(plan.copies):
                for number in np.flatnonzero(plan.train):
                    wave = np.asarray(waves[number])
                    if plan.present[number]:
                        wave = to_int16(self._changes.apply(to_float(wave), rate_hz, plan.copy_stream(copy, int(number))))
                    writer.append(wave[None])
        writer.place(target)


def _without_none(options: AudioConfig, cls: type[AudioRules | AudioChanges]) -> dict[str, Any]:
    """Options of the same names as a class's fields; what is left out by `None` is 0 there."""
    values = {name: getattr(options, name) for name in cls.__dataclass_fields__}
    return {name: 0.0 if value is None else value for name, value in values.items()}
