"""Values of options are parsed and bounded in one place, wherever they come from."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.core import options, values
from mmcli.core.errors import UsageError
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.registry import config_of
from mmcli.stages.train_gan.options import TrainGanConfig

PreprocessConfig = config_of("preprocess")
EmbedConfig = config_of("embed")


def resolve(cls: Any, stage: str = "embed", **given: Any) -> Any:
    return values.resolve(cls, stage, given.get("flags", {}), given.get("environ", {}), given.get("table", {}), "mmcli.toml, table [embed]")


@pytest.mark.parametrize(
    "raw", ["ten", "", "nan", "inf", "-inf", "1e400", "0", "-1", "1.5", "1e99", "9" * 5_000, "0x10", None, [], {}, True, 1.0]
)
def test_what_is_no_whole_number_in_range_is_refused(raw: Any) -> None:
    with pytest.raises(UsageError) as caught:
        values.parse(EmbedConfig, "patience", raw, "--patience")
    assert "from 1 to 10,000" in caught.value.fix
    assert len(caught.value.what) < 200


@pytest.mark.parametrize("raw", ["ten", "nan", "inf", "1e400", "-0.1", "1.1", True, None, [0.5], 10**400])
def test_what_is_no_number_in_range_is_refused(raw: Any) -> None:
    with pytest.raises(UsageError):
        values.parse(EmbedConfig, "dropout", raw, "--dropout")


@pytest.mark.parametrize("raw", ["-1", str(2**63), "1e3", "18446744073709551617"])
def test_a_seed_is_a_whole_number_below_two_to_the_63(raw: str) -> None:
    with pytest.raises(UsageError):
        values.parse(EmbedConfig, "seed", raw, "--seed")
    assert values.parse(EmbedConfig, "seed", str(2**63 - 1), "--seed") == 2**63 - 1


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.lists(st.text(), max_size=3))
def test_any_value_is_parsed_or_refused_as_usage(raw: Any) -> None:
    for name in ("epochs", "dropout", "loss", "seed"):
        try:
            value = values.parse(EmbedConfig, name, raw, "x")
        except UsageError:
            continue
        assert not isinstance(value, float) or math.isfinite(value)


def test_lists_are_split_at_commas_only_where_they_are_names() -> None:
    assert values.parse(TrainGanConfig, "given", "photo, sound", "--given") == ("photo", "sound")
    assert values.parse(EvaluateConfig, "require", ["a<=1", "b<=2"], "x") == ("a<=1", "b<=2")
    assert values.parse(config_of("generate"), "text", "one, two", "--text") == ("one, two",)
    for bad in (5, [1], [None]):
        with pytest.raises(UsageError):
            values.parse(TrainGanConfig, "given", bad, "x")


@pytest.mark.parametrize("raw", [True, "true", "YES", "1", "on"])
def test_words_for_yes(raw: Any) -> None:
    assert values.parse(PreprocessConfig, "lowercase", raw, "x") is True


@pytest.mark.parametrize("raw", ["maybe", 1, None, "2", ""])
def test_other_words_are_refused(raw: Any) -> None:
    with pytest.raises(UsageError):
        values.parse(PreprocessConfig, "lowercase", raw, "x")


def test_precedence_and_where_a_mistake_is() -> None:
    table, environ, flags = {"dim": 16, "epochs": 3}, {"MMCLI_EMBED_DIM": "32", "MMCLI_DIM": "64"}, {"dim": "128", "epochs": None}
    assert resolve(EmbedConfig, table=table).dim == 16
    assert resolve(EmbedConfig, table=table, environ=environ).dim == 32
    assert resolve(EmbedConfig, table=table, environ={"MMCLI_DIM": "64"}).dim == 64
    assert resolve(EmbedConfig, table=table, environ=environ, flags=flags).dim == 128
    assert resolve(EmbedConfig, table=table, flags=flags).epochs == 3
    for source, where in (
        ({"table": {"dim": "x"}}, "mmcli.toml, table [embed], key dim"),
        ({"environ": {"MMCLI_DIM": "x"}}, "environment variable MMCLI_DIM"),
        ({"flags": {"dim": "x"}}, "--dim"),
    ):
        with pytest.raises(UsageError) as caught:
            resolve(EmbedConfig, **source)
        assert caught.value.where == where


def test_an_unknown_key_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        resolve(EmbedConfig, table={"epoch": 3})
    assert caught.value.fix == "did you mean epochs?"
    with pytest.raises(UsageError) as caught:
        resolve(EmbedConfig, table={"\x1b": 3})
    assert "\x1b" not in caught.value.what


def test_a_variable_of_the_stage_that_names_no_option_is_an_error_with_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        resolve(EmbedConfig, environ={"MMCLI_EMBED_EPOCH": "3"})
    assert (caught.value.where, caught.value.fix) == ("environment variable MMCLI_EMBED_EPOCH", "did you mean epochs?")
    assert resolve(EmbedConfig, environ={"MMCLI_DEBUG": "1", "MMCLI_FUSE_EPOCH": "3", "MMCLI_EMBED": "x"}) == config_of("embed")()


def test_options_of_one_field() -> None:
    table = {"set": ["photo.image_size=64"], "fields": {"sound": {"seconds": 2, "sample-rate-hz": 16000}}}
    resolved = resolve(PreprocessConfig, "preprocess", table=table, flags={"set": ["photo.image_size=16"]})
    assert resolved.for_field("photo").image_size == 16
    assert (resolved.for_field("sound").seconds, resolved.for_field("sound").sample_rate_hz) == (2.0, 16000)
    assert resolved.for_field("other") == dataclasses.replace(resolved, set=())
    assert resolved.named_fields() == ("photo", "sound")
    assert options.as_dict(resolved)["set"] == list(resolved.set)


def test_options_of_one_field_add_up_file_then_environment_then_flag() -> None:
    table = {"set": ["photo.image_size=8", "photo.fit=pad"], "fields": {"sound": {"seconds": 2}, "photo": {"image-size": 16}}}
    environ = {"MMCLI_PREPROCESS_SET": "photo.image_size=24"}
    one = resolve(PreprocessConfig, "preprocess", table=table, environ=environ, flags={"set": ["sound.seconds=1"]})
    assert (one.for_field("photo").image_size, one.for_field("photo").fit, one.for_field("sound").seconds) == (24, "pad", 1.0)
    two = resolve(PreprocessConfig, "preprocess", table={"set": ["photo.fit=pad"]}, flags={"set": ["photo.image_size=16"]})
    assert (two.for_field("photo").image_size, two.for_field("photo").fit) == (16, "pad")


def test_an_option_of_the_whole_folder_is_told_apart() -> None:
    with pytest.raises(UsageError, match="max_reject_rate applies to the whole folder") as caught:
        values.parse_override(PreprocessConfig, "photo.max-reject-rate=0.5")
    assert caught.value.fix == "give it as --max-reject-rate 0.5"


def test_a_wrong_option_of_one_field_names_where_it_stands() -> None:
    with pytest.raises(UsageError) as caught:
        resolve(PreprocessConfig, "preprocess", table={"fields": {"photo": {"imagesize": 16}}})
    assert caught.value.where == "mmcli.toml, table [embed], fields: photo.imagesize=16"
    with pytest.raises(UsageError) as caught:
        resolve(PreprocessConfig, "preprocess", environ={"MMCLI_SET": "photo"})
    assert caught.value.where == "environment variable MMCLI_SET: photo"


@pytest.mark.parametrize("fields", [5, [], {"photo": 5}, {"photo": {"image_size": "x"}}, {"photo": {"nonsense": 1}}])
def test_a_broken_table_of_one_field_is_refused(fields: Any) -> None:
    with pytest.raises(UsageError):
        resolve(PreprocessConfig, "preprocess", table={"fields": fields})


@pytest.mark.parametrize("entries", ["photo.image_size=64", 5, [5]])
def test_set_in_a_file_is_a_list_of_texts(entries: Any) -> None:
    table = {"set": entries, "fields": {"sound": {"seconds": 2}}}
    if entries == "photo.image_size=64":
        assert resolve(PreprocessConfig, "preprocess", table=table).for_field("photo").image_size == 64
        return
    with pytest.raises(UsageError):
        resolve(PreprocessConfig, "preprocess", table=table)
