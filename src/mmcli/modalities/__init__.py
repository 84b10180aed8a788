"""Text, image and audio: a folder each, known by one line in `registry`; and the codecs that artifacts keep."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.options import options_of, owner_of
from mmcli.modalities import registry
from mmcli.modalities.modality import resolve
from mmcli.modalities.options import EncoderConfig, FieldConfig, StorageConfig

if TYPE_CHECKING:
    from mmcli.modalities.base import Codec, Ingest

ConfigT = TypeVar("ConfigT", bound=StorageConfig)

_AGAIN = "run the stage that makes it again with --force"
# Codecs of what is not a field.
_OTHER_CODECS = {"label": "mmcli.modalities.label:LabelCodec"}


def field_configs() -> list[type[FieldConfig]]:
    """Options that fields have, a class per modality."""
    return [modality.field_config() for modality in registry.modalities()]


def encoder_configs() -> list[type[EncoderConfig]]:
    """Options that encoders have, a class per modality."""
    return [modality.encoder_config() for modality in registry.modalities()]


def field_options_of(modality: str) -> tuple[str, ...]:
    """Names of the options that fields of a modality have."""
    cls = registry.find(modality).field_config()
    return tuple(f.name for f in options_of(cls) if owner_of(cls, f.name).per_field)


def settled(modality: str, name: str, options: ConfigT, sample: Iterable[bytes | str]) -> ConfigT:
    """Options of a field with everything decided that they leave to its content.

    Args:
        modality: Of the field.
        name: Of the field, for errors.
        options: Its options.
        sample: Some of its train items; read only if something is to be decided.
    """
    found: ConfigT = registry.find(modality).settled(name, options, sample)
    return found


def codec_class(modality: str) -> type[Codec]:
    """Codec class of a modality, or of the labels."""
    if modality in _OTHER_CODECS:
        found: type[Codec] = resolve(_OTHER_CODECS[modality])
        return found
    return registry.find(modality).codec_class()


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
    except IntegrityError as error:
        raise IntegrityError(error.what, where or codec_file("*"), error.fix) from None
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"the state of a codec cannot be used: {visible(repr(error))}", where or codec_file("*"), _AGAIN) from None


def ingest_of(modality: str, options: StorageConfig) -> Ingest:
    """What turns raw items of a field of this modality into rows."""
    return registry.find(modality).ingest_of(options)
