"""Environment variables inside a block."""

from __future__ import annotations

import os

import pytest

from mmcli.core.environment import environment


def test_variables_have_other_values_inside_the_block_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMCLI_ONE", "before")
    monkeypatch.delenv("MMCLI_TWO", raising=False)
    with pytest.raises(ZeroDivisionError), environment(MMCLI_ONE="a", MMCLI_TWO="b"):  # noqa: PT012
        assert (os.environ["MMCLI_ONE"], os.environ["MMCLI_TWO"]) == ("a", "b")
        del os.environ["MMCLI_TWO"]
        raise ZeroDivisionError
    assert (os.environ["MMCLI_ONE"], os.environ.get("MMCLI_TWO")) == ("before", None)
