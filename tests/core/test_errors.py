"""Exit codes are a contract."""

from __future__ import annotations

import signal

import pytest

from mmcli.core import errors


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("UsageError", 2),
        ("InputError", 3),
        ("EnvironmentUnfitError", 4),
        ("IntegrityError", 5),
        ("SafetyError", 6),
        ("BelowBarError", 7),
    ],
)
def test_each_class_has_its_code(name: str, code: int) -> None:
    error = getattr(errors, name)("what", "where", "fix")
    assert (error.exit_code, error.what, error.where, error.fix, str(error)) == (code, "what", "where", "fix", "what")
    assert isinstance(error, errors.MmcliError)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_says_whether_it_goes_on(number: signal.Signals, code: int) -> None:
    saved, lost = errors.InterruptedRunError(number, "x"), errors.InterruptedRunError(number, "x", saved=False)
    assert saved.exit_code == lost.exit_code == code
    assert saved.what == f"interrupted by signal {code - 128}; the state is saved"
    assert (lost.what, lost.fix) == (f"interrupted by signal {code - 128}", "run the same command again")
