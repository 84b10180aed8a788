"""What a stage read, left out and changed: shown on one screen, kept whole."""

from __future__ import annotations

from mmcli.core.ledger import MOST_NAMES, Ledger


def filled() -> Ledger:
    ledger = Ledger()
    ledger.read("text", "caption", "column title")
    ledger.note("labels from", "", "names of folders")
    ledger.leave_out("files", "named like a licence", names=["LICENSE", "b", "c", "d", "e"])
    ledger.change("sound", "longer than 1 s", count=1200, of=3000)
    return ledger


def test_lines_are_aligned_and_long_lists_are_shortened() -> None:
    assert filled().lines() == [
        "read as text  caption: column title",
        "labels from   names of folders",
        "left out      files: 5 named like a licence (LICENSE, b, c, and 2 more)",
        "changed       sound: 1,200 of 3,000 longer than 1 s",
    ]


def test_it_fits_on_one_screen_and_says_where_the_rest_is() -> None:
    ledger = Ledger()
    for number in range(50):
        ledger.leave_out(f"column {number}", "empty")
    assert len(ledger.lines("the manifest")) == 21
    assert ledger.lines("the manifest")[-1] == "and 30 more, see the manifest"


def test_nothing_changed_is_no_entry() -> None:
    ledger = Ledger()
    ledger.change("sound", "longer than 1 s", count=0, of=10)
    assert not ledger


def test_names_that_control_a_terminal_are_made_visible() -> None:
    ledger = Ledger()
    ledger.leave_out("column \x1b[31m", "not\nread", names=["\u202eevil", "\udcff.txt"])
    assert ledger.lines() == ["left out  column \\x1b[31m: 2 not\\nread (\\u202eevil, \\udcff.txt)"]


def test_json_and_back() -> None:
    assert Ledger.of({"ledger": filled().to_json()}).entries == filled().entries
    assert not Ledger.of({})


def test_the_count_is_that_of_all_names_even_if_not_all_are_kept() -> None:
    ledger = Ledger()
    ledger.leave_out("files", "hidden", names=[str(number) for number in range(MOST_NAMES + 5)])
    assert ledger.entries[0].count == MOST_NAMES + 5
    assert len(ledger.entries[0].names) == MOST_NAMES
