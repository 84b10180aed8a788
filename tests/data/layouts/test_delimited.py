"""One quotation mark too many costs one row; cells of several lines stay whole; delimiters and encodings are found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.core.errors import InputError
from mmcli.data.layouts.base import BadRow
from mmcli.data.layouts.folder import read_raw
from mmcli.data.layouts.rows import read_rows

Plant = Callable[[dict[str, Any]], Path]


def rows_of(path: Path, content: str | bytes, encoding: str | None = None) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    found = list(read_rows(path, encoding))
    return [row for _, row in found if isinstance(row, dict)], [(number, row.message) for number, row in found if isinstance(row, BadRow)]


def table(count: int, sign: str = ",", columns: int = 3, **replaced: str) -> str:
    """A table of numbered rows, some of them replaced: `row_5="..."`."""
    rows = [sign.join([str(i), f"colour {i} of a set", "red", "x", "y"][:columns]) for i in range(count)]
    for name, row in replaced.items():
        rows[int(name.removeprefix("row_"))] = row
    return "\n".join([sign.join(["id", "caption", "label", "more", "last"][:columns]), *rows]) + "\n"


@pytest.mark.parametrize(("suffix", "sign"), [(".csv", ","), (".tsv", "\t"), (".csv", ";"), (".csv", "|")])
@pytest.mark.parametrize("columns", [2, 3, 5])
def test_an_open_quotation_mark_costs_one_row(tmp_path: Path, suffix: str, sign: str, columns: int) -> None:
    stray = sign.join(["400", '"20 inch wheel', "red", "x", "y"][:columns])
    rows, bad = rows_of(tmp_path / f"t{suffix}", table(1000, sign, columns, row_400=stray))
    assert [row["id"] for row in rows] == [str(i) for i in range(1000) if i != 400]
    assert [number for number, _ in bad] == [402]
    assert "swallow the 599 lines below" in bad[0][1]


@pytest.mark.parametrize("last", ['700,"a, b",red', '700,x",red', '700,"",red', '700,5" nail,red'])
def test_rows_between_an_open_quotation_mark_and_the_next_one_are_read(tmp_path: Path, last: str) -> None:
    rows, bad = rows_of(tmp_path / "t.csv", table(1000, row_400='400,"20 inch wheel,red', row_700=last))
    assert [row["id"] for row in rows] == [str(i) for i in range(1000) if i != 400]
    assert [number for number, _ in bad] == [402]
    assert rows[699]["caption"] == {'700,"a, b",red': "a, b", '700,x",red': 'x"', '700,"",red': "", '700,5" nail,red': '5" nail'}[last]


def test_many_open_quotation_marks_cost_a_row_each_and_take_linear_time(tmp_path: Path) -> None:
    stray = {f"row_{i}": f'{i},"inch {i},red' for i in range(0, 20_000, 3)}
    rows, bad = rows_of(tmp_path / "t.csv", table(20_000, **stray))
    assert len(bad) == len(stray)
    assert [row["id"] for row in rows] == [str(i) for i in range(20_000) if i % 3]


def test_a_cell_of_far_more_lines_than_others_is_no_cell(tmp_path: Path) -> None:
    lines = [f"words {i}" for i in range(600)]
    lines[100], lines[400] = '"an open one', 'a closing one"'
    rows, bad = rows_of(tmp_path / "t.csv", "text\n" + "\n".join(lines) + "\n")
    assert [number for number, _ in bad] == [102]
    assert "closes 300 lines below" in bad[0][1]
    assert [row["text"] for row in rows] == lines[:100] + lines[101:]


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_cells_of_several_lines_stay_whole(tmp_path: Path, columns: int) -> None:
    verse = "Shall I compare thee,\nto a summer's day?\n\nThou art more lovely,\nand more temperate:\nrough winds, do shake\n"
    paragraph = 'He said ""no"", twice,\nand left.'
    cells = [[f'"{verse}{i}"', f'"{paragraph}"', "x"][:columns] for i in range(30)]
    rows, bad = rows_of(tmp_path / "t.csv", "\n".join([",".join(["text", "more", "label"][:columns]), *map(",".join, cells)]))
    assert not bad
    assert [row["text"] for row in rows] == [f"{verse}{i}" for i in range(30)]
    if columns > 1:
        assert {row["more"] for row in rows} == {'He said "no", twice,\nand left.'}


def test_documents_of_many_lines_stay_whole(tmp_path: Path) -> None:
    document = "\n".join(f"line {i} of the program, as it is" for i in range(500))
    rows, bad = rows_of(tmp_path / "t.csv", "id,text,label\n" + "".join(f'{i},"{document}",x\n' for i in range(20)))
    assert not bad
    assert [row["text"] for row in rows] == [document] * 20


def test_an_open_quotation_mark_in_the_header_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="header") as caught:
        rows_of(tmp_path / "t.csv", 'id,"caption,label\n1,a,x\n2,b,y\n')
    assert caught.value.where.startswith(str(tmp_path))


def test_a_line_that_is_too_long_costs_one_row(tmp_path: Path) -> None:
    rows, bad = rows_of(tmp_path / "t.csv", table(5, row_2=f"2,{'x' * 5_000_000},red"))
    assert [row["id"] for row in rows] == ["0", "1", "3", "4"]
    assert bad == [(4, "the line is longer than 4,194,304 characters")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id;caption, as written, by users, here;label\n1;words 1;x\n2;words, 2;y\n", [["1", "words 1", "x"], ["2", "words, 2", "y"]]),
        ('id,caption\n1, "words, number 1"\n2, plain\n', [["1", "words, number 1"], ["2", "plain"]]),
        ("sep=;\nid;caption\n1;a, b\n", [["1", "a, b"]]),
        ("\n\nid,caption\n1,a\n", [["1", "a"]]),
        ("caption\na dog, running\na cat, asleep, there\n", [["a dog, running"], ["a cat, asleep, there"]]),
        ("id,caption\n1,a,,\n", [["1", "a"]]),
        ('id\t"a\ncaption"\n1\tx, y\n', [["1", "x, y"]]),
        ("id,caption\r1,a\r2,b\r", [["1", "a"], ["2", "b"]]),
    ],
)
def test_tables_are_read_as_people_mean_them(tmp_path: Path, content: str, expected: list[list[str]]) -> None:
    rows, bad = rows_of(tmp_path / "t.csv", content)
    assert not bad
    assert [list(row.values()) for row in rows] == expected


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".json"])
@pytest.mark.parametrize(
    ("encoding", "given"), [("utf-8-sig", None), ("utf-16", None), ("utf-32", None), ("latin-1", "latin-1"), ("utf-16-le", "utf-16-le")]
)
def test_encodings_reach_tables(tmp_path: Path, suffix: str, encoding: str, given: str | None) -> None:
    content = {
        ".csv": "caption,label\ncafé noir,ü\n",
        ".tsv": "caption\tlabel\ncafé noir\tü\n",
        ".jsonl": '{"caption": "café noir", "label": "ü"}\n',
        ".json": '[\n {"caption": "café noir",\n "label": "ü"}\n]\n',
    }[suffix]
    rows, bad = rows_of(tmp_path / f"t{suffix}", content.encode(encoding), given)
    assert not bad
    assert rows == [{"caption": "café noir", "label": "ü"}]


@pytest.mark.parametrize(
    ("name", "content", "what", "fix"),
    [
        ("t.csv", "id,caption\n1,caf\xe9\n2,th\xe9\n".encode("latin-1"), "line 2: a cell is not UTF-8 text", "--encoding"),
        ("t.csv", b"a,b,c,d\n1,2,3,4,x\n1,2,3,4,y\n", "line 2: 5 cells, but the header has 4 columns; line 3: 5 cells", ""),
        ("t.jsonl", b'{"caption": "caf\xe9"}\n', "line 1: the line is not UTF-8 text", "--encoding"),
        ("t.jsonl", b'{\n"caption":\n"a"\n}\n', "line 1: not JSON", "one JSON object per line"),
        ("t.jsonl", b'["a"]\n["b"]\n', "line 1: not a JSON object", "one JSON object per line"),
        ("t.csv", b"id,caption\n", "none below its header", "row"),
        ("t.json", b'[{"caption": "a"}, {"caption": ]', "JSON array cannot be read", "repair"),
    ],
)
def test_a_table_without_a_readable_row_says_why(plant: Plant, name: str, content: bytes, what: str, fix: str) -> None:
    root = plant({name: content})
    for source in (root, root / name):
        with pytest.raises(InputError) as caught:
            _ = read_raw(source).fields
        assert what in caught.value.what
        assert fix in caught.value.fix
        assert caught.value.where.startswith(f"{root}/{name}")
        assert "validate" not in caught.value.fix


def test_an_array_of_objects_is_a_table_whatever_it_is_called(tmp_path: Path) -> None:
    body = '[\n {\n  "id": 1, "caption": "a"\n },\n 7,\n {"id": 2, "caption": "b"}\n]\n'
    for name in ("t.json", "t.jsonl"):
        rows, bad = rows_of(tmp_path / name, body)
        assert rows == [{"id": 1, "caption": "a"}, {"id": 2, "caption": "b"}]
        assert bad == [(2, "not a JSON object")]
