"""`generate`: conditions as the user writes them."""

from types import SimpleNamespace

import pytest

from mmcli.core.errors import InputError, UsageError
from mmcli.modalities.items import read_lines
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.rules import TextRules
from mmcli.stages.generate.conditions import from_values, parse_conditions
from mmcli.stages.registry import config_of

GenerateConfig = config_of("generate")

SOURCE = SimpleNamespace(manifest=SimpleNamespace(fields={"caption": {"modality": "text"}, "photo": {"modality": "image"}}))
FIELDS = ["caption", "photo"]


def test_conditions_go_to_the_first_field_of_their_kind_or_to_the_named_one():
    config = GenerateConfig(text=("a cat",), field=("photo=x.png",))
    assert parse_conditions(config, SOURCE, FIELDS) == [{"caption": "a cat", "photo": "x.png"}]


@pytest.mark.parametrize(
    ("config", "what"),
    [
        (GenerateConfig(audio=("x.wav",)), "GAN takes none"),
        (GenerateConfig(text=("a", "b")), "GAN takes 1"),
        (GenerateConfig(field=("sound=1",)), "no given field sound"),
        (GenerateConfig(field=("photo",)), "not of the form NAME=VALUE"),
    ],
)
def test_a_condition_that_the_gan_does_not_take_is_refused_with_those_it_takes(config, what):
    with pytest.raises(UsageError, match=what) as caught:
        parse_conditions(config, SOURCE, FIELDS)
    assert "caption (text), photo (image)" in caught.value.fix


@pytest.mark.parametrize(
    "config",
    [GenerateConfig(text=("a",), field=("caption=b",)), GenerateConfig(field=("photo=a", "photo=b"))],
)
def test_a_field_is_given_once(config):
    with pytest.raises(UsageError, match="duplicate condition for field"):
        parse_conditions(config, SOURCE, FIELDS)


def test_every_line_of_a_file_is_a_condition_and_the_other_fields_stay(tmp_path):
    (tmp_path / "lines.txt").write_text("a cat\n\n  a dog \r\n")
    found = parse_conditions(GenerateConfig(lines=str(tmp_path / "lines.txt"), image=("x.png",)), SOURCE, FIELDS)
    assert found == [{"photo": "x.png", "caption": "a cat"}, {"photo": "x.png", "caption": "a dog"}]


def test_lines_need_a_text_field_that_is_free(tmp_path):
    (tmp_path / "lines.txt").write_text("a cat")
    config = GenerateConfig(lines=str(tmp_path / "lines.txt"), text=("a dog",))
    with pytest.raises(UsageError, match="no text field left"):
        parse_conditions(config, SOURCE, FIELDS)


@pytest.mark.parametrize("content", [b"", b" \n\n", b"\xff\xfe\xfa", None])
def test_a_file_without_lines_of_text_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "lines.txt").write_bytes(content)
    with pytest.raises(InputError):
        read_lines(tmp_path / "lines.txt")


def test_equal_values_are_read_once_and_absent_ones_are_masked():
    codec = TextCodec(("cat", "dog"), 4, TextRules())
    found = from_values({"caption": codec, "title": codec}, [{"caption": "cat"}, {"caption": "dog", "title": "cat"}, {"caption": "cat"}])
    assert found.fields["caption"].rows[:].tolist() == [[4, 3, 0, 0], [5, 3, 0, 0]]
    assert found.fields["caption"].index.tolist() == [0, 1, 0]
    assert found.fields["title"].present.tolist() == [False, True, False]
    assert found.columns[1] == {"given_caption": "dog", "given_title": "cat"}
    assert [found.caption(i) for i in range(3)] == ["cat", "dog", "cat"]
