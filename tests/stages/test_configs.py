"""Options are declared once, with help, bounds and defaults that keep them."""

from __future__ import annotations

import pickle

import pytest

from mmcli.core import options, values
from mmcli.core.errors import UsageError
from mmcli.stages import registry
from mmcli.stages.registry import config_of

STAGES = (*registry.PLACES,)


@pytest.mark.parametrize("stage", STAGES)
def test_every_option_has_help_and_a_default_within_its_own_bounds(stage: str) -> None:
    cls = config_of(stage)
    cls()
    for spec in options.options_of(cls):
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
        config_of("preprocess")(set=(entry,))


def test_a_composed_configuration_travels_between_processes() -> None:
    config = config_of("preprocess")(image_size=48, set=("sound.seconds=1",))
    again = pickle.loads(pickle.dumps(config))
    assert (again, type(again)) == (config, type(config))


def test_every_owner_checks_its_own_options() -> None:
    for wrong in ({"val": 0.6, "test": 0.6}, {"hop_length": 300}, {"background": "red"}, {"language": "english"}):
        with pytest.raises(UsageError):
            config_of("preprocess")(**wrong)
