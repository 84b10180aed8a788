"""Text, image and audio. Adding a modality is one folder and one line in `CODECS`."""

from __future__ import annotations

import importlib
from typing import Any

from mmcli.modalities.base import Codec

CODECS = {
    "text": "mmcli.modalities.text.codec:TextCodec",
    "image": "mmcli.modalities.image.codec:ImageCodec",
    "audio": "mmcli.modalities.audio.codec:AudioCodec",
}


def codec_class(modality: str) -> type[Codec]:
    """Codec class of a modality."""
    module, name = CODECS[modality].split(":")
    found: type[Codec] = getattr(importlib.import_module(module), name)
    return found


def codec_from_json(state: dict[str, Any]) -> Codec:
    """Rebuild a codec from what its `to_json` returned."""
    return codec_class(str(state["modality"])).from_json(state)
