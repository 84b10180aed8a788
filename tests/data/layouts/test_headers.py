"""Tables of delimited text without a header line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import Choice
from mmcli.data.layouts.folder import read_raw
from mmcli.data.layouts.headers import lacks_header

Plant = Callable[[dict[str, Any]], Path]
NEWS = "3,Oil rises,Prices of oil rose\n4,New phone,A phone was shown\n3,Banks fall,Shares of banks fell\n"


def rows(*lines: str) -> list[list[str]]:
    return [line.split(",") for line in lines]


@pytest.mark.parametrize(
    "lines",
    [
        ("3,Oil rises", "4,New phone"),
        ("a.png,a dog", "b.png,a cat"),
        ("pos,good", "neg,bad", "pos,fine", "pos,nice", "neg,awful"),
        ("the dog runs home quickly", "a cat sleeps on it", "birds sing in the trees"),
        ("why did the chicken cross?", "what is red and fast?"),
        ("9.5,x,1", "2,y,2"),
        ("2019,one", "2020,two"),
    ],
)
def test_a_first_row_like_the_others_is_data(lines: tuple[str, ...]) -> None:
    assert lacks_header(rows(*lines))


@pytest.mark.parametrize(
    "lines",
    [
        ("text,label", "a b,1", "c d,2"),
        ("label,text", "1,one two", "2,three four"),
        ("country,2019,2020", "France,1,2", "Spain,2,3"),
        ("country,2019", "France,1", "Spain,2"),
        ("0,1", "a,5", "b,6"),
        ("joke", "Why did the chicken cross the road?", "Because it was there."),
        ("How do you like our service?", "it is not bad at all", "I like it very much"),
        ("text,label", "a,x", "text,label", "b,y", "text,label", "c,x", "d,x"),
        ("text,label",),
        (",text", "0,one", "1,two"),
    ],
)
def test_a_header_is_one(lines: tuple[str, ...]) -> None:
    assert not lacks_header(rows(*lines))


def test_columns_without_a_header_are_numbered_and_told(plant: Plant) -> None:
    folder = read_raw(plant({"news.csv": NEWS}))
    assert folder.fields == {"column_2": "text", "column_3": "text"}
    assert [record.fields["column_2"].text for record in folder.records()] == ["Oil rises", "New phone", "Banks fall"]  # type: ignore[union-attr]
    (warning,) = folder.warnings()
    assert warning.startswith("news.csv has no header line, so its columns are named column_1 to column_3; name them with --columns")
    folder.account(ledger := Ledger())
    assert "named: columns: news.csv has no header line: column_1, column_2, column_3" in [
        f"{entry.topic}: {entry.what}: {entry.detail}" for entry in ledger.entries
    ]


def test_the_user_names_them(plant: Plant) -> None:
    folder = read_raw(plant({"news.csv": NEWS}) / "news.csv", choice=Choice(only=("label", "title", "text")))
    assert (folder.fields, folder.warnings()) == ({"title": "text", "text": "text"}, [])
    assert [(r.label, r.fields["title"].text) for r in folder.records()] == [("3", "Oil rises"), ("4", "New phone"), ("3", "Banks fall")]  # type: ignore[union-attr]


def test_tables_of_files_need_no_header(plant: Plant, png: bytes) -> None:
    for name, layout in (("captions.tsv", "tables"), ("metadata.tsv", "metadata")):
        root = plant({name: "\n".join(f"{i}.png\ta dog {i}" for i in range(3)), **{f"{i}.png": png for i in range(3)}})
        folder = read_raw(root)
        assert (folder.layout, sorted(folder.fields.values())) == (layout, ["image", "text"])
        assert len(list(folder.records())) == 3
        assert folder.warnings()[0].startswith(f"{name} has no header line")
        (root / name).unlink()
