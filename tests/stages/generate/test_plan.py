"""`generate`: seeds, and items on the way between two."""

import numpy as np
import pytest

from mmcli.core.errors import UsageError
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.plan import Plan, following, parse_seeds, plain
from mmcli.stages.registry import config_of

GenerateConfig = config_of("generate")


def conditions(count):
    return Conditions({}, [{"condition_id": str(i), "label": f"class {i}"} for i in range(count)])


@pytest.mark.parametrize(("text", "seeds"), [("", []), ("0-3", [0, 1, 2, 3]), ("1,5,9", [1, 5, 9]), ("7, 2-3", [7, 2, 3])])
def test_seeds_are_read_as_lists_and_ranges(text, seeds):
    assert parse_seeds(text).tolist() == seeds


@pytest.mark.parametrize("text", ["a", "3-1", "-4", "1..3", "0-99999999999", "٣", "0-9999999,5-6"])
def test_anything_else_is_no_list_of_seeds(text):
    with pytest.raises(UsageError, match="seeds"):
        parse_seeds(text)


def test_conditions_are_repeated_in_turn_until_there_is_one_per_seed():
    plan = plain(conditions(3), GenerateConfig(num=7, seed=10))
    assert plan.seeds[:, 0].tolist() == list(range(10, 17))
    assert plan.numbers[:, 0].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert plan.columns(4, conditions(3)) == {"seed": 14, "condition_id": "1", "label": "class 1"}


def test_one_condition_alone_gives_sixteen_items():
    assert len(plain(conditions(1), GenerateConfig())) == 16


def test_num_must_agree_with_the_seeds():
    with pytest.raises(UsageError, match="does not match"):
        plain(conditions(1), GenerateConfig(num=3, seeds="1,2"))


def test_the_largest_seed_can_be_counted_on_from():
    assert following(2**63 - 1, 2).tolist() == [2**63 - 1, 2**63]


def test_an_open_way_has_both_ends_and_equal_steps():
    plan = Plan.path([3, 8], [0, 1], 5, closed=False)
    assert plan.fraction.tolist() == [0, 0.25, 0.5, 0.75, 0]
    assert plan.seeds[:, 0].tolist() == [3, 3, 3, 3, 8]
    assert plan.numbers[:, 0].tolist() == [0, 0, 0, 0, 1]


def test_a_closed_way_returns_and_says_each_place_once():
    plan = Plan.path([3, 8, 5], [0, 0, 0], 2, closed=True)
    assert plan.seeds.tolist() == [[3, 8], [3, 8], [8, 5], [8, 5], [5, 3], [5, 3]]
    assert plan.fraction.tolist() == [0, 0.5] * 3


def test_an_item_between_two_conditions_has_no_label_and_names_both():
    line = Plan.path([3, 8], [0, 1], 3, closed=False).columns(1, conditions(2))
    assert line == {"seed": 3, "condition_id": "0", "to_condition_id": "1", "to_label": "class 1", "to_seed": 8, "share": 0.5}


def test_parts_of_a_plan_are_plans():
    plan = Plan.still(np.arange(10), np.arange(10) % 3)
    assert plan[4:6].seeds.tolist() == [[4, 4], [5, 5]]
