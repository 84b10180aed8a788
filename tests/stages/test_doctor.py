"""`doctor` finds what is missing and says how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from mmcli.stages.doctor import stage as doctor


def test_every_finding_that_is_not_ok_has_a_fix(tmp_path: Path) -> None:
    checks = doctor.examine(tmp_path, fast=True)
    assert {check.status for check in checks} <= {"ok", "warn", "fail"}
    assert all(check.fix for check in checks if check.status != "ok")
    assert {"Python", "tensorflow", "CPU", "memory", "disk", "writing", "NLTK punkt_tab"} <= {check.name for check in checks}


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, doctor.Check]]:
    """Checks of an mmcli that requires some lines, in an environment that holds some versions."""

    def examine(requires: list[str], installed: dict[str, str]) -> dict[str, doctor.Check]:
        about = Message()
        for extra in ("gpu", "zh", "dev"):
            about["Provides-Extra"] = extra
        about["Requires-Python"] = ">=3.99" if "new python" in installed else ">=3.11"
        monkeypatch.setattr(metadata, "metadata", lambda _: about)
        monkeypatch.setattr(metadata, "requires", lambda _: requires)

        def version(name: str) -> str:
            if name not in installed:
                raise metadata.PackageNotFoundError(name)
            return installed[name]

        monkeypatch.setattr(metadata, "version", version)
        return {check.name: check for check in (doctor._python(), *doctor._packages())}

    return examine


def test_a_missing_or_old_package_fails(packages: Callable[..., dict[str, doctor.Check]]) -> None:
    found = packages(["no-such-package-of-ours>=1", "typer>=99.0", "rich>=14"], {"typer": "1.0", "rich": "14.0.1", "new python": ""})
    assert found["no-such-package-of-ours"].status == found["typer"].status == found["Python"].status == "fail"
    assert found["typer"].fix == "pip install 'typer>=99.0'"
    assert found["Python"].fix == "use Python >=3.99"
    assert (found["rich"].status, found["rich"].found) == ("ok", "14.0.1")


def test_packages_of_extras_are_optional_and_those_for_other_machines_are_none(packages: Callable[..., dict[str, doctor.Check]]) -> None:
    lines = [
        *("rich>=14", 'gone>=1; python_version < "3"', 'rich[cuda]>=15; extra == "gpu"'),
        *('jieba>=0.42; extra == "zh"', 'old>=2; extra == "zh"', 'pytest>=9; extra == "dev"'),
    ]
    found = packages(lines, {"rich": "14.2", "old": "1.9"})
    assert found.keys() == {"Python", "rich", "jieba", "old"}
    assert (found["jieba"].status, found["jieba"].found) == ("ok", "not installed, optional (zh): pip install 'jieba>=0.42'")
    assert (found["old"].status, found["old"].fix) == ("warn", "pip install 'old>=2'")


def test_an_mmcli_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_DISTRIBUTION", "no-such-package-of-ours")
    assert [check.status for check in (doctor._python(), *doctor._packages())] == ["ok", "warn"]


def test_a_folder_that_cannot_be_written_fails() -> None:
    found = {check.name: check for check in doctor.examine(Path("/proc"), fast=True)}
    assert found["writing"].status == "fail"


@pytest.mark.parametrize(("older", "newer"), [("3.9", "3.10"), ("1", "1.0.1"), ("2.21.0rc1", "2.22"), ("1.9+cpu", "1.10")])
def test_versions_are_compared_as_numbers(older: str, newer: str, packages: Callable[..., dict[str, doctor.Check]]) -> None:
    found = packages([f"a>={newer}", f"b>={older.partition('+')[0]}"], {"a": older, "b": newer})
    assert (found["a"].status, found["b"].status) == ("fail", "ok")


@pytest.mark.tf
def test_tensorflow_multiplies_on_this_machine(tmp_path: Path) -> None:
    last = doctor.examine(tmp_path)[-1]
    assert (last.name, last.status) == ("TensorFlow runs", "ok")
