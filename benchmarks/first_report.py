"""From a folder to its first report without any edit: `mmcli init X`, `make -C X-mmcli`, for six kinds of folder; prints one table.

    python benchmarks/first_report.py
    python benchmarks/first_report.py --only photos texts --work /tmp/first
    python benchmarks/first_report.py --only own --folder ~/photos

Everything is generated here, but for the photos, which are crops of scikit-learn's two sample photographs.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

RATE_HZ = 16_000
MP3_RATE_HZ = 44_100
TARGET_MINUTES = 5.0


def drawings(folder: Path) -> None:
    """60 grey drawings of 64 x 64 with a caption each: `0001.png`, `0001.txt`."""
    rng = np.random.default_rng(0)
    for i in range(60):
        shape, size = ("circle", "square", "triangle")[i % 3], ("small", "large")[i // 3 % 2]
        picture = Image.new("L", (64, 64), 255)
        radius = 10 if size == "small" else 22
        x, y = (int(value) for value in rng.integers(26, 38, 2))
        box = (x - radius, y - radius, x + radius, y + radius)
        pen = ImageDraw.Draw(picture)
        if shape == "circle":
            pen.ellipse(box, outline=0, width=3)
        elif shape == "square":
            pen.rectangle(box, outline=0, width=3)
        else:
            pen.polygon([(x, y - radius), (x - radius, y + radius), (x + radius, y + radius)], outline=0, width=3)
        picture.save(folder / f"{i:04d}.png")
        (folder / f"{i:04d}.txt").write_text(f"a {size} {shape}\n")


def tones(folder: Path) -> None:
    """60 tones of .4 to .9 s at 16 kHz, and `tones.csv` with a column of file names and one of descriptions."""
    import soundfile

    rng = np.random.default_rng(1)
    rows = []
    for i in range(60):
        pitch, wave = ("low", "middle", "high")[i % 3], ("pure", "rough")[i // 3 % 2]
        hz = {"low": 220, "middle": 440, "high": 880}[pitch] * rng.uniform(0.95, 1.05)
        t = np.arange(int(RATE_HZ * rng.uniform(0.4, 0.9))) / RATE_HZ
        tone = np.sin(2 * np.pi * hz * t)
        sound = 0.4 * (tone if wave == "pure" else np.sign(tone)) * np.minimum(1.0, 20 * (t[-1] - t))
        soundfile.write(folder / f"tone{i:02d}.wav", sound, RATE_HZ)
        rows.append({"file_name": f"tone{i:02d}.wav", "description": f"a {pitch} and {wave} tone"})
    _write_table(folder / "metadata.csv", rows)


def questions(folder: Path) -> None:
    """400 questions with their answers in `questions.csv`."""
    rng = np.random.default_rng(2)
    cities = {"France": "Paris", "Italy": "Rome", "Spain": "Madrid", "Japan": "Tokyo", "Egypt": "Cairo", "Peru": "Lima", "Kenya": "Nairobi"}
    rows = []
    for _ in range(400):
        if rng.random() < 0.5:
            a, b = (int(value) for value in rng.integers(1, 12, 2))
            ask = str(rng.choice(["What is {} plus {}?", "How much is {} and {}?", "Add {} to {}, please."]))
            rows.append({"question": ask.format(a, b), "answer": f"That makes {a + b}."})
        else:
            land = str(rng.choice(list(cities)))
            ask = str(rng.choice(["What is the capital of {}?", "Which city governs {}?", "Name the capital of {}."]))
            rows.append({"question": ask.format(land), "answer": f"The capital of {land} is {cities[land]}."})
    _write_table(folder / "questions.csv", rows)


def photos(folder: Path) -> None:
    """300 colour photos of 160 x 120 in two class folders: crops of two photographs."""
    from sklearn.datasets import load_sample_images

    rng = np.random.default_rng(3)
    for name, pixels in zip(("temple", "flower"), load_sample_images().images, strict=True):
        (folder / name).mkdir()
        whole = Image.fromarray(pixels)
        for i in range(150):
            width = int(rng.integers(200, 400))
            height = width * 3 // 4
            x, y = int(rng.integers(0, whole.width - width)), int(rng.integers(0, whole.height - height))
            whole.crop((x, y, x + width, y + height)).resize((160, 120)).save(folder / name / f"{i:03d}.jpg", quality=85)


def music(folder: Path) -> None:
    """10 MP3 files of 30 s at 44.1 kHz: melodies on five notes."""
    import soundfile

    rng = np.random.default_rng(4)
    for i in range(10):
        beat = np.arange(MP3_RATE_HZ // 2) / MP3_RATE_HZ
        notes = [np.sin(2 * np.pi * 220 * 2 ** (rng.choice([0, 2, 4, 7, 9]) / 12) * beat) * np.exp(-4 * beat) for _ in range(60)]
        soundfile.write(folder / f"song{i:02d}.mp3", 0.5 * np.concatenate(notes), MP3_RATE_HZ, format="MP3")


def texts(folder: Path) -> None:
    """150 short weather reports in German, a file each."""
    rng = np.random.default_rng(5)
    days = ["Am Montag", "Am Dienstag", "Heute", "Morgen", "Am Abend", "In der Nacht"]
    skies = ["scheint die Sonne", "regnet es", "schneit es", "ist der Himmel bedeckt", "weht ein starker Wind"]
    places = ["im Norden", "im S\u00fcden", "an der K\u00fcste", "in den Bergen", "in der Stadt"]
    ends = ["Es wird w\u00e4rmer.", "Es wird k\u00e4lter.", "Die Stra\u00dfen sind glatt.", "Nehmen Sie einen Schirm mit."]
    for i in range(150):
        lines = [f"{rng.choice(days)} {rng.choice(skies)} {rng.choice(places)}." for _ in range(rng.integers(1, 3))]
        (folder / f"bericht{i:03d}.txt").write_text(" ".join([*lines, str(rng.choice(ends))]) + "\n", encoding="utf-8")


KINDS: dict[str, Callable[[Path], None]] = {
    "drawings": drawings, "tones": tones, "questions": questions, "photos": photos, "music": music, "texts": texts,
}  # fmt: skip


def _write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def report_on(name: str, raw: Path, cores: str) -> list[str]:
    """A row of the table: run init and make on a raw folder."""
    mmcli = [sys.executable, "-m", "mmcli"]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    begin = time.perf_counter()
    asked = subprocess.run([*mmcli, "init", raw, "--json"], capture_output=True, text=True, check=True, env=environment)
    plan, planned_s = json.loads(asked.stdout), time.perf_counter() - begin
    project, start, cpu = Path(plan["path"]), time.time(), os.times()
    command = ["taskset", "--cpu-list", cores, "make", "-C", project]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    (project / "make.log").write_text(done.stdout + done.stderr)
    minutes, spent = (time.time() - start) / 60, os.times()
    busy = (spent.children_user + spent.children_system - cpu.children_user - cpu.children_system) / 60
    steps = _steps(project / "work", start)
    ok = done.returncode == 0 and minutes <= TARGET_MINUTES and (project / "work/report/index.html").is_file()
    expected = plan["minutes"]["total"]
    note = "yes" if ok else f"no (exit {done.returncode})"
    return [name, plan["target"], f"{planned_s:.1f} s", f"{expected:.1f}", f"{minutes:.1f}", f"{busy:.1f}", steps, note]


def _steps(work: Path, start: float) -> str:
    """Seconds of each step, by the times at which their results appeared."""
    made = sorted((path.stat().st_mtime, path.parent.name) for path in work.glob("*/artifact.json"))
    ends = [start, *(when for when, _ in made)]
    return ", ".join(f"{name.partition('-')[2] or name} {end - begin:.0f}" for (end, name), begin in zip(made, ends, strict=False))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=[*KINDS, "own"], default=list(KINDS))
    parser.add_argument("--folder", type=Path, help="folder of the kind `own`; it is copied")
    parser.add_argument("--work", type=Path, help="folder to work in and to keep")
    parser.add_argument("--cores", default="0,1", help="cores to use, as for taskset")
    parser.add_argument("--make-only", action="store_true", help="only write the folders")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp())
    print(f"load average at the start: {os.getloadavg()[0]:.1f}")
    header = ["folder", "target", "init", "expected min", "took min", "CPU min", "seconds per step", f"<= {TARGET_MINUTES:g} min"]
    print(f"| {' | '.join(header)} |\n|{'---|' * len(header)}")
    for name in options.only:
        raw = work / name
        for place in (raw, work / f"{name}-mmcli"):
            shutil.rmtree(place, ignore_errors=True)
        if name == "own":
            shutil.copytree(options.folder, raw)
        else:
            raw.mkdir(parents=True)
            KINDS[name](raw)
        if not options.make_only:
            print(f"| {' | '.join(report_on(name, raw, options.cores))} |", flush=True)
    if options.work is None:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
