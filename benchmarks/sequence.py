"""Texts from texts, sounds and pictures: trained for some minutes on published data, beside simple baselines; prints one table.

    python benchmarks/sequence.py --data FOLDER --only translation reply --minutes 10

FOLDER holds `multi30k` (train.en.gz, train.de.gz, val.*, test_2016_flickr.*), and raw folders `asterisk_en/raw`,
`camrest/raw`, `debian_descriptions/raw`, `emoji` and `fsdd/recordings`, as their publishers' data are converted. "Most frequent"
answers with the commonest train text, "shuffled" scores the samples against the targets in another order: what a generator
that ignores its condition would get.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import math
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mmcli
from mmcli.artifacts import records
from mmcli.metrics.paired import text_overlap
from mmcli.metrics.unpaired import text as unpaired
from mmcli.modalities import codec_file, read_codec

Score = Callable[[Sequence[str], Sequence[Sequence[str]]], float]
BEAM = 4
FREE = "free"  # texts without a condition
HELD_OUT = (512, 1000)  # lines to choose with and to test with


def bleu(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Cased BLEU."""
    return float(text_overlap.bleu(texts, references))


def chrf(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Character F-score."""
    return float(text_overlap.chrf(texts, references))


def wer(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Word error rate of lower-case words without punctuation."""
    return float(text_overlap.wer([plain(text) for text in texts], [[plain(one) for one in own] for own in references]))


def cer(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Character error rate, as `wer`."""
    return float(text_overlap.cer([plain(text) for text in texts], [[plain(one) for one in own] for own in references]))


def rouge_1(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """ROUGE-1, in percent."""
    return 100 * float(text_overlap.rouge(texts, references)["rouge_1"])


def rouge_l(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """ROUGE-L, in percent."""
    return 100 * float(text_overlap.rouge(texts, references)["rouge_l"])


def exact(texts: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """Exact matches, in percent."""
    return 100 * float(text_overlap.exact_match(texts, references))


def plain(text: str) -> str:
    """Lower-case words."""
    return " ".join("".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()) or "-"


@dataclass(frozen=True)
class Task:
    """A generator of one field from others.

    Attributes:
        given: The given field.
        target: The field to write.
        raw: Function that makes or finds the raw folder.
        scores: Scores by name.
        options: Options of `preprocess`.
        publisher: Publisher's data set, for `import` instead of a raw folder.
    """

    given: str
    target: str
    raw: Callable[[Path, Path], Path]
    scores: dict[str, Score]
    options: dict[str, object]
    publisher: str = ""


def multi30k(data: Path, work: Path) -> Path:
    """29,000 pairs of sentences, English and German."""
    out = work / "multi30k"
    out.mkdir()
    with (out / "metadata.jsonl").open("w", encoding="utf-8") as table:
        for split, stem in (("train", "train"), ("val", "val"), ("test", "test_2016_flickr")):
            sides = [gzip.decompress((data / f"multi30k/{stem}.{code}.gz").read_bytes()).decode().splitlines() for code in ("en", "de")]
            for i, (english, german) in enumerate(zip(*sides, strict=True)):
                table.write(json.dumps({"id": f"{split}-{i}", "split": split, "en": english, "de": german}) + "\n")
    return out


def folder(name: str) -> Callable[[Path, Path], Path]:
    """A raw folder as it is."""
    return lambda data, work: data / name


TASKS = {
    "translation": Task("en", "de", multi30k, {"BLEU": bleu, "chrF": chrf}, {}),
    "speech": Task(
        "sound",
        "text",
        folder("asterisk_en/raw"),
        {"CER": cer, "WER": wer},
        {"feature": "mel"},
    ),
    "reply": Task("prompt", "reply", folder("camrest/raw"), {"BLEU": bleu, "chrF": chrf}, {}),
    "summary": Task("long", "short", folder("debian_descriptions/raw"), {"ROUGE-1": rouge_1, "ROUGE-L": rouge_l, "chrF": chrf}, {}),
    "name": Task("image", "caption", folder("emoji"), {"BLEU": bleu, "chrF": chrf}, {"image_size": 32}, "emoji"),
    "digit": Task("sound", "word", folder("fsdd"), {"exact": exact}, {"feature": "mel"}, "fsdd"),
}


def captions(data: Path, work: Path) -> Path:
    """Image-COCO captions without pictures; held-out lines are cut from the train lines, since the publisher's differ in topic."""
    lines = (data / "coco_captions/train.txt").read_text(encoding="utf-8").splitlines()
    random.Random(0).shuffle(lines)
    splits = ["val"] * HELD_OUT[0] + ["test"] * HELD_OUT[1] + ["train"] * (len(lines) - sum(HELD_OUT))
    rows = [{"id": f"{i}", "split": split, "text": line} for i, (split, line) in enumerate(zip(splits, lines, strict=True))]
    (work / "captions").mkdir()
    (work / "captions/metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return work / "captions"


def point(texts: Sequence[str], references: Sequence[str]) -> list[float]:
    """BLEU-2 to 5 against references, and self-BLEU-2 to 5."""
    words, against = ([one.split() for one in side] for side in (texts, references))
    return [*unpaired.bleus(words, against, 5)[1:], *(unpaired.self_bleu(words, order) for order in (2, 3, 4, 5))]


def written(folder: Path, target: str) -> list[tuple[str | None, str]]:
    """The record of each sample's condition, and its text."""
    lines = (folder / "metadata.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        (row.get("condition_id"), (folder / row[f"{target}_file_name"]).read_text(encoding="utf-8").removesuffix("\n"))
        for row in map(json.loads, lines)
    ]


def measure_free(data: Path, work: Path, budget: dict[str, float], reinforce: float) -> list[str]:
    """Rows of the table for texts without a condition."""
    work.mkdir(parents=True)
    mmcli.preprocess(captions(data, work), out=work / "dataset")
    made = mmcli.train_gan(
        work / "dataset", target="text", given=("none",), out=work / "gan", progress=True, family="sequence", reinforce=reinforce, **budget
    )
    table = records.read(work / "dataset")
    texts = {split: [table.columns["text.text"][i] for i in table.rows(split)] for split in ("train", "val", "test")}
    codec = read_codec(work / "gan" / codec_file("text"))
    tokens, words = (
        sum(map(size, texts["val"])) for size in (lambda text: len(codec.tokens(text)) + 1, lambda text: len(text.split()) + 1)
    )
    draws = [random.Random(seed).sample(texts["train"], HELD_OUT[1]) for seed in (1, 2)]
    real, again = (point(draw, texts["test"]) for draw in draws)
    rows = [f"| free | real: another draw of train lines | distance {math.dist(again, real):.3f} | |"]
    for temperature in (1.0, 0.95, 0.9):
        out = work / f"samples-{temperature}"
        mmcli.generate(work / "gan", num=HELD_OUT[1], temperature=temperature, out=out)
        said = [text for _, text in written(out, "text")]
        (work / f"said-{temperature}.txt").write_text("\n".join(said), encoding="utf-8")
        rows.append(f"| free | temperature {temperature} | distance {math.dist(point(said, texts['test']), real):.3f} | |")
    nats = made.summary["nll"] * tokens / words
    return [*rows, f"| free | held-out lines | {nats:.3f} nat per word | {made.summary['steps']:,} steps |"]


def measure(name: str, data: Path, work: Path, budget: dict[str, float], reinforce: float) -> list[str]:
    """Rows of the table for one task."""
    task = TASKS[name]
    work.mkdir(parents=True)
    raw = task.raw(data, work)
    if task.publisher:
        mmcli.import_data(task.publisher, raw, out=work / "raw")
        raw = work / "raw"
    mmcli.preprocess(raw, out=work / "dataset", **task.options)
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    options = {"target": task.target, "given": (task.given,), "family": "sequence", "reinforce": reinforce, **budget}
    made = mmcli.train_gan(work / "dataset", out=work / "gan", progress=True, **options)
    spent, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    speeds = []
    for beam, out in ((1, "greedy"), (BEAM, "samples")):
        begin = time.perf_counter()
        mmcli.generate(work / "gan", work / "dataset", beam=beam, out=work / out)
        speeds.append(time.perf_counter() - begin)
    table = records.read(work / "dataset")
    texts = table.columns[f"{task.target}.text"]
    rows = {table.ids[i]: texts[i] for i in table.rows("test")}
    pairs = [(text, rows[record]) for record, text in written(work / "samples", task.target) if rows.get(record) is not None]
    said, real = map(list, zip(*pairs, strict=True))
    (work / "said.txt").write_text("\n".join(f"{a} <- {b}" for a, b in zip(said, real, strict=True)), encoding="utf-8")
    common = collections.Counter(texts[i] for i in table.rows("train") if texts[i] is not None).most_common(1)[0][0]
    mixed = random.Random(0).sample(real, len(real))
    found = {"trained": (said, real), "most frequent": ([common] * len(real), real), "shuffled": (said, mixed)}
    facts = {key: value for key, value in made.summary.items() if "reinforced" in key or key.endswith("_before") or key == "copying"}
    told = ", ".join(f"{key} {value}" for key, value in facts.items())
    texts_per_s = " and ".join(f"{len(said) / seconds:.0f}" for seconds in speeds)
    summary = f"{made.summary['steps']:,} steps, {spent:.0f} s wall, {cpu:.0f} s CPU; {texts_per_s} texts/s (greedy, beam); {told}"
    return [
        f"| {name} | {kind} | "
        + ", ".join(f"{label} {score(a, [[one] for one in b]):.3g}" for label, score in task.scores.items())
        + f" | {summary if kind == 'trained' else ''} |"
        for kind, (a, b) in found.items()
    ]


def main() -> None:
    """Run the tasks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the published data")
    parser.add_argument("--only", nargs="+", choices=(*TASKS, FREE), default=[*TASKS, FREE])
    parser.add_argument("--minutes", type=float, default=10.0, help="training time of each; 0: as long as the generator chooses")
    parser.add_argument("--reinforce", type=float, default=0.0, help="fraction of the budget for adversarial steps")
    parser.add_argument("--steps", type=int, default=0, help="training steps instead of minutes")
    parser.add_argument("--work", type=Path, help="keep the files here")
    given = parser.parse_args()
    budget = {"steps": given.steps} if given.steps else {"minutes": given.minutes} if given.minutes else {}
    with tempfile.TemporaryDirectory() as temporary:
        work = given.work or Path(temporary)
        print("| task | what | scores | cost |\n|---|---|---|---|")
        for name in given.only:
            task = partial(measure, name) if name in TASKS else measure_free
            print("\n".join(task(given.data, work / name, budget, given.reinforce)), flush=True)


if __name__ == "__main__":
    main()
