"""Bars are parsed, checked by name and compared."""

from __future__ import annotations

import pytest

from mmcli.core.errors import UsageError
from mmcli.metrics.bars import check_names, parse_bar


@pytest.mark.parametrize(
    ("text", "holds"),
    [("kid<=0.5", True), ("kid <= 0.4", False), ("kid>=0.5", True), ("kid<0.5", False), ("kid > 1e-3", True), ("kid==0.5", True)],
)
def test_comparisons(text, holds):
    assert parse_bar(text).holds({"kid": 0.5}) is holds


@pytest.mark.parametrize("text", ["", "kid", "kid<=", "<=0.5", "kid<=abc", "kid<=nan", "kid=<1", "kid<=1 2"])
def test_other_forms_are_usage_errors(text):
    with pytest.raises(UsageError, match="not a threshold"):
        parse_bar(text)


def test_an_unknown_name_gets_a_suggestion():
    with pytest.raises(UsageError) as error:
        check_names([parse_bar("precison>=0.5")], ["precision", "recall"])
    assert "did you mean precision?" in error.value.fix
