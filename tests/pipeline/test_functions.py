"""Stages as functions of the package."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mmcli
from mmcli.core.errors import InputError, MmcliError, UsageError
from mmcli.core.options import options_of
from mmcli.stages.registry import all_stages


def test_every_stage_is_a_function_with_its_options_by_keyword() -> None:
    assert {stage.function for stage in all_stages()} <= set(mmcli.__all__) <= set(dir(mmcli))
    for stage in all_stages():
        parameters = inspect.signature(getattr(mmcli, stage.function)).parameters
        assert {spec.name for spec in options_of(stage.config)} <= {p.name for p in parameters.values() if p.kind is p.KEYWORD_ONLY}
        assert stage.help in str(getattr(mmcli, stage.function).__doc__)


def test_a_call_writes_an_artifact_and_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first, second = (mmcli.demo_data(out=tmp_path / "raw", num_records=20) for _ in range(2))
    assert (first.status, second.status, first.path) == ("written", "up to date", tmp_path / "raw")
    assert (first.counts["records"], first.id) == (20, second.id)
    assert mmcli.info(first.path).body["kind"] == "raw"
    assert capfd.readouterr() == ("", "")
    mmcli.preprocess(str(first.path), out=str(tmp_path / "dataset"), workers=1, progress=True)
    assert "writing photo" in capfd.readouterr().err


def test_warnings_are_in_the_result(tmp_path: Path) -> None:
    raw = mmcli.demo_data(out=tmp_path / "raw", num_records=20).path
    next(raw.rglob("*.png")).write_bytes(b"no image")
    found = mmcli.preprocess(raw, out=tmp_path / "dataset", max_reject_rate=1.0, workers=1)
    assert found.counts["rejected"] == 1
    assert any("IMG_" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("keywords", "what", "where", "fix"),
    [
        ({"num_record": 20}, "demo_data has no option num_record", "mmcli.demo_data()", "did you mean num_records?"),
        ({"num_records": 2}, "num-records is out of range: 2", "mmcli.demo_data(), num_records", "from 20 to 1,797"),
        ({"num_records": "many"}, "num-records must be an integer", "mmcli.demo_data(), num_records", "an integer"),
        ({"num_records": [20]}, "num-records must be an integer", "mmcli.demo_data(), num_records", "an integer"),
        ({"missing": None}, "missing must be a number", "mmcli.demo_data(), missing", "from 0"),
        ({"force": 1}, "force must be true or false", "mmcli.demo_data()", "force=True"),
        ({"progress": "yes"}, "progress must be true or false", "mmcli.demo_data()", "progress=True"),
        ({"out": None}, "missing output folder", "mmcli.demo_data()", "out="),
        ({"out": 5}, "out must be a path, not 5", "mmcli.demo_data()", "pathlib.Path"),
        ({"out": ""}, "out must be a path", "mmcli.demo_data()", "pathlib.Path"),
    ],
)
def test_bad_input_is_refused_as_on_the_command_line(keywords: dict[str, Any], what: str, where: str, fix: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        mmcli.demo_data(**{"out": tmp_path / "raw", **keywords})
    assert what in caught.value.what
    assert caught.value.where == where
    assert fix in caught.value.fix
    assert not list(tmp_path.iterdir())


def test_inputs_are_counted_and_opened(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the input dataset is missing"):
        mmcli.embed(out=tmp_path / "out")
    with pytest.raises(UsageError, match="2 inputs, but embed takes 1"):
        mmcli.embed("a", "b", out=tmp_path / "out")
    with pytest.raises(UsageError, match="duplicate input dataset"):
        mmcli.embed("a", dataset="a", out=tmp_path / "out")
    with pytest.raises(MmcliError) as caught:
        mmcli.embed(tmp_path, out=tmp_path.parent / "out")
    assert caught.value.exit_code in (3, 5)
    with pytest.raises(InputError):
        mmcli.preprocess(tmp_path / "none", out=tmp_path / "out")
    with pytest.raises(UsageError, match="the output folder is inside the input"):
        mmcli.preprocess(tmp_path, out=tmp_path / "out")
    assert not list(tmp_path.iterdir())


def test_an_unknown_name_is_an_attribute_error_and_importing_is_light() -> None:
    with pytest.raises(AttributeError, match="no attribute 'embeds'"):
        _ = mmcli.embeds
    code = "import sys, mmcli; mmcli.__all__; print(*sorted({'numpy', 'typer', 'tensorflow', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
