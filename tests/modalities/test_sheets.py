"""Contact sheets, grids and lines of images."""

import numpy as np
import pytest
from PIL import Image

from mmcli.modalities.lettering import font_of
from mmcli.modalities.sheets import grid_sheet, image_sheet, text_sheet, titled_lines

RED, INK = (200, 30, 40), (40, 40, 46)


def image(level, size=(16, 16)):
    return Image.new("L", size, level)


def has(sheet, colour):
    return (sheet == np.array(colour)).all(-1).any()


def test_captions_may_take_two_lines():
    short = image_sheet([image(0)] * 3, ["a"] * 3)
    long = image_sheet([image(0)] * 3, ["a", "please dial seven now, at once", "b"])
    assert long.shape[0] > short.shape[0]
    assert long.shape[1] == short.shape[1]


@pytest.mark.parametrize("caption", ["", "\x1b[31m\u202e", "x" * 500, "🙂 " * 100])
def test_no_caption_breaks_a_sheet(caption):
    assert image_sheet([image(0)], [caption]).shape[1] < 100
    assert grid_sheet([image(0)], [caption], [caption], 1).ndim == 3
    assert titled_lines([caption], [image(0)], [[image(9)]], [[caption]], [False]).ndim == 3


def test_a_grid_has_its_images_row_by_row_and_headings_only_if_there_are_some():
    levels = [10, 60, 110, 160, 210, 250]
    bare = grid_sheet([image(level) for level in levels], ["", ""], [], 3)
    found = [bare[y, x, 0] for y in (40, 120) for x in (50, 130, 210)]
    assert found == levels
    assert grid_sheet([image(level) for level in levels], ["", ""], ["a", "b", "c"], 3).shape[0] > bare.shape[0]


def test_only_a_marked_line_is_framed():
    lines = [[image(9), image(9)]] * 2
    assert not has(titled_lines(["t"], [image(0)] * 2, lines, [["a", "b"]] * 2, [False, False]), RED)
    assert has(titled_lines(["t"], [image(0)] * 2, lines, [["a", "b"]] * 2, [False, True]), RED)


@pytest.mark.parametrize(("one", "two"), ["üß", "őř", "жщ", "λψ", "אש", "دم", "ạế"])
def test_letters_beyond_ascii_are_drawn(one, two):
    assert not np.array_equal(text_sheet([one]), text_sheet([two]))
    assert not np.array_equal(grid_sheet([image(0)], [one], [one], 1), grid_sheet([image(0)], [two], [two], 1))


def test_ascii_keeps_its_font_and_text_of_no_font_is_drawn_all_the_same():
    assert font_of("a red car") is font_of("b")
    assert text_sheet(["\U0001318f \U000e0041 \u3042"]).ndim == 3
