"""Values of options that are numbers of thousands of digits, odd text, or of any type: an error of usage, never a crash."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import Any

import pytest

from mmcli.core.errors import UsageError
from mmcli.core.values import resolve
from mmcli.stages.registry import PLACES, stage_of

TEXTS = ["9" * 5000, "-" + "9" * 5000, "0x" + "f" * 5000, "1e999", "nan", "", "\0", "\udcff", "\u202e", "," * 1000, "=" * 1000, "٣" * 5000]
VALUES = [2**64, -(2**64), 2**20_000, float("inf"), [], {}, [[]], [2**20_000], {"a": 2**20_000}, True, b""]


@pytest.mark.parametrize("stage", list(PLACES))
def test_hostile_values_are_errors_of_usage(stage: str) -> None:
    config = stage_of(stage).config
    for field in dataclasses.fields(config):
        for text in TEXTS:
            tried(config, stage, {field.name: text}, {}, {})
            tried(config, stage, {}, {f"MMCLI_{stage}_{field.name}".upper().replace("-", "_"): text}, {})
        for value in [*TEXTS, *VALUES]:
            tried(config, stage, {}, {}, {field.name.replace("_", "-"): value})


def tried(config: Any, stage: str, flags: dict[str, Any], environ: dict[str, str], table: dict[str, Any]) -> None:
    with suppress(UsageError):
        resolve(config, stage, flags, environ, table, "c.toml")


def test_a_number_of_thousands_of_digits_is_told_with_its_place() -> None:
    config = stage_of("demo-data").config
    for flags, environ, where in (
        ({"seed": "9" * 5000}, {}, "--seed"),
        ({}, {"MMCLI_SEED": "9" * 5000}, "environment variable MMCLI_SEED"),
        ({}, {"MMCLI_DEMO_DATA_SEED": "9" * 5000}, "environment variable MMCLI_DEMO_DATA_SEED"),
    ):
        with pytest.raises(UsageError) as caught:
            resolve(config, "demo-data", flags, environ, {}, "")
        assert caught.value.where == where
        assert len(caught.value.what) < 120
