"""Speed of `preprocess` against the plain loop that one would write, both in one run; prints one table.

    python benchmarks/preprocess.py
    python benchmarks/preprocess.py --only photos texts --share 0.1
    python benchmarks/preprocess.py --only sounds --fsdd free-spoken-digit-dataset/recordings
    python benchmarks/preprocess.py --work /tmp/bench --make-only     # then again without, to measure

The plain loops run in one process of their own, do the same work on the same files, and start
their clock after their imports; `mmcli` is the whole command, its start and its checks included.
Where that start is most of it, another row counts the imports on both sides.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

PHOTOS, REVIEWS, TINY, SOUNDS = 20_000, 50_000, 200_000, 3_000
BATCH = 500

PLAIN_PHOTOS = """
import sys, time, json
from pathlib import Path
import numpy as np
from PIL import Image, ImageOps
begin = time.perf_counter()
rows = [json.loads(line) for line in open(sys.argv[1] + "/metadata.jsonl")]
out = np.empty((len(rows), 64, 64, 3), np.uint8)
for i, row in enumerate(rows):
    picture = ImageOps.exif_transpose(Image.open(Path(sys.argv[1]) / row["photo_file_name"])).convert("RGB")
    out[i] = np.asarray(ImageOps.fit(picture, (64, 64), Image.Resampling.LANCZOS))
np.save(sys.argv[2], out)
print(time.perf_counter() - begin)
"""

PLAIN_SOUNDS = """
import sys, time
from pathlib import Path
import librosa, numpy as np
librosa.stft(np.zeros(8000, np.float32), n_fft=256, hop_length=80)
begin = time.perf_counter()
out = []
for path in sorted(Path(sys.argv[1]).glob("*.wav")):
    wave, _ = librosa.load(path, sr=8000)
    wave = librosa.util.fix_length(wave - wave.mean(), size=5120)
    out.append(np.log(np.abs(librosa.stft(wave, n_fft=256, hop_length=80)) + 1e-2))
out = np.stack(out)
out = np.clip((out - out.mean((0, 2), keepdims=True)) / (3 * out.std((0, 2), keepdims=True)), -1, 1)
np.save(sys.argv[2], out.astype(np.float16))
print(time.perf_counter() - begin)
"""

PLAIN_TEXTS = """
import sys, time, json
from collections import Counter
import numpy as np
from nltk.tokenize import NLTKWordTokenizer, PunktSentenceTokenizer
from stopwordsiso import stopwords
from textblob.en import parser
words, sentences, stopped, tag = NLTKWordTokenizer(), PunktSentenceTokenizer(), stopwords("en"), len(sys.argv) > 3
parser.find_tags(["warm", "up"])
begin = time.perf_counter()
texts, counts = [], Counter()
for line in open(sys.argv[1] + "/metadata.jsonl"):
    found, tags = [], []
    for sentence in sentences.tokenize(json.loads(line)["review"]):
        if tag:
            cut = words.tokenize(sentence)
            tags += [name for _, name in parser.find_tags(cut)]
        else:
            cut = words.tokenize(sentence.lower())
        found += [word.lower() for word in cut if word.lower() not in stopped]
    texts.append(found)
    counts.update(found)
ids = {word: 4 + i for i, (word, _) in enumerate(counts.most_common())}
out = np.zeros((len(texts), 256), np.int32)
for i, found in enumerate(texts):
    row = [ids[word] for word in found[:255]] + [3]
    out[i, : len(row)] = row
