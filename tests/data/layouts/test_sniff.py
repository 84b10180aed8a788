"""What the first bytes of a file speak of."""

from __future__ import annotations

import pytest

from mmcli.modalities.registry import of_content


@pytest.mark.parametrize(
    ("data", "modality"),
    [
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"RIFF\x00\x00\x00\x00WEBP", "image"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio"),
        (b"RIFF\x00\x00\x00\x00AVI ", None),
        (b"fLaC\x00", "audio"),
        (b"\xff\xfb\x90\x00\x00", "audio"),
        ("a text".encode("utf-16"), None),
        (b"a text", None),
        (b"", None),
    ],
)
def test_images_and_sounds_are_told_by_their_content(data: bytes, modality: str | None) -> None:
    assert of_content(data) == modality
