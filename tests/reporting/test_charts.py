"""Charts are well-formed SVG whose texts are escaped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import numpy as np

from mmcli.reporting.charts import Axis, Line, histogram, line_chart, scatter
from mmcli.reporting.space_view import main_axes


def _parsed(markup):
    return ET.fromstring(f"<div>{markup}</div>")


def test_line_chart_names_its_lines_and_escapes_them():
    root = _parsed(line_chart([Line("<b>loss", [0, 1, 2], [3.0, 2.0, float("nan")])], "epoch"))
    line = root.find(".//polyline")
    assert line.find("title").text == "<b>loss"
    assert len(line.get("points").split()) == 2


def test_a_single_point_is_no_chart():
    assert line_chart([Line("loss", [1], [1.0])], "epoch") == ""


def test_many_points_are_thinned_but_the_last_stays():
    root = _parsed(line_chart([Line("loss", range(5000), [0.0] * 4999 + [1.0])], "step"))
    points = root.find(".//polyline").get("points").split()
    assert len(points) <= 402
    assert points[-1].endswith(",12.0")


def test_ticks_are_round_and_hold_the_values():
    axis = Axis.around([0.13, 7.9], "", zero=True)
    assert axis.ticks == [0, 2, 4, 6, 8]
    assert Axis.around([5.0], "").low < Axis.around([5.0], "").high


def test_histogram_counts_everything():
    assert len(_parsed(histogram([1, 2, 2, 3, 3, 3], "tokens")).findall(".//rect")) == 3
    assert histogram([], "tokens") == ""


def test_scatter_draws_each_point():
    root = _parsed(scatter(np.eye(4)[:, :2], [0, 1, 2, 30], [0, 1, 2, 9], list("abcd")))
    assert len(root.findall(".//path")) == 4


def test_main_axes_hold_the_largest_spread():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(200, 5)) * [5, 1, 3, 0.1, 0.1]
    flat = main_axes(points)
    assert np.corrcoef(flat[:, 0], points[:, 0])[0, 1] > 0.99
    assert main_axes(np.ones((3, 1))).shape == (3, 2)
