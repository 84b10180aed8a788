"""What a user is told of the items that a command was given."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from mmcli.core.ui import Ui
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.label import LabelCodec
from mmcli.modalities.remarks import Remark, warn_of_items
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.rules import TextRules

TEXT = TextCodec(("the", "cat", "sat", "."), 6)
SOUND = AudioCodec(8000, 256, 128, 16, (0.0,) * 128, (1.0,) * 128)  # a window of 0.256 s


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the cat sat.", []),
        ("the dog sat", [("with unknown words", "unknown, not in the vocabulary of the train texts: dog")]),
        ("the dog ate dog meat", [("with unknown words", "unknown, not in the vocabulary of the train texts: dog, ate, meat")]),
        ("zzzz qqqq.", [("without a known word", "says nothing: unknown, not in the vocabulary of the train texts: zzzz, qqqq")]),
        ("...", [("without a known word", "says nothing: unknown, not in the vocabulary of the train texts: ...")]),
        ("the cat " * 4, [("cut to the maximum number of tokens", "3 of 8 tokens are cut off; the most is 5")]),
        (
            "a b c d e f g",
            [
                ("without a known word", "says nothing: unknown, not in the vocabulary of the train texts: a, b, c, d, e"),
                ("cut to the maximum number of tokens", "2 of 7 tokens are cut off; the most is 5"),
            ],
        ),
    ],
)
def test_texts(text: str, said: list[tuple[str, str]]) -> None:
    assert TEXT.remarks(text) == [Remark(*pair) for pair in said]


def test_many_unknown_words_are_counted() -> None:
    codec = TextCodec(("the", "cat"), 50)
    assert codec.remarks("the " + " ".join(f"w{i}" for i in range(12)))[0].text.endswith("w6, w7 and 4 more")


def test_a_text_of_stop_words_says_nothing() -> None:
    codec = TextCodec(("cat",), 9, TextRules(stop_words=True))
    assert codec.remarks("it is the") == [Remark("without a known word", "says nothing: it has no word")]


def test_words_that_control_a_terminal_are_made_visible() -> None:
    codec = TextCodec(("cat",), 9, TextRules(keep_hidden=True))
    assert "\\x1b" in codec.remarks("the \x1b[31m")[0].text


def image(path: Path, width: int, height: int, *, plain: bool = False) -> str:
    pixels = np.full((height, width, 3), 7, np.uint8) if plain else np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return str(path)


@pytest.mark.parametrize(
    ("fit", "size", "said"),
    [
        ("crop", (40, 40), []),
        ("crop", (60, 40), []),
        ("crop", (160, 40), ["75 % of it is cropped: its aspect ratio is 4:1, that of the data set 1:1"]),
        ("crop", (20, 50), ["60 % of it is cropped: its aspect ratio is 1:2.5, that of the data set 1:1"]),
        ("pad", (160, 40), ["75 % of what networks see of it is padding: its aspect ratio is 4:1, that of the data set 1:1"]),
        ("squeeze", (160, 40), ["it is squeezed by 75 % more than the train images: its aspect ratio is 4:1"]),
    ],
)
def test_images_of_a_far_aspect_ratio(tmp_path: Path, fit: str, size: tuple[int, int], said: list[str]) -> None:
    codec = ImageCodec(16, 16, fit=fit)
    assert [remark.text for remark in codec.remarks(image(tmp_path / "a.png", *size))] == said


def test_squeezed_images_are_compared_with_the_train_images(tmp_path: Path) -> None:
    codec = ImageCodec(16, 16, fit="squeeze", aspect=4.0)
    assert codec.remarks(image(tmp_path / "a.png", 160, 40)) == []


def test_an_image_of_one_colour(tmp_path: Path) -> None:
    remarks = ImageCodec(16, 16).remarks(image(tmp_path / "a.png", 20, 20, plain=True))
    assert remarks == [Remark("of a single colour", "says nothing: every pixel has the same colour")]


@pytest.mark.parametrize(
    ("seconds", "level", "row", "said"),
    [
        (0.2, 0.4, False, []),
        (0.2, 0.0, False, ["says nothing: it is silent"]),
        (2.0, 0.4, False, []),
        (2.0, 0.4, True, ["1.7 of 2.0 s are cut off; a window has 0.3 s"]),
        (70.0, 0.4, False, ["4.5 of 70.0 s are cut off; encoders read 65.5 s"]),
    ],
)
def test_sounds(tmp_path: Path, seconds: float, level: float, row: bool, said: list[str]) -> None:
    wave = level * np.sin(np.arange(int(seconds * 8000)) / 3)
    soundfile.write(tmp_path / "a.wav", wave, 8000)
    assert [remark.text for remark in SOUND.remarks(str(tmp_path / "a.wav"), row=row)] == said


def test_one_warning_for_each_field_and_kind_with_all_of_them_in_the_ledger() -> None:
    ui = Ui(quiet=True, stream=io.StringIO())
    items = [("caption", "the dog"), ("caption", "the cat"), ("caption", "the dog"), ("caption", "a cat"), ("label", "x")]
    warn_of_items({"caption": TEXT, "label": LabelCodec(("x", "y"))}, items, ui)
    assert ui.warnings == ['caption "the dog": unknown, not in the vocabulary of the train texts: dog; likewise 1 other']
    entry = ui.ledger.entries[0]
    assert (entry.what, entry.count, entry.of, entry.names) == ("caption", 2, 3, ("the dog", "a cat"))
