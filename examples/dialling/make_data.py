"""Telephone numbers as they are dialled, and as they are read: sounds of keys (ITU-T Q.23) of any length, over a noisy line.

python make_data.py OUT [RECORDS]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 8000
ROWS_HZ, COLUMNS_HZ = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = ("123", "456", "789", "*0#")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MOST_KEYS = 6


def tone(digit: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """The two frequencies of a key, with random phases."""
    row, column = next((row, keys.index(str(digit))) for row, keys in enumerate(KEYS) if str(digit) in keys)
    time = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6.28)) for hertz in (ROWS_HZ[row], COLUMNS_HZ[column]))
    return np.asarray(wave * np.minimum(1.0, np.minimum(time, time[::-1]) / 0.005))


def main(out: str, records: str = "1500") -> None:
    """Write the folder."""
    folder, rng, lines = Path(out), np.random.default_rng(0), list[str]()
    (folder / "sounds").mkdir(parents=True, exist_ok=True)
    for i in range(int(records)):
        digits = rng.integers(0, 10, rng.integers(1, MOST_KEYS + 1))
        parts = [np.zeros(int(rng.uniform(0.05, 0.2) * RATE_HZ))]
        for digit in digits:
            parts += [tone(int(digit), rng.uniform(0.08, 0.2), rng), np.zeros(int(rng.uniform(0.05, 0.15) * RATE_HZ))]
        wave = np.concatenate(parts) * rng.uniform(0.1, 0.35)
        wave += rng.normal(0, rng.uniform(0.005, 0.05), len(wave))
        name = f"sounds/{i:05d}.wav"
        soundfile.write(folder / name, np.clip(wave, -1, 1), RATE_HZ)
        lines.append(json.dumps({"id": f"{i:05d}", "sound_file_name": name, "text": " ".join(WORDS[digit] for digit in digits)}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
