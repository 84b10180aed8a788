"""How sounds are displayed, played and measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import soundfile

from mmcli.artifacts.ragged import Ragged
from mmcli.metrics.histogram import histogram
from mmcli.modalities.audio.codec import AudioCodec, open_waves
from mmcli.modalities.base import Array, Codec
from mmcli.modalities.fields import stored_file
from mmcli.modalities.show import Show, StoredField, View, spread

_MOST_SECONDS = 30.0


class AudioShow(Show):
    """Sounds are played, and displayed as spectrograms."""

    histograms: ClassVar[Mapping[str, str]] = {"level_db": "level in dBFS", "seconds": "duration in s"}
    num_samples: ClassVar[int] = 1
    style: ClassVar[str] = "strip"

    def file(self, source: Path | str) -> View:
        """The beginning of a sound; empty if the file is not a sound."""
        try:
            with soundfile.SoundFile(source) as handle:
                samples = int(_MOST_SECONDS * handle.samplerate)
                return View(wave=handle.read(samples, dtype="float32", always_2d=True).mean(1), rate_hz=handle.samplerate)
        except (soundfile.SoundFileError, OSError, ValueError):
            return View()

    def made(self, codec: Codec, row: Array, source: Path | str | None) -> View:
        """A generated item, with its sound if there is a file."""
        heard = View() if source is None else self.file(source)
        return replace(heard, picture=self.row(codec, row).picture)

    def record(self, field: StoredField, number: int) -> View:
        """A record's item, with its original waveform."""
        codec, shown = field.codec, super().record(field, number)
        assert isinstance(codec, AudioCodec)
        wave = _waves(field)[number][: int(_MOST_SECONDS * codec.sample_rate_hz)]
        return replace(shown, wave=np.asarray(wave), rate_hz=codec.sample_rate_hz)

    def as_made(self, field: StoredField, numbers: Array) -> Iterator[View]:
        """Real items after encoding and decoding."""
        codec = field.codec
        assert isinstance(codec, AudioCodec)
        return (View(wave=wave, rate_hz=codec.sample_rate_hz) for wave in codec.waveforms(np.asarray(field.rows[numbers])))

    def measure(self, field: StoredField, present: Array) -> dict[str, Any]:
        """Levels and durations, and the number of silent sounds."""
        codec, waves, measured = field.codec, _waves(field), spread(present)
        assert isinstance(codec, AudioCodec)
        rms = np.array([np.sqrt(np.square(waves[number] / 32767.0).mean()) for number in measured])
        return {
            "level_db": histogram(20 * np.log10(rms[rms > 0])),
            "seconds": histogram(waves.lengths[measured] / codec.sample_rate_hz),
            "silent": int((rms == 0).sum()),
        }


def _waves(field: StoredField) -> Ragged:
    assert len(field.rows) >= 0  # opened, and so checked against the records
    return open_waves(stored_file(field.dataset, field.name, field.codec))


SHOW = AudioShow()
