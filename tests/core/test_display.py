"""Untrusted text on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.core.display import counted, visible


@given(st.text(st.characters()) | st.binary().map(lambda data: data.decode("utf-8", "surrogateescape")))
def test_no_text_controls_the_terminal(text: str) -> None:
    shown = visible(text, 10_000)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp", "Co", "Cn")]
    assert not {"\x1b", "\x9b", "\u202e", "\u2066", "\u200b", "\U000e0041"} & set(shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("naïve 漢字 😀 👩‍👩‍👧", "naïve 漢字 😀 👩‍👩‍👧"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
        ("\u202etxt.exe", r"\u202etxt.exe"),
        ("[red]x[/bold]", "[red]x[/bold]"),
        (b"caf\xe9".decode("utf-8", "surrogateescape"), r"caf\udce9"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_long_text_is_cut_and_other_values_are_converted() -> None:
    assert visible("x" * 500, 10) == "x" * 10 + "…"
    assert visible(12.5) == "12.5"
    assert visible("x" * 10**7, 5) == "xxxxx…"


def test_numbers_of_things() -> None:
    assert [counted(number, "record") for number in (0, 1, 1200)] == ["0 records", "1 record", "1,200 records"]
