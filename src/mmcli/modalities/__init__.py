"""Text, image and audio. Adding a modality is one folder and one line in each table."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.options import options_of, owner_of
from mmcli.modalities.options import EncoderConfig, FieldConfig, StorageConfig

if TYPE_CHECKING:
    from mmcli.modalities.base import Codec, Ingest

ConfigT = TypeVar("ConfigT", bound=StorageConfig)


_AGAIN = "run the stage that makes it again with --force"
CODECS = {
    "text": "mmcli.modalities.text.codec:TextCodec",
    "image": "mmcli.modalities.image.codec:ImageCodec",
    "audio": "mmcli.modalities.audio.codec:AudioCodec",
    "label": "mmcli.modalities.label:LabelCodec",
}
INGESTS = {
    "text": "mmcli.modalities.text.ingest:TextIngest",
    "image": "mmcli.modalities.image.ingest:ImageIngest",
    "audio": "mmcli.modalities.audio.ingest:AudioIngest",
}
VIEWS = {
    "text": "mmcli.modalities.text.views:view",
    "image": "mmcli.modalities.image.views:view",
    "audio": "mmcli.modalities.audio.views:view",
}

FIELD_CONFIGS = {
    "text": "mmcli.modalities.text.options:TextConfig",
    "image": "mmcli.modalities.image.options:ImageConfig",
    "audio": "mmcli.modalities.audio.options:AudioConfig",
}
ENCODER_CONFIGS = {
    "text": "mmcli.modalities.text.options:TextEncoderConfig",
    "image": "mmcli.modalities.image.options:ImageEncoderConfig",
    "audio": "mmcli.modalities.audio.options:AudioEncoderConfig",
}
# Options of a field that depend on its content.
SETTLERS = {"text": "mmcli.modalities.text.detection:settle"}


def field_configs() -> list[type[FieldConfig]]:
    """Options that fields have, a class per modality."""
    return [_find(address) for address in FIELD_CONFIGS.values()]


def encoder_configs() -> list[type[EncoderConfig]]:
    """Options that encoders have, a class per modality."""
    return [_find(address) for address in ENCODER_CONFIGS.values()]


def field_options_of(modality: str) -> tuple[str, ...]:
    """Names of the options that fields of a modality have."""
    cls: type[FieldConfig] = _find(FIELD_CONFIGS[modality])
    return tuple(f.name for f in options_of(cls) if owner_of(cls, f.name).per_field)


def settled(modality: str, name: str, options: ConfigT, sample: Iterable[bytes | str]) -> ConfigT:
    """Options of a field with everything decided that they leave to its content.

    Args:
        modality: Of the field.
        name: Of the field, for errors.
        options: Its options.
        sample: Some of its train items; read only if something is to be decided.
    """
    if modality not in SETTLERS:
        return options
    found: ConfigT = _find(SETTLERS[modality])(name, options, sample)
    return found


def codec_class(modality: str) -> type[Codec]:
    """Codec class of a modality."""
    found: type[Codec] = _find(CODECS[modality])
    return found


def codec_file(name: str) -> str:
    """Where an artifact keeps the codec of a field."""
    return f"fields/{name}.codec.json"


def read_codec(path: Path) -> Codec:
    """The codec in a file.

    Raises:
        IntegrityError: See `codec_from_json`.
    """
    try:
        return codec_from_json(jsonio.read(path), visible(path))
    except (OSError, jsonio.JsonError) as error:
        raise IntegrityError(f"the codec cannot be read: {visible(error)}", visible(path), _AGAIN) from None


def codec_from_json(state: dict[str, Any], where: str = "") -> Codec:
    """Rebuild a codec from what its `to_json` returned.

    Raises:
        IntegrityError: The state is damaged, or another version of mmcli wrote it.
    """
    try:
        return codec_class(str(state["modality"])).from_json(state)
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"the state of a codec cannot be used: {visible(repr(error))}", where or codec_file("*"), _AGAIN) from None


def ingest_of(modality: str, options: StorageConfig) -> Ingest:
    """What turns raw items of a field of this modality into rows."""
    found: Ingest = _find(INGESTS[modality])(options)
    return found


def view_of(modality: str) -> Any:
    """Function `(x, strength, key) -> x` that changes a batch in network form lightly and at random, in training."""
    return _find(VIEWS[modality])


def _find(address: str) -> Any:
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)
