"""What of audio is code of our own although librosa has it: each against librosa in the same run; prints one table.

    python benchmarks/audio.py
    python benchmarks/audio.py --sounds 256 --samples 40000 --n-fft 512 --hop-length 128

The two take turns; seconds are medians. Starts are whole processes, from the call to the return, in which one sound
is transformed; librosa's compiled parts are in their cache. Sounds are sums of gliding tones and noise.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from mmcli.modalities.audio import stft
from mmcli.modalities.audio.features import Feature, triangles

START_THEIRS = "import numpy as np, librosa; librosa.stft(np.zeros(5120, np.float32), n_fft=256, hop_length=80)"
START_OURS = (
    "import numpy as np; from mmcli.modalities.audio import stft; stft.transform(np.zeros((1, 5120), np.float32), n_fft=256, hop=80)"
)
START_SCIPY = "import numpy as np; from scipy import fft; fft.rfft(np.zeros((1, 64, 256), np.float32))"
BANDS = 64
RATE_HZ = 8000


def sounds(count: int, samples: int) -> np.ndarray:
    """Waves `[count, samples]`: three gliding tones and some noise each."""
    rng = np.random.default_rng(0)
    times_s = np.arange(samples) / RATE_HZ
    begin, glide, level = (rng.uniform(*span, (count, 3, 1)) for span in ((100, 2000), (-300, 300), (0.05, 0.2)))
    tones = level * np.sin(2 * np.pi * (begin * times_s + glide * times_s**2))
    return (tones.sum(1) + 0.01 * rng.standard_normal((count, samples))).astype(np.float32)


def turns(theirs: Callable[[], Any], ours: Callable[[], Any], times: int) -> tuple[float, float, Any, Any]:
    """Median seconds of each, and what each returns; the first turn is not counted."""
    seconds: list[tuple[float, float]] = []
    for _ in range(times + 1):
        begin = time.perf_counter()
        first = theirs()
        middle = time.perf_counter()
        second = ours()
        seconds.append((middle - begin, time.perf_counter() - middle))
    medians = np.median(seconds[1:], axis=0)
    return float(medians[0]), float(medians[1]), first, second


def start(code: str) -> Callable[[], None]:
    """A process of its own that runs the code."""

    def run() -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    return run


def row(what: str, theirs_s: float, ours_s: float, note: str) -> None:
    """Print a line of the table."""
    print(f"| {what} | {1000 * theirs_s:,.1f} ms | {1000 * ours_s:,.1f} ms | {theirs_s / ours_s:.2f} x | {note} |", flush=True)


def bench_starts(times: int) -> None:
    """Processes that transform one sound."""
    theirs_s, ours_s, _, _ = turns(start(START_THEIRS), start(START_OURS), times)
    row("start and STFT of one sound", theirs_s, ours_s, "")
    theirs_s, ours_s, _, _ = turns(start(START_SCIPY), start(START_OURS), times)
    row("the same, the peer `scipy.fft` alone", theirs_s, ours_s, "")


def bench_transforms(waves: np.ndarray, n_fft: int, hop: int, times: int) -> None:
    """STFT, and the way back from magnitudes alone."""
    import librosa

    left = (n_fft - hop) // 2
    padded = np.pad(waves, ((0, 0), (left, n_fft - hop - left)))
    theirs_s, ours_s, theirs, ours = turns(
        lambda: librosa.stft(padded, n_fft=n_fft, hop_length=hop, center=False), lambda: stft.transform(waves, n_fft, hop), times
    )
    far = float(np.abs(theirs.swapaxes(1, 2)[..., :-1] - ours).max())
    row(f"STFT of {len(waves)} sounds", theirs_s, ours_s, f"largest difference {far:.1e}")
    magnitude = np.abs(ours)
    full = np.ascontiguousarray(np.abs(theirs))
    theirs_s, ours_s, theirs, ours = turns(
        lambda: librosa.griffinlim(full, n_iter=32, hop_length=hop, n_fft=n_fft, random_state=0),
        lambda: stft.griffin_lim(magnitude, n_fft, hop),
        max(3, times // 4),
    )
    again = np.abs(librosa.stft(theirs, n_fft=n_fft, hop_length=hop)), np.abs(stft.transform(ours, n_fft, hop))
    errors = [float(np.linalg.norm(a - b) / np.linalg.norm(b)) for a, b in zip(again, (full, magnitude), strict=True)]
    note = "relative error of the magnitudes {:.3f} (librosa), {:.3f}".format(*errors)
    row(f"Griffin-Lim of {len(waves)} sounds, 32 steps", theirs_s, ours_s, note)


def bench_bands(waves: np.ndarray, n_fft: int, hop: int, times: int) -> None:
    """Magnitudes that have the given mel bands."""
    import librosa

    feature = Feature("mel", n_fft, hop, RATE_HZ, min(BANDS, n_fft // 4))
    features = feature.forward(waves)
    filters = triangles(feature.n_bands, n_fft, RATE_HZ)
    bands = np.maximum(np.exp(features) - feature.floor, 0.0)
    columns = np.ascontiguousarray(bands.reshape(-1, feature.n_bands).T)
    theirs_s, ours_s, theirs, ours = turns(
        lambda: librosa.util.nnls(filters, columns), lambda: feature.magnitudes(features), max(3, times // 4)
    )
    true = np.abs(stft.transform(waves, n_fft, hop))
    found = (theirs.T.reshape(true.shape), ours)
    errors = [float(np.linalg.norm(x - true) / np.linalg.norm(true)) for x in found]
    note = "relative error of the magnitudes {:.3f} (librosa), {:.3f}".format(*errors)
    row(f"magnitudes of {feature.n_bands} mel bands", theirs_s, ours_s, note)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sounds", type=int, default=64)
    parser.add_argument("--samples", type=int, default=5120)
    parser.add_argument("--n-fft", type=int, default=256)
    parser.add_argument("--hop-length", type=int, default=80)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    waves = sounds(given.sounds, given.samples - given.samples % given.hop_length)
    print("| what | librosa | mmcli | mmcli is | |\n|---|---|---|---|---|", flush=True)
    bench_starts(max(3, given.times // 4))
    bench_transforms(waves, given.n_fft, given.hop_length, given.times)
    bench_bands(waves, given.n_fft, given.hop_length, given.times)


if __name__ == "__main__":
    main()
