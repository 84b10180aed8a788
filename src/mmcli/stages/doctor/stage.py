"""`doctor`: is this machine fit for mmcli, and what would mend it?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.doctor.options import DoctorConfig

GIB = 2**30
_CHILD_TIMEOUT_S = 180
_MIN_PYTHON = (3, 11)
# Distribution -> the least version that mmcli is known to work with; the same as in pyproject.toml.
REQUIRED = {
    "filelock": "3.20.3",
    "gensim": "4.4",
    "jinja2": "3.1.6",
    "keras": "3.15.1",
    "librosa": "0.11",
    "matplotlib": "3.10",
    "nltk": "3.9.2",
    "numpy": "2.1",
    "pillow": "12",
    "pyarrow": "21",
    "rich": "14",
    "safetensors": "0.6",
    "scikit-learn": "1.7",
    "scipy": "1.15",
    "soundfile": "0.13",
    "soxr": "1.0",
    "stopwordsiso": "0.6.1",
    "tensorflow": "2.21",
    "textblob": "0.19",
    "threadpoolctl": "3.5",
    "tokenizers": "0.22",
    "typer": "0.29",
}
_OPTIONAL = {"jieba": "zh", "py3langid": "languages", "ray": "ray", "faiss-cpu": "ann", "torch": "bench"}
_NLTK_DATA = {
    "tokenizers/punkt_tab": "sentences are split by rules",
    "taggers/averaged_perceptron_tagger_eng": "parts of speech come from TextBlob",
}


@dataclass(frozen=True)
class Check:
    """One finding; `status` is ok, warn or fail, and `fix` says what would mend it."""

    name: str
    status: str
    found: str
    fix: str = ""


def answer(config: DoctorConfig, ui: Ui) -> Answer:
    """What this machine lacks, as an answer to be printed; with a problem if anything needed is missing."""
    del ui
    checks = examine(Path.cwd(), fast=config.fast)
    failed = [check for check in checks if check.status == "fail"]
    problem = EnvironmentUnfitError(f"{failed[0].name}: {failed[0].found}", "this environment", failed[0].fix) if failed else None
    table = Table(("check", "status", "found", "fix"), [(c.name, c.status, c.found, c.fix) for c in checks])
    return Answer({"fit": not failed, "checks": [asdict(check) for check in checks]}, [table], problem=problem)


def examine(folder: Path, *, fast: bool = False) -> list[Check]:
    """All checks; `folder` is where the user works, and `fast` leaves TensorFlow alone."""
    checks = [_python(), *_packages(), *_optional(), _cpu(), _memory(), _disk(folder), _writing(folder), *_nltk_data(), _encoding()]
    return checks if fast else [*checks, _tensorflow()]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    fit = sys.version_info >= _MIN_PYTHON
    return Check("Python", "ok" if fit else "fail", found, "" if fit else "use Python 3.11 or newer")


def _packages() -> Iterator[Check]:
    for name, least in REQUIRED.items():
        found = _version_of(name)
        fix = f"pip install '{name}>={least}'"
        if found is None:
            yield Check(name, "fail", "not installed", fix)
        elif _numbers(found) < _numbers(least):
            yield Check(name, "fail", f"{found} is older than {least}", fix)
        else:
            yield Check(name, "ok", found)


def _optional() -> Iterator[Check]:
    for name, extra in _OPTIONAL.items():
        yield Check(name, "ok", _version_of(name) or f"not installed, optional: pip install 'mmcli[{extra}]'")


def _version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """Leading numbers of a version, enough to compare releases."""
    numbers = []
    for part in version.partition("+")[0].split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if not digits:
            break
        numbers.append(int(digits))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _cpu() -> Check:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        flags = ""
    known = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    found = f"{len(os.sched_getaffinity(0))} cores, {', '.join(known) or 'no AVX2'}"
    return Check("CPU", "ok" if known else "warn", found, "" if known else "training is slow without AVX2: use another machine")


def _memory() -> Check:
    free = _free_memory()
    if free is None:
        return Check("memory", "warn", "unknown", "a stage needs up to 2 GiB")
    status = "fail" if free < GIB else "warn" if free < 2 * GIB else "ok"
    return Check("memory", status, f"{free / GIB:.1f} GiB free", "" if status == "ok" else "free some memory: a stage needs up to 2 GiB")


def _free_memory() -> int | None:
    """Bytes that this process may still take: the machine's, or the container's where it is less."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable"))
    except (OSError, StopIteration, ValueError):
        return None
    try:
        group = Path("/sys/fs/cgroup")
        return min(free, int((group / "memory.max").read_text()) - int((group / "memory.current").read_text()))
    except (OSError, ValueError):
        return free


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    status = "fail" if free < GIB // 4 else "warn" if free < 2 * GIB else "ok"
    return Check("disk", status, f"{free / GIB:.1f} GiB free here", "" if status == "ok" else "free some space, or work in another folder")


def _writing(folder: Path) -> Check:
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            with tempfile.TemporaryFile(dir=place):
                pass
        except OSError as error:
            return Check("writing", "fail", f"{place}: {error.strerror}", "work in a folder that you may write to, or set TMPDIR")
    return Check("writing", "ok", "allowed here and in the temporary folder")


def _nltk_data() -> Iterator[Check]:
    named = [Path(place) for place in os.environ.get("NLTK_DATA", "").split(os.pathsep) if place]
    roots = [Path.home(), *(Path(sys.prefix) / part for part in (".", "share", "lib"))]
    roots += [Path(place) for place in ("/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib")]
    places = [*named, *(root / "nltk_data" for root in roots)]
    for name, without in _NLTK_DATA.items():
        here = any((place / (name + end)).exists() for place in places for end in ("", ".zip"))
        word = name.partition("/")[2]
        yield Check(f"NLTK {word}", "ok", "installed" if here else f"not installed, optional: {without}")


def _encoding() -> Check:
    found = sys.stdout.encoding or "unknown"
    fit = found.lower().replace("-", "") == "utf8"
    return Check("encoding", "ok" if fit else "warn", found, "" if fit else "set PYTHONUTF8=1 to see texts as they are")


def _tensorflow() -> Check:
    """Run one multiplication in a child: on a processor that is too old the import kills its process."""
    code = "from mmcli.stages.doctor.stage import device_words; print(device_words())"
    command = [sys.executable, "-c", code]
    fix = "reinstall it: pip install --force-reinstall tensorflow; it needs a processor with AVX"
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=_CHILD_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("TensorFlow runs", "fail", str(error), fix)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or [f"it ended with code {child.returncode}"]
        return Check("TensorFlow runs", "fail", last[0], fix)
    return Check("TensorFlow runs", "ok", child.stdout.strip())


def device_words() -> str:
    """Load TensorFlow, multiply on the device, and name it."""
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime

    device = runtime.start(Ui(quiet=True), seed=0, precision="auto")
    import keras

    product = float(keras.ops.sum(keras.ops.matmul(keras.ops.ones((64, 64)), keras.ops.ones((64, 64)))))
    if product != 64.0**3:
        raise ArithmeticError(f"a product of ones is {product}")
    return f"{device.name}, {device.precision}"
