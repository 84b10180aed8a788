"""Options of single fields."""

from __future__ import annotations

import dataclasses

import pytest

from mmcli.core.errors import UsageError
from mmcli.core.values import parse_override
from mmcli.modalities import field_options_of, registry
from mmcli.stages.preprocess.fields import checked_fields
from mmcli.stages.registry import config_of

PreprocessConfig = config_of("preprocess")

FIELDS = {"caption": "text", "photo": "image", "sound": "audio"}


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ("photo.tokenizer=bpe", "field photo of modality image has no option tokenizer"),
        ("caption.image-size=16", "field caption of modality text has no option image_size"),
    ],
)
def test_what_a_field_cannot_have_is_refused(entry, what):
    with pytest.raises(UsageError, match=what) as caught:
        checked_fields(FIELDS, config_of("preprocess")(set=(entry,)))
    assert caught.value.where == f"--set {entry}"


def test_a_field_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="no field foto") as caught:
        checked_fields(FIELDS, config_of("preprocess")(set=("foto.image_size=16",)))
    assert (caught.value.where, caught.value.fix) == ("--set foto.OPTION=VALUE", "did you mean photo?")


def test_options_that_do_not_fit_each_other_name_the_field():
    with pytest.raises(UsageError, match="exceeds the window length") as caught:
        checked_fields(FIELDS, config_of("preprocess")(set=("sound.hop_length=300",)))
    assert caught.value.where == "field sound, --hop-length"


def test_every_option_of_a_field_belongs_to_one_modality():
    listed = [name for modality in registry.modalities() for name in field_options_of(modality.name)]
    assert len(listed) == len(set(listed))
    assert set(listed) == {field.name for field in dataclasses.fields(PreprocessConfig) if settable(field.name)}


def settable(name):
    try:
        parse_override(PreprocessConfig, f"field.{name}=")
    except UsageError as error:
        return "unknown field option" not in error.what and "whole folder" not in error.what
    return True
