"""Replace one value in a file of a small artifact by a hostile one, renew all hashes, and run every command that reads it.

    python benchmarks/fuzz_artifacts.py --cases 2000 --seed 0 --work /tmp/fuzz

Every command must end with exit code 0, 3, 5 or 6, within 20 s and below 1.5 GB. Seconds are those of the processor, so that
a busy machine finds nothing else. Cases run in a few processes that stay alive and have loaded TensorFlow; the seed and the
number of a case determine it. The pipeline that makes the
artifacts (30 records, two fields of each kind of target) runs once per folder.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import math
import os
import select
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import numpy as np

ALLOWED = frozenset({0, 3, 5, 6})
MOST_SECONDS, MOST_BYTES = 20.0, 1.5 * 2**30
_CASES_PER_WORKER = 25  # graphs that TensorFlow has traced are never freed
_RENEWED = frozenset({"checksum", "files", "id"})
_SETTINGS = ["-q", "--seed", "0"]
_SMALL = "small.toml"
_ALL_SHOWN = 0.2  # of the reports show the other artifacts, too
_TARGETS = ("photo", "caption", "sound")


def hostile_values(old: Any) -> list[Any]:
    """The ten values that replace one: by type, by size, by form."""
    wrong = "text" if not isinstance(old, str) else 7
    nested: Any = 1
    for _ in range(30):
        nested = [nested]
    empty: Any = {} if isinstance(old, dict) else [] if isinstance(old, list) else ""
    return [wrong, None, -1, 0, 1e9, 2**63, math.nan, "x" * 5000, nested, empty]


def make_work(work: Path) -> None:
    """Make one small artifact of every kind."""
    work.mkdir(parents=True, exist_ok=True)
    (work / _SMALL).write_text(
        "seed = 0\n[demo-data]\nnum-records = 30\n[preprocess]\nimage-size = 8\nseconds = 0.2\nsample-rate-hz = 4000\nval = 0.2\n"
        "test = 0.2\n[embed]\nepochs = 1\ndim = 8\ntokens = 2\n[fuse]\nepochs = 1\nheads = 2\nlatents = 2\n"
        "[train-gan]\nsteps = 2\nwidth = 4\nticks = 1\neval-items = 0\n[generate]\nnum = 6\n"
    )
    chain = [
        ["demo-data", "-o", "raw"],
        ["preprocess", "raw", "-o", "dataset"],
        ["embed", "dataset", "-o", "embeddings"],
        ["fuse", "embeddings", "-o", "fused"],
        ["similarity", "embeddings", "-o", "similarity"],
        ["classify", "embeddings", "--method", "probe", "-o", "classification"],
    ]
    for target in _TARGETS:
        gan, samples = f"gan-{target}", f"samples-{target}"
        chain.append(["train-gan", "dataset", "fused", "--target", target, "-o", gan])
        chain.append(["generate", gan, "--from", "dataset", "-o", samples])
        chain.append(["evaluate", samples, "dataset", "-o", f"scores-{target}"])
    chain.append(["train-gan", "dataset", "--target", "photo", "--given", "label", "-o", "gan-label"])
    for command in chain:
        if (work / command[-1] / "artifact.json").is_file():
            continue
        code, said = run([*command, "--config", _SMALL, "-q"], work)
        if code:
            raise SystemExit(f"{' '.join(command)}: exit {code}\n{said}")


def run(arguments: list[str], folder: Path) -> tuple[int, str]:
    """Run a command in this process; returns its exit code and what it wrote on stderr."""
    from mmcli.cli.app import app

    here, out, said = Path.cwd(), io.StringIO(), io.StringIO()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(said):
            code = app(arguments, standalone_mode=False)
    except SystemExit as leaving:
        code = leaving.code
    finally:
        os.chdir(here)
    return int(code or 0), said.getvalue()


# What to change


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all values inside a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield (*path, key)
        yield from places(child, (*path, key))


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a JSON value with one value replaced."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = new
    return copy


def spoil(folder: Path, rng: np.random.Generator) -> str:
    """Replace one value in one file of an artifact; returns what was done."""
    names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name != "log.txt"]
    # Files of one kind count together, so that a thousand images do not hide a manifest.
    kinds = sorted({_kind(name) for name in names})
    kind = str(rng.choice(kinds + ["json"] * 3 * ("json" in kinds)))
    name = str(rng.choice(sorted(name for name in names if _kind(name) == kind)))
    how = {"json": _spoil_json, "jsonl": _spoil_lines, "parquet": _spoil_table, "npy": _spoil_array, "safetensors": _spoil_weights}
    return f"{name}: {how.get(kind, _spoil_bytes)(folder / name, rng)}"


def _kind(name: str) -> str:
    return "json" if name.endswith(".json") else name.rpartition(".")[2]


def _pick(old: Any, rng: np.random.Generator) -> Any:
    return hostile_values(old)[int(rng.integers(10))]


def _spoil_json(path: Path, rng: np.random.Generator) -> str:
    body = json.loads(path.read_text())
    found = [place for place in places(body) if path.name != "artifact.json" or place[0] not in _RENEWED]
    tops = sorted({str(place[0]) for place in found})
    top = str(rng.choice(tops))
    found = [place for place in found if str(place[0]) == top]
    place = found[int(rng.integers(len(found)))]
    new = _pick(_at(body, place), rng)
    path.write_text(json.dumps(replaced(body, place, new)))
    return f"{'.'.join(map(str, place))} = {str(new)[:40]}"


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _spoil_lines(path: Path, rng: np.random.Generator) -> str:
    lines = path.read_text().splitlines()
    if not lines:
        path.write_text('{"code": 1}\n')
        return "a line"
    number = int(rng.integers(len(lines)))
    body = json.loads(lines[number])
    found = [(), *places(body)]
    place = found[int(rng.integers(len(found)))]
    new = _pick(_at(body, place), rng)
    lines[number] = json.dumps(replaced(body, place, new) if place else new)
    path.write_text("\n".join(lines) + "\n")
    return f"line {number} {'.'.join(map(str, place))} = {str(new)[:40]}"


def _spoil_table(path: Path, rng: np.random.Generator) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    number = int(rng.integers(table.num_columns))
    name, values = table.column_names[number], table.column(number).to_pylist()
    row, new = int(rng.integers(len(values))), _pick(values[0], rng)
    values[row] = new
    try:
        column = pa.array(values)
    except (pa.ArrowException, OverflowError):
        column = pa.array([new] * len(values) if not isinstance(new, int) else [float(new)] * len(values))
    pq.write_table(table.set_column(number, name, column), path)
    return f"column {name}, row {row} = {str(new)[:40]}"


def _spoil_array(path: Path, rng: np.random.Generator) -> str:
    array = np.array(np.load(path))
    way = int(rng.integers(5))
    if way == 0 and array.size:
        with np.errstate(all="ignore"):
            flat = array.reshape(-1)
            flat[int(rng.integers(array.size))] = np.array(rng.choice([-1.0, 1e9, 2.0**63, math.nan])).astype(array.dtype)
    changed = [array, array[:-1], array.astype(np.float64), array[..., None], array[:0]][way]
    np.save(path, changed)
    return f"{changed.dtype} {changed.shape}, way {way}"


def _spoil_weights(path: Path, rng: np.random.Generator) -> str:
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    if rng.integers(2):
        at = 8 + size + 4 * int(rng.integers((len(data) - 8 - size) // 4))
        path.write_bytes(data[:at] + np.float32(math.nan).tobytes() + data[at + 4 :])
        return "a weight = nan"
    found = list(places(header))
    place = found[int(rng.integers(len(found)))]
    new = _pick(_at(header, place), rng)
    text = json.dumps(replaced(header, place, new)).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])
    return f"header {'.'.join(map(str, place))} = {str(new)[:40]}"


def _spoil_bytes(path: Path, rng: np.random.Generator) -> str:
    data = path.read_bytes()
    new = [data[: len(data) // 2], b"", b"x" * 5000, data[::-1]][int(rng.integers(4))]
    path.write_bytes(new)
    return f"{len(new)} bytes instead of {len(data)}"


def seal(folder: Path) -> None:
    """Renew the hashes of an artifact's files, its id and its checksum."""
    path = folder / "artifact.json"
    body = json.loads(path.read_text())
    files = {}
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file != path:
            data = file.read_bytes()
            files[file.relative_to(folder).as_posix()] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    body["files"] = files
    stable = {name: entry["sha256"] for name, entry in files.items() if name not in ("log.txt", "metrics.jsonl", "live.html")}
    told = {"kind": body.get("kind"), "config": body.get("config"), "seed": body.get("seed"), "fields": body.get("fields"), "files": stable}
    body["id"] = _digest(told)[:32]
    body["checksum"] = _digest({key: value for key, value in body.items() if key != "checksum"})
    path.write_text(json.dumps(body))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# What to run


