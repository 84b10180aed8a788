"""The schema of the configuration file agrees with what the commands take."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError
from typer.testing import CliRunner

from mmcli.cli.app import app
from mmcli.core.options import options_of
from mmcli.stages.config_schema.stage import config_schema
from mmcli.stages.registry import all_stages

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(ROOT.glob("examples/*/*.toml"))


def check(body: dict[str, Any]) -> None:
    Draft202012Validator(config_schema()).validate(body)


def test_it_is_a_schema_and_is_printed_as_json() -> None:
    Draft202012Validator.check_schema(config_schema())
    result = CliRunner().invoke(app, ["config-schema"])
    assert (result.exit_code, json.loads(result.stdout)) == (0, config_schema())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_examples_fit(path: Path) -> None:
    check(tomllib.loads(path.read_text()))


def test_every_option_is_a_key_and_its_default_fits() -> None:
    schema = config_schema()["properties"]
    for stage in all_stages():
        if not stage.table and options_of(stage.config):
            table = schema[stage.name]["properties"]
            assert {spec.name.replace("_", "-") for spec in options_of(stage.config)} == table.keys() - {"fields"}
            check({stage.name: {key: value["default"] for key, value in table.items() if key != "fields"}})


@pytest.mark.parametrize(
    "body",
    [
        {"seed": -1},
        {"seed": "0"},
        {"image-size": 32},
        {"preproces": {}},
        {"preprocess": {"image-size": 4}},
        {"preprocess": {"image_size": 32}},
        {"preprocess": {"fit": "stretch"}},
        {"preprocess": {"fields": {"photo": {"val": 0.1}}}},
        {"preprocess": {"fields": {"photo": {"image-size": "32"}}}},
        {"generate": {"interpolate": [1]}},
        {"embed": {"loss": ["siglip"]}},
    ],
)
def test_what_the_commands_refuse_does_not_fit(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(body)


def test_options_of_single_fields_fit() -> None:
    check({"preprocess": {"fields": {"photo": {"image-size": 64, "flip": "horizontal"}, "sound": {"seconds": 1.5}}, "set": ["a.fit=pad"]}})
