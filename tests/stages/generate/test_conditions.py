"""`generate`: seeds and conditions as the user writes them."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmcli.config import GenerateConfig
from mmcli.errors import UsageError
from mmcli.stages.generate.conditions import Conditions, match_counts, parse_conditions, parse_seeds

SOURCE = SimpleNamespace(manifest=SimpleNamespace(fields={"caption": {"modality": "text"}, "photo": {"modality": "image"}}))


def conditions(count):
    return Conditions(
        {"photo": np.arange(count)[:, None]}, {"photo": np.ones(count, bool)}, [{"condition_id": str(i)} for i in range(count)]
    )


@pytest.mark.parametrize(("text", "seeds"), [("", []), ("0-3", [0, 1, 2, 3]), ("1,5,9", [1, 5, 9]), ("7, 2-3", [7, 2, 3])])
def test_seeds_are_read_as_lists_and_ranges(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["a", "3-1", "-4", "1..3", "0-99999999999", "٣"])
def test_anything_else_is_no_list_of_seeds(text):
    with pytest.raises(UsageError, match="seeds"):
        parse_seeds(text)


def test_conditions_go_to_the_first_field_of_their_kind_or_to_the_named_one():
    config = GenerateConfig(text=("a cat",), field=("photo=x.png",))
    assert parse_conditions(config, SOURCE, ["caption", "photo"]) == {"caption": "a cat", "photo": "x.png"}


@pytest.mark.parametrize(
    "config",
    [
        GenerateConfig(audio=("x.wav",)),
        GenerateConfig(text=("a", "b")),
        GenerateConfig(field=("sound=1",)),
        GenerateConfig(field=("photo",)),
    ],
)
def test_a_condition_that_the_gan_does_not_take_is_refused_with_those_it_takes(config):
    with pytest.raises(UsageError) as caught:
        parse_conditions(config, SOURCE, ["caption", "photo"])
    assert "caption" in caught.value.fix


def test_conditions_are_repeated_in_turn_until_there_is_one_per_seed():
    found, seeds = match_counts(conditions(3), [], GenerateConfig(num=7, seed=10))
    assert seeds == list(range(10, 17))
    assert found.rows["photo"][:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert [line["condition_id"] for line in found.columns] == ["0", "1", "2", "0", "1", "2", "0"]


def test_one_condition_alone_gives_sixteen_items():
    assert len(match_counts(conditions(1), [], GenerateConfig())[1]) == 16


def test_num_must_agree_with_the_seeds():
    with pytest.raises(UsageError, match="agree"):
        match_counts(conditions(1), [1, 2], GenerateConfig(num=3))
