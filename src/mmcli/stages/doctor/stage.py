"""`doctor`: check whether this machine can run mmcli, and suggest fixes."""

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

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.doctor.options import DoctorConfig

GIB = 2**30
_CHILD_TIMEOUT_S = 180
_DISTRIBUTION = "mmcli"
_FOR_DEVELOPERS = frozenset({"dev"})  # extras that users do not need
_NLTK_DATA = {
    "tokenizers/punkt_tab": "sentences are split by rules",
    "taggers/averaged_perceptron_tagger_eng": "parts of speech come from TextBlob",
}


@dataclass(frozen=True)
class Check:
    """Result of one check; `status` is ok, warn or fail, and `fix` says how to fix it."""

    name: str
    status: str
    found: str
    fix: str = ""


def answer(config: DoctorConfig, ui: Ui) -> Answer:
    """Answer with all checks; with a problem if a requirement is missing."""
    del ui
    checks = examine(Path.cwd(), fast=config.fast)
    failed = [check for check in checks if check.status == "fail"]
    problem = EnvironmentUnfitError(f"{failed[0].name}: {failed[0].found}", "this environment", failed[0].fix) if failed else None
    table = Table(("check", "status", "found", "fix"), [(c.name, c.status, c.found, c.fix) for c in checks])
    return Answer({"fit": not failed, "checks": [asdict(check) for check in checks]}, [table], problem=problem)


def examine(folder: Path, *, fast: bool = False) -> list[Check]:
    """All checks; `folder` is the user's working folder, and `fast` skips TensorFlow."""
    checks = [_python(), *_packages(), _cpu(), _memory(), _disk(folder), _writing(folder), *_nltk_data(), _encoding()]
    return checks if fast else [*checks, _tensorflow()]


def _python() -> Check:
    found = ".".join(map(str, sys.version_info[:3]))
    try:
        wanted = SpecifierSet(",".join(metadata.metadata(_DISTRIBUTION).get_all("Requires-Python", [])))
    except metadata.PackageNotFoundError:
        return Check("Python", "ok", found)
    fit = wanted.contains(found, prereleases=True)
    return Check("Python", "ok" if fit else "fail", found, "" if fit else f"use Python {wanted}")


def _packages() -> Iterator[Check]:
    """Check each package required by mmcli or one of its extras, according to the metadata of the installed mmcli."""
    try:
        requirements = [Requirement(line) for line in metadata.requires(_DISTRIBUTION) or ()]
        extras = metadata.metadata(_DISTRIBUTION).get_all("Provides-Extra", [])
    except metadata.PackageNotFoundError:
        yield Check(_DISTRIBUTION, "warn", "not installed: requirements unknown", "pip install .")
        return
    needed = [wanted for wanted in requirements if _applies(wanted)]
    names = {wanted.name for wanted in needed}
    for wanted in needed:
        yield _package(wanted)
    for extra in (extra for extra in extras if extra not in _FOR_DEVELOPERS):
        for wanted in requirements:
            if wanted.name not in names and _applies(wanted, extra):
                yield _package(wanted, extra)


def _applies(wanted: Requirement, extra: str = "") -> bool:
    """Whether a requirement applies to this Python and platform, with or without an extra."""
    return wanted.marker is None or wanted.marker.evaluate({"extra": extra})


def _package(wanted: Requirement, extra: str = "") -> Check:
    """Check whether a package is installed and recent enough; packages of extras may be missing."""
    name, least = wanted.name, str(wanted.specifier)
    fix = f"pip install '{name}{least}'"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        if extra:
            return Check(name, "ok", f"not installed, optional ({extra}): {fix}")
        return Check(name, "fail", "not installed", fix)
    if wanted.specifier.contains(found, prereleases=True):
        return Check(name, "ok", found)
    return Check(name, "warn" if extra else "fail", f"{found} is installed, {least} is required", fix)


def _cpu() -> Check:
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        flags = ""
    known = [name for name in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if name in flags]
    found = f"{len(os.sched_getaffinity(0))} cores, {', '.join(known) or 'no AVX2'}"
    return Check("CPU", "ok" if known else "warn", found, "" if known else "training is slow without AVX2; use another machine")


def _memory() -> Check:
    free = _free_memory()
    if free is None:
        return Check("memory", "warn", "unknown", "a stage needs up to 2 GiB")
    status = "fail" if free < GIB else "warn" if free < 2 * GIB else "ok"
    return Check("memory", status, f"{free / GIB:.1f} GiB free", "" if status == "ok" else "free some memory; a stage needs up to 2 GiB")


def _free_memory() -> int | None:
    """Bytes of memory available to this process: the machine's, or the container's if less."""
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
    return Check(
        "disk", status, f"{free / GIB:.1f} GiB free here", "" if status == "ok" else "free some disk space, or work in another folder"
    )


def _writing(folder: Path) -> Check:
    for place in (folder, Path(tempfile.gettempdir())):
        try:
            with tempfile.TemporaryFile(dir=place):
                pass
        except OSError as error:
            return Check("writing", "fail", f"{place}: {error.strerror}", "work in a writable folder, or set TMPDIR")
    return Check("writing", "ok", "permitted here and in the temporary folder")


def _nltk_data() -> Iterator[Check]:
    named = [Path(place) for place in os.environ.get("NLTK_DATA", "").split(os.pathsep) if place]
    home = os.path.expanduser("~")  # noqa: PTH111 - works for users without a home folder, too
    roots = [Path(home), *(Path(sys.prefix) / part for part in (".", "share", "lib"))]
    roots += [Path(place) for place in ("/usr/share", "/usr/local/share", "/usr/lib", "/usr/local/lib")]
    places = [*named, *(root / "nltk_data" for root in roots)]
    for name, without in _NLTK_DATA.items():
        here = any((place / (name + end)).exists() for place in places for end in ("", ".zip"))
        word = name.partition("/")[2]
        yield Check(f"NLTK {word}", "ok", "installed" if here else f"not installed, optional: {without}")


def _encoding() -> Check:
    found = sys.stdout.encoding or "unknown"
    fit = found.lower().replace("-", "") == "utf8"
    return Check("encoding", "ok" if fit else "warn", found, "" if fit else "set PYTHONUTF8=1 to display texts correctly")


def _tensorflow() -> Check:
    """Run a multiplication in a child process: on old processors the import kills the process."""
    code = "from mmcli.stages.doctor.stage import device_words; print(device_words())"
    command = [sys.executable, "-c", code]
    fix = "reinstall it: pip install --force-reinstall tensorflow; it needs a processor with AVX"
    try:
        child = subprocess.run(command, capture_output=True, text=True, timeout=_CHILD_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Check("TensorFlow runs", "fail", str(error), fix)
    if child.returncode:
        last = child.stderr.strip().splitlines()[-1:] or [f"exited with code {child.returncode}"]
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
