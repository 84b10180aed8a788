"""The program answers at once: nothing heavy is imported before a stage begins."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = [
    *("numpy", "scipy", "tensorflow", "keras", "librosa", "nltk", "pyarrow", "sklearn", "PIL", "soundfile", "soxr", "gensim"),
    *(
        "matplotlib",
        "rich.table",
        "pandas",
        "jinja2",
        "safetensors",
        "tokenizers",
        "textblob",
        "stopwordsiso",
        "sacrebleu",
        "rouge_score",
        "jiwer",
        "pydantic",
    ),
]
CODE = """
import sys
from mmcli.cli.app import app
try:
    app(sys.argv[1:])
except SystemExit as leaving:
    code = leaving.code
print(code, *sorted(set({heavy!r}) & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["train-gan", "--help"], 0),
        (["train-gam"], 2),
        (["train-gan", "--targe", "photo"], 2),
        (["preprocess", "raw", "-o", "out", "--image-size", "1000000"], 2),
        (["preprocess", "raw", "-o", "out", "--dry-run"], 0),
        (["info", "no-such-folder"], 3),
    ],
)
def test_no_heavy_module_is_imported(arguments: list[str], code: int) -> None:
    command = [sys.executable, "-c", CODE.format(heavy=HEAVY), *arguments]
    last = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()[-1]
    assert last == str(code)


def test_data_modules_do_without_tensorflow() -> None:
    code = """
import importlib, pkgutil, sys
import mmcli
for found in pkgutil.walk_packages(mmcli.__path__, "mmcli."):
    parts = found.name.split(".")
    light = parts[1] in {"artifacts", "metrics", "data", "core", "cli"} or found.name == "mmcli.nn.runtime"
    codec = parts[1] == "modalities" and parts[-1] in {"base", "codec", "ingest", "recipe"}
    if light or codec or found.name in {"mmcli.stages.preprocess.stage", "mmcli.stages.demo_data.stage", "mmcli.stages.info.stage"}:
        importlib.import_module(found.name)
print(*sorted({"tensorflow", "keras", "torch"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
