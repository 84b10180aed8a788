"""`generate`: ways, walks and grids."""

import json

import numpy as np
import pytest
from PIL import Image

from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.stages.generate import motion
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.registry import config_of, runner

GenerateConfig = config_of("generate")


def conditions(*labels):
    return Conditions({}, [{"label": label} for label in labels])


def run(gan, out, dataset=None, **options):
    runner("generate")(gan, dataset, out, GenerateConfig(**options), Ui(quiet=True))
    return np.load(out / "rows.npy")


@pytest.mark.parametrize(("text", "shape"), [("3x4", (3, 4)), ("10X1", (10, 1))])
def test_a_grid_is_rows_by_columns(text, shape):
    assert motion.parse_grid(text) == shape


@pytest.mark.parametrize("text", ["", "3", "0x4", "3x", "-1x4", "3x4x5", "100x100", "٣x4"])
def test_anything_else_is_no_grid(text):
    with pytest.raises(UsageError, match="grid"):
        motion.parse_grid(text)


def test_a_grid_has_a_seed_per_row_and_as_many_different_labels_as_it_can():
    plan = motion.plan_of(GenerateConfig(grid="2x3", seed=5), conditions("b", "a", "b", "c", "a"))
    assert plan.seeds[:, 0].tolist() == [5, 5, 5, 6, 6, 6]
    assert plan.numbers[:, 0].tolist() == [1, 0, 3] * 2


def test_a_grid_of_one_condition_has_a_seed_per_cell():
    plan = motion.plan_of(GenerateConfig(grid="2x2"), conditions("a"))
    assert plan.seeds[:, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"interpolate": (1, 2), "walk": 3}, "exclude each other"),
        ({"interpolate": (1, 2), "num": 3}, "sets the number of items itself"),
        ({"interpolate": (1,)}, "--interpolate needs 2 seeds"),
        ({"interpolate": (1, 2), "seeds": "1"}, "--interpolate and --seeds exclude each other"),
        ({"to": ("caption=x",)}, "--to needs --interpolate"),
        ({"walk": 1}, "at least 2 waypoints"),
    ],
)
def test_options_that_exclude_each_other_are_refused(options, what):
    with pytest.raises(UsageError, match=what):
        GenerateConfig(**options)


@pytest.mark.parametrize("options", [{"grid": "2x3", "seeds": "1"}, {"walk": 3, "seeds": "1,2"}, {"grid": "1x4"}])
def test_plans_that_do_not_agree_are_refused(options):
    with pytest.raises(UsageError):
        motion.plan_of(GenerateConfig(**options), conditions("a", "b"))


@pytest.mark.tf
@pytest.mark.parametrize(("target", "animation"), [("photo", "webp"), ("photo", "gif"), ("sound", "webp")])
def test_a_way_has_the_items_of_its_seeds_and_conditions_at_its_ends(gans, tmp_path, target, animation):
    ends = [run(gans(target), tmp_path / f"{seed}", text=(text,), seeds=seed)[0] for seed, text in (("3", "dial one"), ("8", "call two"))]
    options = {"interpolate": (3, 8), "text": ("dial one",), "to": ("caption=call two",), "frames": 5, "batch_size": 2}
    way = run(gans(target), tmp_path / "way", animation=animation, **options)
    assert np.array_equal(way[0], ends[0])
    assert np.array_equal(way[-1], ends[1])
    assert len({row.tobytes() for row in way}) == 5
    with Image.open(tmp_path / "way" / f"animation.{animation}") as film:
        assert film.n_frames == 8
        assert max(film.size) >= 256
    table = [json.loads(line) for line in (tmp_path / "way" / "metadata.jsonl").read_text().splitlines()]
    assert table[2]["share"] == 0.5
    assert table[2]["to_given_caption"] == "call two"


@pytest.mark.tf
def test_a_walk_is_closed_and_a_grid_of_texts_is_a_sheet(gans, keypad, tmp_path):
    walk = run(gans("photo"), tmp_path / "walk", keypad / "1-dataset", walk=3, frames=4)
    assert len(walk) == 12
    with Image.open(tmp_path / "walk" / "animation.webp") as film:
        assert film.n_frames == 12
    assert len(run(gans("caption"), tmp_path / "grid", keypad / "1-dataset", grid="2x3")) == 6
    run(gans("photo"), tmp_path / "pictures", keypad / "1-dataset", grid="2x3")
    with Image.open(tmp_path / "pictures" / "sheet.png") as sheet:
        assert sheet.size[0] > sheet.size[1]


@pytest.mark.tf
@pytest.mark.parametrize("options", [{"interpolate": (1, 2)}, {"walk": 3}])
def test_there_is_nothing_between_two_texts(gans, tmp_path, options):
    with pytest.raises(UsageError, match="caption is a text"):
        run(gans("caption"), tmp_path / "out", **options)
