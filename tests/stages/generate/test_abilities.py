"""Options that a generator lacks are refused under the names that people type."""

from __future__ import annotations

import pytest

from mmcli.core.errors import UsageError
from mmcli.generators import registry
from mmcli.generators.base import Target
from mmcli.modalities.image.codec import ImageCodec
from mmcli.stages.generate import abilities
from mmcli.stages.generate.options import GenerateConfig


@pytest.mark.parametrize(("name", "value", "flag"), [("no_repeat", 3, "--no-repeat"), ("length_penalty", 0.5, "--length-penalty")])
def test_an_option_of_texts_is_refused_for_pictures(name: str, value: float, flag: str) -> None:
    target = Target("photo", ImageCodec(8, 8, "L").describe())
    with pytest.raises(UsageError, match="photo is generated at once") as caught:
        abilities.check(GenerateConfig(**{name: value}), registry.family("gan"), target)
    assert caught.value.where == flag
    assert "_" not in (caught.value.fix or "")
