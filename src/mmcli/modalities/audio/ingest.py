"""Raw sounds of one field to waveforms at their own lengths, and the statistics that standardise their spectrograms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.ragged import Ragged, RaggedWriter
from mmcli.core.ledger import Ledger
from mmcli.core.threads import in_threads
from mmcli.modalities.audio.augment import AudioChanges
from mmcli.modalities.audio.cleaning import AudioRules, to_float, to_int16, windows
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.decode import MAX_BYTES, decode
from mmcli.modalities.audio.identity import ALIKE, identities
from mmcli.modalities.audio.lengths import Lengths
from mmcli.modalities.audio.options import AudioConfig
from mmcli.modalities.audio.sounds import windows_of
from mmcli.modalities.base import Array, Reject
from mmcli.modalities.identity import Identity, correlations
from mmcli.modalities.ingest import FitPlan, Pieces

_MEASURED = 8192  # maximum number of train waves, evenly spaced, for band statistics: half a million frames suffice
_BLOCK = 64  # waves; larger arrays are allocated as new pages each time, which costs more than their transform
_FRAMES_MULTIPLE = 16
_MIN_SD = 0.05  # constant bands would otherwise be amplified noise


@dataclass(frozen=True)
class PackedSounds:
    """Concatenated samples of several sounds, and the number of samples of each; absent ones have none."""

    samples: npt.NDArray[np.int16]
    lengths: npt.NDArray[np.int64]


class AudioIngest:
    """See `modalities.ingest.Ingest`; the drafts are whole waveforms `[samples] int16`, which are kept."""

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

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Called when a decoding process receives this object. Modules that take seconds to import, or ten to compile
        # for the first time, are loaded now, before the time limit of the first item starts.
        self.__dict__ |= state
        self._plain.rules.load()

    def decode(self, source: bytes | str) -> npt.NDArray[np.int16] | Pieces:
        """Waveform of a sound's bytes, or its windows."""
        if isinstance(source, str):
            raise Reject("AUD_UNIDENTIFIED", "expected a sound, found a text")
        codec, options = self._plain, self._options
        raw, rate_hz = decode(source, options.max_seconds)
        if len(raw) < options.min_seconds * rate_hz:
            raise Reject("AUD_TOO_SHORT", f"{len(raw) / rate_hz:.3f} s; the minimum is {options.min_seconds:g} s")
        wave = codec.rules.clean(raw, rate_hz, codec.sample_rate_hz)
        if options.silence == "reject" and not to_int16(wave).any():
            raise Reject("AUD_SILENT", "every sample is zero")
        if options.windows and len(wave) > codec.samples:
            return Pieces(to_int16(window) for window in windows(wave, codec.samples, options.overlap))
        # Resampling may leave nothing of a few samples at a high rate, and only an absent sound has length 0.
        return to_int16(wave) if len(wave) else np.zeros(1, np.int16)

    @property
    def draft_bytes(self) -> int:
        """Bytes of a window."""
        return 2 * self._plain.samples

    @property
    def column_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def columns(self, draft: Any) -> dict[str, Any]:
        """None."""
        return {}

    def pack(self, drafts: Sequence[Any]) -> PackedSounds:
        """Concatenate waveforms."""
        lengths = np.array([0 if draft is None else len(draft) for draft in drafts], dtype=np.int64)
        found = [draft for draft in drafts if draft is not None]
        return PackedSounds(np.concatenate(found) if found else np.zeros(0, np.int16), lengths)

    def identities(self, drafts: Sequence[Any]) -> list[Identity]:
        """Of the waveforms."""
        return identities(drafts)

    def alike(self, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether the spectrograms of the windows correlate."""
        waves = self._waves.load()

        def correlate(start: int) -> npt.NDArray[np.bool_]:
            block = pairs[start : start + _BLOCK]
            windows_in = [self._plain.features.forward(to_float(windows_of(self._plain, waves, block[:, side]))) for side in (0, 1)]
            return correlations(*windows_in) >= ALIKE

        self._load_libraries()
        return np.concatenate([np.zeros(0, bool), *in_threads(correlate, range(0, len(pairs), _BLOCK))])

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append waveforms."""
        self._waves = RaggedWriter(work / "waves.npy", np.int16, self._options.shard_mb * 2**20, state)

    def append(self, packed: Any) -> None:
        """Store waveforms."""
        self._waves.append(packed.samples, packed.lengths)

    def state(self) -> dict[str, Any]:
        """Number of sounds and samples on disk."""
        return dict(self._waves.state())

    def finish(self, plan: FitPlan) -> tuple[AudioCodec, dict[str, Any]]:
        """Move the waves to their final place and compute the band statistics of windows on the train split."""
        self._waves.close()
        kept = plan.target.with_name(plan.target.stem + AudioCodec.stored)
        if plan.copies:
            self._write_with_copies(kept, plan)
        else:
            self._waves.place(kept)
        waves = Ragged.open(kept)
        self._load_libraries()
        chosen = np.flatnonzero(plan.present & plan.train)
        mean, sd = self._fit(waves, chosen[:: -(-len(chosen) // _MEASURED) or 1])
        codec = replace(self._plain, mean=tuple(mean.tolist()), sd=tuple(sd.tolist()))
        self._samples = [int(number) if number else None for number in waves.lengths[: len(plan.present)]]
        self._lengths = Lengths.of(codec, np.array([number for number in self._samples if number], dtype=np.int64))
        facts = _facts(codec, waves)
        self._silent = int(facts["silent"])
        return codec, facts | self._lengths.warning()

    def fitted_columns(self) -> dict[str, list[Any]]:
        """Number of samples of each sound."""
        return {"samples": list(self._samples)}

    def account(self, name: str, ledger: Ledger) -> None:
        """Sounds that are longer than a window or than encoders read, and silent ones."""
        for rows in (True, False):
            self._lengths.account(name, ledger, rows=rows)
        ledger.remark(name, "silent: every sample is zero", count=self._silent, of=self._lengths.of_all)

    def _fit(self, waves: Ragged, chosen: npt.NDArray[np.int64]) -> tuple[Array, Array]:
        """Mean and standard deviation `[bands]` of the features of windows of the chosen sounds."""
        bands = self._plain.bands

        def sums(start: int) -> tuple[Array, Array, int]:
            block = to_float(windows_of(self._plain, waves, chosen[start : start + _BLOCK]))
            logs = self._plain.features.forward(block).reshape(-1, bands)
            return logs.sum(axis=0, dtype=np.float64), np.square(logs, dtype=np.float64).sum(axis=0), len(logs)

        total, squares, count = np.zeros(bands), np.zeros(bands), 0
        for block_total, block_squares, block_count in in_threads(sums, range(0, len(chosen), _BLOCK)):
            total, squares, count = total + block_total, squares + block_squares, count + block_count
        mean = total / max(count, 1)
        sd = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, _MIN_SD**2))
        return np.round(mean, 6), np.round(sd, 6)

    def _load_libraries(self) -> None:
        """Load what features need once, before threads start."""
        self._plain.features.forward(np.zeros((1, self._plain.samples), np.float32))

    def _write_with_copies(self, target: Path, plan: FitPlan) -> None:
        waves, rate_hz = self._waves.load(), self._plain.sample_rate_hz
        with RaggedWriter(target, np.int16, plan.shard_bytes) as writer:
            for record in range(len(waves)):
                writer.append(waves[record], waves.lengths[record : record + 1])
            for copy in range(plan.copies):
                for number in np.flatnonzero(plan.train):
                    wave = waves[number]
                    if plan.present[number]:
                        wave = to_int16(self._changes.apply(to_float(wave), rate_hz, plan.copy_stream(copy, int(number))))
                    writer.append(wave, np.array([len(wave)]))
        writer.place(target)


def _without_none(options: AudioConfig, cls: type[AudioRules | AudioChanges]) -> dict[str, Any]:
    """Options with the same names as a class's fields; `None` becomes 0."""
    values = {name: getattr(options, name) for name in cls.__dataclass_fields__}
    return {name: 0.0 if value is None else value for name, value in values.items()}


def _facts(codec: AudioCodec, waves: Ragged) -> dict[str, Any]:
    """Facts to show: silence and lengths."""
    seconds = waves.lengths[waves.lengths > 0] / codec.sample_rate_hz
    facts: dict[str, Any] = {"silent": sum(not waves[number].any() for number in np.flatnonzero(waves.lengths))}
    if len(seconds):
        facts["seconds"] = {"total": round(float(seconds.sum()), 3), "longest": round(float(seconds.max()), 3)}
    return facts