def commands(name: str, rng: np.random.Generator, *, light: bool) -> list[list[str]]:
    """Commands that read an artifact: all that take no training, and one that does; `light` for those without TensorFlow."""
    kind, _, target = name.partition("-")
    flags = ["--config", _SMALL, "-q"]
    found = [["info", name], ["info", name, "--json"], ["report", "shown", "-o", "out-report", "-q"]]
    given = ["--text", "press seven"] if target in ("photo", "sound") else ["--label", "0"] if target == "label" else ["--from", "dataset"]
    quick = {
        "dataset": [["info", name, "--preview", "--sheets", "out-sheets"]],
        "embeddings": [
            ["search", name, "--eval"],
            ["similarity", name, "-o", "out-similarity", *flags],
            ["classify", name, "--method", "probe", "-o", "out-probe", *flags],
        ],
        "samples": [["preprocess", name, "-o", "out-again", *flags]],
        "raw": [["preprocess", name, "-o", "out-dataset", *flags]],
    }
    slow = {
        "dataset": [
            ["embed", name, "-o", "out-embeddings", *flags],
            ["train-gan", name, "fused", "--target", str(rng.choice(_TARGETS)), "-o", "out-gan", *flags],
            ["train-gan", name, "--target", "photo", "--given", "label", "-o", "out-gan", *flags],
            ["evaluate", "samples-photo", name, "-o", "out-scores", *flags],
            ["generate", "gan-sound", "--from", name, "-o", "out-samples", *flags],
        ],
        "embeddings": [
            ["fuse", name, "-o", "out-fused", *flags],
            ["search", name, "--text", "seven"],
            ["classify", name, "-o", "out-zero", *flags],
        ],
        "samples": [["evaluate", name, "dataset", "-o", "out-scores", *flags]],
        "scores": [["evaluate", f"samples-{target}", "dataset", "-o", name, *flags]],
        "fused": [["train-gan", "dataset", name, "--target", str(rng.choice(_TARGETS)), "-o", "out-gan", *flags]],
        "gan": [
            ["generate", name, *given, "-o", "out-samples", *flags],
            ["generate", name, "--from", "dataset", "-o", "out-more", *flags],
            ["generate", name, "--num", "4", *(["--neighbours", "2"] if target != "caption" else []), "-o", "out-near", *flags],
            ["train-gan", "dataset", "fused", "--target", "photo", "--init-from", name, "-o", "out-gan", *flags],
        ],
    }
    chosen = [] if light else slow.get(kind, [])
    return found + quick.get(kind, []) + ([chosen[int(rng.integers(len(chosen)))]] if chosen else [])


