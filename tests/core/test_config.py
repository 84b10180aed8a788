"""Options are declared once, with help, bounds and defaults that keep them."""

from __future__ import annotations

from typing import Any

import pytest

from mmcli.core import config, values
from mmcli.core.config import PreprocessConfig
from mmcli.core.errors import UsageError


def stages(cls: type = config.StageConfig) -> list[type]:
    return [found for child in cls.__subclasses__() for found in (child, *stages(child))]


@pytest.mark.parametrize("cls", stages(), ids=lambda cls: cls.__name__)
def test_every_option_has_help_and_a_default_within_its_own_bounds(cls: Any) -> None:
    cls()
    for spec in config.options_of(cls):
        assert spec.metadata["help"].endswith("."), spec.name
        value = list(spec.default) if isinstance(spec.default, tuple) else spec.default
        assert values.parse(cls, spec.name, value, "default") == spec.default
        if isinstance(spec.default, int | float) and not isinstance(spec.default, bool):
            assert None not in (spec.metadata["ge"], spec.metadata["le"]), spec.name


@pytest.mark.parametrize(
    "entry", ["", "photo", "photo.image_size", "=1", ".image_size=1", "photo.nonsense=1", "photo.image_size=x", "photo.seed=1"]
)
def test_a_broken_option_of_one_field_is_refused(entry: str) -> None:
    with pytest.raises(UsageError):
        PreprocessConfig(set=(entry,))
