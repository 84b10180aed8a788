"""What the registry says of the modalities that mmcli has."""

from __future__ import annotations

import pytest

from mmcli.modalities import registry
from mmcli.modalities.modality import Modality, resolve


def test_files_and_tables_are_told_apart() -> None:
    assert [registry.of_suffix(suffix) for suffix in (".png", ".wav", ".txt", ".csv", "")] == ["image", "audio", "text", None, None]
    assert registry.inline() == "text"
    assert registry.nouns() == "text, image or sound"
    assert registry.nouns("and", plural=True) == "texts, images and sounds"


@pytest.mark.tf
@pytest.mark.parametrize("modality", registry.modalities(), ids=lambda modality: modality.name)
def test_every_address_leads_somewhere(modality: Modality) -> None:
    named = [value for value in vars(modality).values() if isinstance(value, str) and ":" in value]
    for address in [*named, *modality.builders.values()]:
        assert resolve(address) is not None