def one_case(work: Path, seed: int, number: int, *, light: bool = False) -> dict[str, Any]:
    """Run a case; returns what was changed, and the exit code, seconds and peak of each command."""
    rng = np.random.default_rng([seed, number])
    names = sorted(path.parent.name for path in work.glob("*/artifact.json"))
    name = str(rng.choice(names))
    place = work.parent / f"{work.name}-case-{os.getpid()}"
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(work, place, copy_function=os.link)
    shutil.rmtree(place / name)
    shutil.copytree(work / name, place / name)
    told = spoil(place / name, rng)
    with suppress(AttributeError, KeyError, TypeError):  # the manifest may be something else now
        seal(place / name)
    (place / "shown").mkdir()
    shown = names if rng.random() < _ALL_SHOWN else [name]
    for one in shown:
        shutil.copytree(place / one, place / "shown" / one, copy_function=os.link)
    print(json.dumps({"begins": number, "name": name, "told": told}), flush=True)
    results = []
    for command in commands(name, rng, light=light):
        Path("/proc/self/clear_refs").write_text("5")
        begin = time.process_time()
        code, said = run(command, place)
        seconds = round(time.process_time() - begin, 2)
        if code == 2 and "the output folder" in said:
            code = 0  # what is no artifact any more is not replaced
        results.append({"command": " ".join(command), "code": code, "s": seconds, "peak": _peak(), "said": said[-400:]})
    shutil.rmtree(place)
    return {"number": number, "name": name, "told": told, "results": results}


