"""Settings of a sound field from the headers of its files."""

from __future__ import annotations

import io
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmcli.modalities.audio import headers
from mmcli.modalities.audio.decode import MAX_SECONDS
from mmcli.modalities.base import Reject
from mmcli.modalities.guess import Guess, Sample, Setting, high, share, span

_HEAD = 64 * 1024
_MAX_RATE_HZ = 24_000
_LONGEST_S = 4.0  # what a generator of windows can be expected to learn in a first run
_WINDOW_S = 1.0
_MOST_SECONDS = 3600.0
_BASE_RATE_HZ, _BASE_N_FFT, _HOP = 8000, 256, 5 / 16  # the defaults: 32 ms, and the hop as a fraction of it
_CELLS = 64 * 128  # frames times bands of the default window


def guess(sample: Sample) -> Guess:
    """Choose the rate, the length and the Fourier transform by the rates and the durations of the sounds."""
    found = [facts for item in sample.items if (facts := duration_and_rate(item))]
    if not found:
        return Guess("no header could be read", records=sample.number)
    durations, rate = [seconds for seconds, _ in found], Counter(rate for _, rate in found).most_common(1)[0][0]
    seconds, settings, notes = _length(durations, sample.alone)
    settings |= _spectrum(min(rate, _MAX_RATE_HZ))
    longest = max(durations)
    if longest > MAX_SECONDS:
        settings["max_seconds"] = Setting(min(_MOST_SECONDS, float(math.ceil(longest * 1.2))), "some sounds are longer than 10 minutes")
    windows = sum(math.ceil(value / seconds) for value in durations) / len(durations) if "windows" in settings else 1.0
    cells = seconds * _frames_per_second(settings) * settings["n_fft"].value / 2
    mean = sum(durations) / len(durations)
    return Guess(
        saw=f"{span(durations, '{:.2g}')} s at {_rates(found)} kHz",
        settings=settings,
        notes=tuple(notes),
        records=round(sample.number * windows),
        decode_ms=0.5 + 3.0 * mean,
        learn_ms=0.35 * cells / _CELLS,
    )


def duration_and_rate(item: Path | str | bytes) -> tuple[float, int] | None:
    """Seconds and sampling rate as the header states them; `None` if it cannot be read. No sample is decoded."""
    if isinstance(item, str):
        return None
    try:
        if isinstance(item, Path):
            with item.open("rb") as handle:
                head, size = handle.read(_HEAD), item.stat().st_size
        else:
            head, size = item[:_HEAD], len(item)
        frames, rate = _wav(head, size) if headers.kind_of(head) == "WAV" else _other(item)
    except (Reject, OSError):
        return None
    return (frames / rate, rate) if frames > 0 and rate > 0 else None


def _wav(head: bytes, size: int) -> tuple[int, int]:
    form = headers.wav_format(head)
    headers.check_wav(form)
    return (size - form.data_start) // (form.bits // 8 * form.channels) if form.data_start else 0, form.rate_hz


def _other(item: Path | bytes) -> tuple[int, int]:
    import soundfile

    try:
        facts = soundfile.info(str(item) if isinstance(item, Path) else io.BytesIO(item))
    except (soundfile.LibsndfileError, ValueError):
        return 0, 0
    return int(facts.frames), int(facts.samplerate)


def _length(durations: Sequence[float], alone: bool) -> tuple[float, dict[str, Setting], list[str]]:
    """Length of the window, its settings, and what is lost."""
    wanted = high(durations)
    if wanted <= _LONGEST_S:
        seconds = math.ceil(wanted * 100) / 100
        longer = sum(value > seconds for value in durations)
        notes = (
            [f"{share(longer, len(durations))} of the sounds are longer than {seconds:g} s: a generator of sounds learns their middle"]
            if longer
            else []
        )
        return seconds, {"seconds": Setting(max(seconds, 0.02), "length of generated sounds: 95 % of yours are no longer")}, notes
    if alone:
        why = f"length of generated sounds; yours are up to {wanted:,.0f} s long, which takes very long to learn"
        return _WINDOW_S, {"seconds": Setting(_WINDOW_S, why), "windows": Setting(True, "each such window is a record")}, []
    longer = sum(value > _LONGEST_S for value in durations)
    why = f"length of generated sounds; yours are up to {wanted:,.0f} s long, which takes very long to learn"
    settings = {"seconds": Setting(_LONGEST_S, why), "align": Setting("start", "the generator learns the beginning of longer sounds")}
    return _LONGEST_S, settings, [f"the generator learns the first {_LONGEST_S:g} s of {share(longer, len(durations))} of the sounds"]


def _spectrum(rate: int) -> dict[str, Setting]:
    """The transform for a rate: about the duration of the default window, and the default overlap."""
    n_fft = 2 ** round(math.log2(_BASE_N_FFT * 0.85 * rate / _BASE_RATE_HZ))
    n_fft = min(4096, max(32, n_fft))
    return {
        "sample_rate_hz": Setting(rate, "the sounds' own" if rate < _MAX_RATE_HZ else "enough for speech and most music"),
        "n_fft": Setting(n_fft, f"{1000 * n_fft / rate:.0f} ms"),
        "hop_length": Setting(max(8, round(n_fft * _HOP)), f"{1000 * n_fft * _HOP / rate:.0f} ms"),
    }


def _frames_per_second(settings: dict[str, Setting]) -> float:
    return float(settings["sample_rate_hz"].value / settings["hop_length"].value)


def _rates(found: Sequence[tuple[float, int]]) -> str:
    rates = sorted({rate for _, rate in found})
    return f"{rates[0] / 1000:g}" if len(rates) == 1 else f"{rates[0] / 1000:g} to {rates[-1] / 1000:g}"
