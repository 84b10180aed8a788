"""`model.json` is judged before Keras is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mmcli.artifacts import jsonio, recipes
from mmcli.core.errors import IntegrityError

GOOD = {"builder": "fusion", "config": {"dim": 8, "shape": [4, 4], "method": "attention", "rate": 0.5}}


def body(config: Any = None, **changes: Any) -> dict[str, Any]:
    recipe = GOOD if config is None else {"builder": "fusion", "config": config}
    return {"schema": 1, "networks": {"fusion": recipe}, "extra": {}} | changes


def test_what_was_written_is_read(tmp_path: Path) -> None:
    jsonio.write(tmp_path / recipes.NAME, body(extra={"fields": ["a"]}))
    assert recipes.read(tmp_path) == ({"fusion": GOOD}, {"fields": ["a"]})


@pytest.mark.parametrize(
    "bad",
    [
        [],
        body(schema=2),
        body(networks=[]),
        body(extra=None),
        body(networks={"a": "b"}),
        body(networks={"a": {"builder": 1, "config": {}}}),
        body(networks={"a": {"builder": "fusion", "config": []}}),
        body(networks={str(n): GOOD for n in range(2_000)}),
        body({"dim": 1e12}),
        body({"dim": 10**30}),
        body({"dim": -1}),
        body({"shape": [4, -4]}),
        body({"shape": [1] * 5_000}),
        body({"shape": [[1]]}),
        body({"dim": None}),
        body({"layer": {"class_name": "Lambda"}}),
    ],
    ids=range(16),
)
def test_anything_else_is_damage(bad: Any, tmp_path: Path) -> None:
    (tmp_path / recipes.NAME).write_text(json.dumps(bad))
    with pytest.raises(IntegrityError):
        recipes.read(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"schema": NaN}', " " * 2**21])
def test_text_that_is_no_json_is_damage(text: str, tmp_path: Path) -> None:
    (tmp_path / recipes.NAME).write_text(text)
    with pytest.raises(IntegrityError):
        recipes.read(tmp_path)