def _peak() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


# The processes


class Worker:
    """A process that runs cases one after the other."""

    def __init__(self, work: Path, seed: int, *, light: bool) -> None:
        command = [sys.executable, __file__, "--worker", "--work", str(work), "--seed", str(seed), *(["--light"] if light else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.left, self.told = _CASES_PER_WORKER, ""

    def begin(self, number: int) -> None:
        """Start a case."""
        assert self.process.stdin
        self.left -= 1
        self.number, self.since = number, time.monotonic()
        self.process.stdin.write(f"{number}\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()


def fuzz(work: Path, seed: int, numbers: list[int], processes: int, *, light: bool, most_seconds: float = math.inf) -> list[str]:
    """Run cases; returns what went wrong."""
    begin, waiting, found, done = time.monotonic(), list(reversed(numbers)), [], 0
    workers: list[Worker] = []
    codes: Counter[int] = Counter()
    slowest, largest = 0.0, 0
    while waiting or workers:
        while waiting and len(workers) < processes and time.monotonic() - begin < most_seconds:
            workers.append(Worker(work, seed, light=light))
            workers[-1].begin(waiting.pop())
        if not workers:
            break
        ready, _, _ = select.select([worker.process.stdout for worker in workers], [], [], 1.0)
        for worker in list(workers):
            assert worker.process.stdout
            line = worker.process.stdout.readline() if worker.process.stdout in ready else None
            if line is None and time.monotonic() - worker.since < 10 * MOST_SECONDS:
                continue
            if not line:
                found.append(f"case {worker.number}: {'died' if line == '' else 'did not end'}: {worker.told}")
                worker.stop()
                workers.remove(worker)
                done += 1
                continue
            body = json.loads(line)
            if "begins" in body:
                worker.told = f"{body['name']}/{body['told']}"
                continue
            done += 1
            if done % 100 == 0:
                print(f"{done:,} cases", flush=True)
            for result in body["results"]:
                codes[result["code"]] += 1
                slowest, largest = max(slowest, result["s"]), max(largest, result["peak"])
                if result["code"] not in ALLOWED or result["s"] > MOST_SECONDS or result["peak"] > MOST_BYTES:
                    facts = f"exit {result['code']}, {result['s']} s, {result['peak'] / 2**20:.0f} MiB"
                    found.append(
                        f"case {body['number']}: {body['name']}/{body['told']}\n  {result['command']}: {facts}\n  {result['said']}"
                    )
                    print(found[-1], flush=True)
            if worker.left and waiting and time.monotonic() - begin < most_seconds:
                worker.begin(waiting.pop())
            else:
                worker.stop()
                workers.remove(worker)
    seconds = time.monotonic() - begin
    facts = f"exit codes {dict(sorted(codes.items()))}; slowest command {slowest:.1f} s; peak {largest / 2**20:,.0f} MiB"
    print(f"{done:,} cases in {seconds:,.0f} s; {facts}")
    return found


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--light", action="store_true", help="only commands without TensorFlow")
    parser.add_argument("--worker", action="store_true")
    options = parser.parse_args()
    work = options.work.absolute()
    if options.worker:
        if not options.light:
            import tensorflow  # noqa: F401 - before the clock runs
        for line in sys.stdin:
            print(json.dumps(one_case(work, options.seed, int(line), light=options.light)), flush=True)
        return
    make_work(work)
    numbers = list(range(options.first, options.first + options.cases))
    found = fuzz(work, options.seed, numbers, options.processes, light=options.light, most_seconds=60 * options.minutes)
    print(f"{len(found)} findings")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
