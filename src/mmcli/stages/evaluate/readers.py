"""Readers that know by rule what an item says, without any network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.data.datasets.keypad import read_sentence, read_tone
from mmcli.metrics.suite import Score
from mmcli.modalities.base import Codec
from mmcli.stages.evaluate.items import Items
from mmcli.stages.evaluate.judging import RealField

Array = npt.NDArray[Any]
Verdict = tuple[str | None, bool]  # what it says, and whether it is well formed


def keypad_scores(codec: Codec, items: Items, real: RealField, rows: npt.NDArray[np.int64]) -> dict[str, Score]:
    """Digits named by tones or sentences, beside those of the real records `rows`; nothing for other modalities."""
    reader = _READERS.get(codec.modality)
    if reader is None:
        return {}
    read, read_real, formed = reader
    said, truth = [read(source) for source in items.sources], read_real(codec, real, rows)
    labels = [real.table.labels[i] for i in rows]
    asked = sum(label is not None for label in items.labels)
    found = {}
    if asked and any(label is not None for label in labels):
        found["keypad_accuracy"] = Score.named("keypad_accuracy", _agreement(said, items.labels), _agreement(truth, labels), asked)
    if formed:
        shares = [sum(ok for _, ok in verdicts) / max(1, len(verdicts)) for verdicts in (said, truth)]
        found["keypad_parses"] = Score.named("keypad_parses", shares[0], shares[1], len(said))
    return found


def _agreement(verdicts: Sequence[Verdict], labels: Sequence[str | None]) -> float:
    return float(np.mean([said == label for (said, _), label in zip(verdicts, labels, strict=True) if label is not None]))


def _read_sound(source: Path | str) -> Verdict:
    import soundfile

    wave, rate_hz = soundfile.read(source, dtype="float32", always_2d=True)
    key = read_tone(wave.mean(1), rate_hz)
    return key, key is not None


def _read_real_sounds(codec: Codec, real: RealField, rows: npt.NDArray[np.int64]) -> list[Verdict]:
    """Real tones as they sound after encoding and decoding."""
    waves = codec.waveforms(np.asarray(real.rows[rows]))  # type: ignore[attr-defined]  # what sounds offer beyond Codec
    keys = [read_tone(wave, codec.sample_rate_hz) for wave in waves]  # type: ignore[attr-defined]
    return [(key, key is not None) for key in keys]


def _read_text(source: Path | str) -> Verdict:
    text = source.read_text(encoding="utf-8", errors="replace") if isinstance(source, Path) else source
    digit, parses = read_sentence(text.strip())
    return (None if digit is None else str(digit)), parses


def _read_real_texts(codec: Codec, real: RealField, rows: npt.NDArray[np.int64]) -> list[Verdict]:
    texts = real.table.texts(real.field)
    return [_read_text(texts[i] or "") for i in rows]


# Modality -> how a sample is read, how real items are read, whether well-formedness is a score.
_READERS: dict[str, tuple[Callable[[Path | str], Verdict], Callable[[Codec, RealField, npt.NDArray[np.int64]], list[Verdict]], bool]] = {
    "audio": (_read_sound, _read_real_sounds, False),
    "text": (_read_text, _read_real_texts, True),
}
