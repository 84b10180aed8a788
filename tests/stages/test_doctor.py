"""`doctor` finds what is missing and says how to mend it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mmcli.stages.doctor import stage as doctor


def test_every_finding_that_is_not_ok_has_a_fix(tmp_path: Path) -> None:
    checks = doctor.examine(tmp_path, fast=True)
    assert {check.status for check in checks} <= {"ok", "warn", "fail"}
    assert all(check.fix for check in checks if check.status != "ok")
    assert {"Python", "tensorflow", "CPU", "memory", "disk", "writing", "NLTK punkt_tab"} <= {check.name for check in checks}


def test_a_missing_or_old_package_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(doctor, "REQUIRED", {"no-such-package-of-ours": "1", "typer": "99.0"})
    found = {check.name: check for check in doctor.examine(tmp_path, fast=True)}
    assert found["no-such-package-of-ours"].status == found["typer"].status == "fail"
    assert found["typer"].fix == "pip install 'typer>=99.0'"


def test_a_folder_that_cannot_be_written_fails() -> None:
    found = {check.name: check for check in doctor.examine(Path("/proc"), fast=True)}
    assert found["writing"].status == "fail"


def test_the_packages_are_those_of_pyproject() -> None:
    body = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert dict(re.split(">=", line) for line in body["project"]["dependencies"]) == doctor.REQUIRED


@pytest.mark.parametrize(("older", "newer"), [("3.9", "3.10"), ("1", "1.0.1"), ("2.21.0rc1", "2.22"), ("1.9+cpu", "1.10")])
def test_versions_are_compared_as_numbers(older: str, newer: str) -> None:
    assert doctor._numbers(older) < doctor._numbers(newer)


@pytest.mark.tf
def test_tensorflow_multiplies_on_this_machine(tmp_path: Path) -> None:
    last = doctor.examine(tmp_path)[-1]
    assert (last.name, last.status) == ("TensorFlow runs", "ok")