np.save(sys.argv[2], out)
print(time.perf_counter() - begin)
"""


def jpeg(number: int) -> bytes:
    """A photo-like picture of about 500 x 375: soft noise, shapes and grain."""
    from PIL import Image, ImageDraw

    rng = np.random.default_rng([number, 1])
    size = tuple(int(n) for n in rng.integers([460, 340], [540, 410]))
    picture = Image.fromarray(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(12):
        x, y, w, h = rng.integers(0, [size[0], size[1], 160, 160])
        (pen.ellipse if rng.random() < 0.5 else pen.rectangle)((x, y, x + w, y + h), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    grain = rng.integers(-12, 12, (size[1], size[0], 1))
    buffer = io.BytesIO()
    Image.fromarray(np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _write_photos(folder: Path, start: int, end: int) -> None:
    for number in range(start, end):
        (folder / "p" / f"{number:06d}.jpg").write_bytes(jpeg(number))


def make_photos(folder: Path, count: int) -> None:
    """JPEG files and a metadata file."""
    if (folder / "metadata.jsonl").exists():
        return
    (folder / "p").mkdir(parents=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(_write_photos, *zip(*((folder, i, min(i + BATCH, count)) for i in range(0, count, BATCH)), strict=True)))
    rows = (json.dumps({"id": f"{i:06d}", "photo_file_name": f"p/{i:06d}.jpg"}) for i in range(count))
    (folder / "metadata.jsonl").write_text("\n".join(rows) + "\n")


def make_reviews(folder: Path, count: int) -> None:
    """Reviews of about 230 words with the frequencies (Zipf) and the punctuation of prose."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    rng = np.random.default_rng(2)
    syllables = [c + v for c in "bcdfghklmnprstvw" for v in ("a", "e", "i", "o", "u", "ee", "ou")]
    function_words = [
        "the",
        "a",
        "and",
        "of",
        "to",
        "is",
        "in",
        "it",
        "that",
        "this",
        "was",
        "as",
        "for",
        "with",
        "but",
        "on",
        "not",
        "are",
        "his",
        "he",
        "be",
        "one",
        "all",
        "you",
        "have",
        "an",
        "by",
        "they",
    ]
    words = function_words + ["".join(rng.choice(syllables, rng.integers(1, 5))) for _ in range(60_000)]
    ends = [".", ".", ".", "!", "?", "..."]
    extras = ["don't", "it's", "isn't", "(really)", '"great"', "10/10", "Mr.", "well-made,"]
    with (folder / "metadata.jsonl").open("w") as handle:
        for number in range(count):
            length = int(np.clip(rng.lognormal(5.2, 0.6), 20, 1500))
            chosen = [words[i] for i in np.minimum(rng.zipf(1.25, length) - 1, len(words) - 1)]
            for place in rng.integers(0, length, length // 12):
                chosen[place] = extras[place % len(extras)]
            for place in rng.integers(0, length, length // 20):
                chosen[place] += ","
            for place in range(int(rng.integers(8, 20)), length - 1, int(rng.integers(8, 25))):
                chosen[place] += ends[place % len(ends)]
                chosen[place + 1] = chosen[place + 1].capitalize()
            handle.write(json.dumps({"id": f"{number:06d}", "review": " ".join(chosen).capitalize() + "."}) + "\n")


def make_tiny(folder: Path, count: int) -> None:
    """Text files of a few words, in folders of a thousand."""
    if folder.exists():
        return
    for start in range(0, count, 1000):
        part = folder / f"{start // 1000:04d}"
        part.mkdir(parents=True)
        for number in range(start, min(start + 1000, count)):
            (part / f"{number:06d}.txt").write_text(f"note number {number} about thing {number % 977}")


def make_sounds(folder: Path, fsdd: Path, count: int, copies: int = 1) -> int:
    """Copies of recordings and a metadata file; returns how many there are."""
    names = sorted(path.name for path in fsdd.glob("*.wav"))[:count]
    if folder.exists():
        return len(names) * copies
    (folder / "recordings").mkdir(parents=True)
    rows = []
    for name in names:
        for copy in range(copies):
            (folder / "recordings" / f"{copy}_{name}").write_bytes((fsdd / name).read_bytes())
            rows.append(json.dumps({"id": f"{copy}_{name}", "sound_file_name": f"recordings/{copy}_{name}"}))
    (folder / "metadata.jsonl").write_text("\n".join(rows) + "\n")
    return len(rows)


def plain(program: str, *arguments: str) -> float:
    """Seconds that a plain loop says it took."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(done.stdout.split()[-1])


def whole(program: str, *arguments: str) -> tuple[float, float]:
    """Seconds that a plain loop says it took, and those of its whole program."""
    begin = time.perf_counter()
    loop_s = plain(program, *arguments)
    return loop_s, time.perf_counter() - begin


def ours(raw: Path, out: Path, *options: str) -> tuple[float, float]:
    """Seconds of the command, and the parent's peak memory in MiB."""
    command = [sys.executable, "-m", "mmcli", "preprocess", str(raw), "-o", str(out), "-q", *options]
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def first_line(raw: Path, out: Path) -> float:
    """Seconds until the command says something."""
    command = [sys.executable, "-m", "mmcli", "preprocess", str(raw), "-o", str(out)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        assert process.stderr is not None
        process.stderr.readline()
        seconds = time.perf_counter() - begin
        process.kill()
    return seconds


def row(what: str, bar: str, plain_s: float | None, ours_s: float | None, result: str) -> None:
    """Print a line of the table."""
    shown = [f"{value:.1f} s" if value is not None else "" for value in (plain_s, ours_s)]
    print(f"| {what} | {shown[0]} | {shown[1]} | {result} | {bar} |", flush=True)


def ratio(plain_s: float, ours_s: float) -> str:
    """How many times faster."""
    return f"{plain_s / ours_s:.2f} x"


def bench_photos(work: Path, share: float) -> None:
    """Photos, then the second run and the first line on the same folder."""
    count, raw = round(PHOTOS * share), work / "photos"
    make_photos(raw, count)
    slow = plain(PLAIN_PHOTOS, str(raw), str(work / "plain.npy"))
    fast, _ = ours(raw, work / "photos-ds", "--image-size", "64", "--image-mode", "RGB")
    row(f"{count:,} JPEG photos to 64 x 64", ">= 1.8 x", slow, fast, ratio(slow, fast))
    again, _ = ours(raw, work / "photos-ds", "--image-size", "64", "--image-mode", "RGB")
    row(f"second run, {count:,} files", "<= 2 s", None, again, f"{again:.2f} s")
    start = first_line(raw, work / "other")
    row("start to the first line", "<= 1 s", None, start, f"{start:.2f} s")


def bench_sounds(work: Path, share: float, fsdd: Path) -> None:
    """Recordings of spoken digits."""
    if not fsdd.is_dir():
        print(f"(no recordings at {fsdd}: give their folder with --fsdd)")
        return
    for copies in (1, 10):
        raw = work / f"sounds-{copies}"
        count = make_sounds(raw, fsdd, round(SOUNDS * share), copies)
        turns = []
        for turn in range(3):
            loop_s, program_s = whole(PLAIN_SOUNDS, str(raw / "recordings"), str(work / "plain.npy"))
            turns.append((loop_s, program_s, ours(raw, work / f"sounds-{copies}-{turn}-ds")[0]))
        slow, program, fast = np.median(turns, axis=0)
        row(f"{count:,} WAV to log STFT at 8 kHz, as programs", ">= 4 x", program, fast, ratio(program, fast))
        row("the same, the loop without its imports", "", slow, fast, ratio(slow, fast))


def bench_texts(work: Path, share: float) -> None:
    """Reviews to ids, and again with parts of speech."""
    count, raw = round(REVIEWS * share), work / "reviews"
    make_reviews(raw, count)
    options = ("--stop-words", "--max-tokens", "256")
    slow = plain(PLAIN_TEXTS, str(raw), str(work / "plain.npy"))
    fast, _ = ours(raw, work / "reviews-ds", *options)
    row(f"{count:,} reviews to ids", ">= 1.7 x", slow, fast, ratio(slow, fast))
    slow = plain(PLAIN_TEXTS, str(raw), str(work / "plain.npy"), "tags")
    fast, _ = ours(raw, work / "tagged-ds", *options, "--pos")
    row(f"{count:,} reviews, parts of speech too", ">= 1.7 x", slow, fast, ratio(slow, fast))


def tiny_sizes(share: float) -> list[int]:
    """Growing numbers of files."""
    return [round(TINY * share * part) for part in (0.125, 0.25, 0.5, 1.0)]


def bench_tiny(work: Path, share: float) -> None:
    """Growing numbers of tiny files: memory, and the power of N by which time grows."""
    sizes = tiny_sizes(share)
    seconds, memory = [], 0.0
    for size in sizes:
        make_tiny(work / f"tiny-{size}", size)
        took, memory = ours(work / f"tiny-{size}", work / f"tiny-{size}-ds")
        seconds.append(took)
    power = np.polyfit(np.log(sizes), np.log(seconds), 1)[0]
    spent = ", ".join(f"{took:.0f}" for took in seconds)
    row(f"{sizes[-1]:,} tiny files", "<= 1 GB, linear", None, seconds[-1], f"{memory:,.0f} MiB; {spent} s: time grows as N^{power:.2f}")


def make_all(work: Path, chosen: list[str], share: float, fsdd: Path) -> None:
    """Make the files, so that a later run with the same --work only measures."""
    if "photos" in chosen:
        make_photos(work / "photos", round(PHOTOS * share))
    if "sounds" in chosen and fsdd.is_dir():
        for copies in (1, 10):
            make_sounds(work / f"sounds-{copies}", fsdd, round(SOUNDS * share), copies)
    if "texts" in chosen:
        make_reviews(work / "reviews", round(REVIEWS * share))
    for size in tiny_sizes(share) if "tiny" in chosen else ():
        make_tiny(work / f"tiny-{size}", size)


def measure(work: Path, chosen: list[str], share: float, fsdd: Path) -> None:
    """Print the table."""
    for stale in (*work.glob("*-ds"), *work.glob(".*-ds*")):
        shutil.rmtree(stale) if stale.is_dir() else stale.unlink()
    print("| what | plain loop | mmcli | result | bar |\n|---|---|---|---|---|", flush=True)
    if "photos" in chosen:
        bench_photos(work, share)
    if "sounds" in chosen:
        bench_sounds(work, share, fsdd)
    if "texts" in chosen:
        bench_texts(work, share)
    if "tiny" in chosen:
        bench_tiny(work, share)


def main() -> None:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=("photos", "sounds", "texts", "tiny"), default=["photos", "sounds", "texts", "tiny"])
    parser.add_argument("--share", type=float, default=1.0, help="share of the full numbers of files")
    parser.add_argument("--fsdd", type=Path, default=Path("recordings"), help="folder of the Free Spoken Digit Dataset's WAV files")
    parser.add_argument("--work", type=Path, help="keep the files here for the next run (default: a temporary folder)")
    parser.add_argument("--make-only", action="store_true", help="with --work: make the files and measure nothing")
    given = parser.parse_args()
    if given.make_only:
        make_all(given.work, given.only, given.share, given.fsdd)
    elif given.work:
        measure(given.work, given.only, given.share, given.fsdd)
    else:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), given.only, given.share, given.fsdd)


if __name__ == "__main__":
    main()
