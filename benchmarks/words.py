"""Word vectors: word2vec through `mmcli embed` against gensim called directly, and GloVe against its formula in NumPy.

Both word2vec runs see the same sentences with the same options and one thread, each in a process of
its own; WordSim-353 is scored on both tables of vectors. GloVe's reference is the published
algorithm pair by pair: equation 8 and one AdaGrad step for every pair, in NumPy.

    python benchmarks/words.py captions.txt --megabytes 20
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

PER_RECORD = 20  # lines of the text that are one record
OPTIONS = {"vector_size": 100, "window": 5, "min_count": 1, "sg": 1, "negative": 5, "epochs": 5, "workers": 1, "seed": 0}
DIRECT = """
import json, sys, time
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
begin = time.perf_counter()
model = Word2Vec(LineSentence(sys.argv[1]), **json.loads(sys.argv[3]))
seconds = time.perf_counter() - begin
model.wv.save_word2vec_format(sys.argv[2])
print(json.dumps([model.corpus_total_words, seconds]))
"""


def write_raw(folder: Path, text: Path, num_bytes: int) -> None:
    """Records of two text fields: some lines in a row, and the first of them."""
    lines = [line for line in text.read_text("utf-8").splitlines() if line.strip()]
    folder.mkdir()
    with (folder / "metadata.jsonl").open("w") as table:
        written = number = 0
        while written < num_bytes:
            chosen = [lines[(number * PER_RECORD + i) % len(lines)] for i in range(PER_RECORD)]
            row = {"id": f"{number:06d}", "text": " ".join(chosen), "title": f"{chosen[0]} {number % 7}"}
            table.write(json.dumps({**row, "split": "val" if number % 100 == 0 else "test" if number % 100 == 1 else "train"}) + "\n")
            written += len(row["text"])
            number += 1


def write_sentences(dataset: Path, path: Path) -> None:
    """The train rows of the data set as words, a record a line: what mmcli learns from."""
    from mmcli.artifacts import arrays, records, store
    from mmcli.modalities import codec_file, read_codec
    from mmcli.modalities.text.words.corpus import RowCorpus

    source, table = store.open_artifact(dataset), records.read(dataset)
    codec = read_codec(source.file(codec_file("text")))
    rows = arrays.load(source.file("fields/text.npy"))[table.rows("train")]
    with path.open("w", encoding="utf-8") as handle:
        handle.writelines(" ".join(words) + "\n" for words in RowCorpus(rows, codec.vocabulary))


def run(*arguments: str) -> str:
    """Run a command; returns what it wrote to standard error."""
    done = subprocess.run([sys.executable, "-m", "mmcli", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stderr


def wordsim(path: Path) -> tuple[float, float]:
    """Spearman correlation with WordSim-353 and the share of its pairs with an unknown word."""
    from gensim.models import KeyedVectors
    from gensim.test.utils import datapath

    table = KeyedVectors.load_word2vec_format(str(path))
    _, spearman, unknown = table.evaluate_word_pairs(datapath("wordsim353.tsv"))
    return float(spearman[0]), float(unknown)


def bench_word2vec(text: Path, megabytes: float, work: Path) -> None:
    """Words per second, and WordSim-353."""
    write_raw(work / "raw", text, round(1e6 * megabytes))
    run("preprocess", str(work / "raw"), "-o", str(work / "dataset"), "--max-tokens", "512", "-q")
    write_sentences(work / "dataset", work / "sentences.txt")
    arguments = ["embed", str(work / "dataset"), "-o", str(work / "out"), "--epochs", "1", "--dim", "16", "--tokens", "1"]
    told = run(*arguments, "--text-method", "word2vec", "--pooling", "mean", "--word-format", "word2vec")
    rates = [float(found.replace(",", "")) for found in re.findall(r"([\d,]+) words/s", told)]
    command = [sys.executable, "-c", DIRECT, str(work / "sentences.txt"), str(work / "direct.vec"), json.dumps(OPTIONS)]
    words, seconds = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    theirs = words * OPTIONS["epochs"] / seconds
    (a, unknown), (b, _) = wordsim(work / "direct.vec"), wordsim(work / "out" / "words" / "text.vec")
    size = f"word2vec, {megabytes:g} MB of text, {words:,} words x {OPTIONS['epochs']} epochs"
    print(f"| {size} | {theirs:,.0f} words/s | {rates[0]:,.0f} words/s | {rates[0] / theirs:.2f} x | within 10 % |", flush=True)
    print(
        f"| WordSim-353 ({unknown:.0f} % of the pairs unknown) | {a:.6f} | {b:.6f} | {'equal' if a == b else 'differ'} | equal |",
        flush=True,
    )


def pair_by_pair(word: np.ndarray, context: np.ndarray, pairs: object, rate: float) -> tuple[float, float]:
    """Loss before, and seconds of one epoch of GloVe in NumPy, pair by pair."""
    keys, counts, size = np.asarray(pairs.keys), np.asarray(pairs.counts, np.float64), pairs.num_words
    word, context = word.astype(np.float64), context.astype(np.float64)
    i, j = np.divmod(keys, size)
    weight = np.minimum(1.0, (counts / 100.0) ** 0.75)
    error = (word[i, :-1] * context[j, :-1]).sum(1) + word[i, -1] + context[j, -1] - np.log(counts)
    loss = float((weight * error**2).sum())
    squares = [np.ones_like(word), np.ones_like(context)]
    begin = time.perf_counter()
    for a, b, x in zip(i.tolist(), j.tolist(), counts.tolist(), strict=True):
        u, v = word[a], context[b]
        wrong = u[:-1] @ v[:-1] + u[-1] + v[-1] - np.log(x)
        pull = min(1.0, (x / 100.0) ** 0.75) * wrong
        for table, sums, row, other in ((word, squares[0], a, v.copy()), (context, squares[1], b, u.copy())):
            gradient = pull * other
            gradient[-1] = pull
            sums[row] += gradient**2
            table[row] -= rate * gradient / np.sqrt(sums[row])
    return loss, time.perf_counter() - begin


def bench_glove(text: Path, lines: int, work: Path) -> None:
    """Loss against the formula, and pairs per second."""
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.modalities.text.words.cooccurrence import count
    from mmcli.modalities.text.words.glove import Glove, GloveOptions

    sentences = [line.split() for line in text.read_text("utf-8").splitlines()[:lines]]
    ids = {word: i for i, word in enumerate(dict.fromkeys(word for sentence in sentences for word in sentence))}
    pairs = count([np.array([ids[word] for word in sentence]) for sentence in sentences], len(ids), 10, work / "counts")
    model = Glove(pairs, GloveOptions(epochs=25))
    (word, context), loss = model.tables(), model.loss()
    ends = [time.perf_counter()]
    model.fit(lambda *_: ends.append(time.perf_counter()))
    ours = (ends[-1] - ends[0]) / model.options.epochs
    expected, theirs = pair_by_pair(word, context, pairs, model.options.learning_rate)
    size = f"{len(pairs.keys):,} pairs of {len(ids):,} words"
    apart = abs(loss - expected) / expected
    print(f"| GloVe loss, {size} | {expected:.6g} | {loss:.6g} | relative difference {apart:.1e} | <= 1e-5 |", flush=True)
    rates = f"{len(pairs.keys) / theirs:,.0f} pairs/s | {len(pairs.keys) / ours:,.0f} pairs/s"
    print(f"| GloVe, an epoch, width 100 | {rates} | {theirs / ours:.0f} x | >= 20 x |", flush=True)


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path, help="text file, a sentence a line; repeated until it is long enough")
    parser.add_argument("--megabytes", type=float, default=20.0)
    parser.add_argument("--glove-lines", type=int, default=2_000)
    parser.add_argument("--only", nargs="+", choices=("word2vec", "glove"), default=["word2vec", "glove"])
    given = parser.parse_args()
    print("| word vectors | peer | mmcli | result | bar |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        if "word2vec" in given.only:
            bench_word2vec(given.text, given.megabytes, Path(folder))
        if "glove" in given.only:
            bench_glove(given.text, given.glove_lines, Path(folder))


if __name__ == "__main__":
    main()
