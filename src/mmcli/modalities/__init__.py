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
    from mmcli.artifacts.store import Artifact
    from mmcli.modalities.base import Codec
    from mmcli.modalities.ingest import Ingest

ConfigT = TypeVar("ConfigT", bound=StorageConfig)

_AGAIN = "rerun the stage that made it with --force"
# Codecs other than those of fields.
_OTHER_CODECS = {"label": "mmcli.modalities.label:LabelCodec"}


def field_configs() -> list[type[FieldConfig]]:
    """Option classes of fields, one per modality."""
    return [modality.field_config() for modality in registry.modalities()]


def encoder_configs() -> list[type[EncoderConfig]]:
    """Option classes of encoders, one per modality."""
    return [modality.encoder_config() for modality in registry.modalities()]


def field_options_of(modality: str) -> tuple[str, ...]:
    """Names of the field options of a modality."""
    cls = registry.find(modality).field_config()
    return tuple(f.name for f in options_of(cls) if owner_of(cls, f.name).per_field)


def settled(modality: str, name: str, options: ConfigT, sample: Iterable[bytes | str]) -> ConfigT:
    """Options of a field, with every choice that depends on its content resolved.

    Args:
        modality: Modality of the field.
        name: Name of the field, for errors.
        options: Its options.
        sample: Some of its train items; read only if there is something to decide.
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
    """Path in an artifact of the codec of a field."""
    return f"fields/{name}.codec.json"


def read_codec(path: Path) -> Codec:
    """Read a codec from a file.

    Raises:
        IntegrityError: See `codec_from_json`.
    """
    try:
        return codec_from_json(jsonio.read(path), visible(path))
    except (OSError, jsonio.JsonError) as error:
        raise IntegrityError(f"the codec cannot be read: {visible(error)}", visible(path), _AGAIN) from None


def codec_of(artifact: Artifact, name: str) -> Codec:
    """The codec of a field of an artifact.

    Raises:
        IntegrityError: See `codec_from_json`; also if it differs from what the manifest says of the field.
    """
    path = artifact.file(codec_file(name))
    codec = read_codec(path)
    said, found = artifact.manifest.fields.get(name, {}), codec.describe()
    for key in ("modality", "shape", "dtype"):
        if said.get(key) != found[key]:
            what = f"the codec's {key} is {visible(found[key])}, but the manifest says {visible(said.get(key), 60)} of {visible(name)}"
            raise IntegrityError(what, visible(path), _AGAIN)
    return codec


def codec_from_json(state: Any, where: str = "") -> Codec:
    """Rebuild a codec from what its `to_json` returned.

    Raises:
        IntegrityError: The state is corrupted, or was written by another version of mmcli.
    """
    modality = state.get("modality") if isinstance(state, dict) else None
    if not isinstance(modality, str):
        raise IntegrityError("the codec cannot be used: it names no modality", where or codec_file("*"), _AGAIN)
    try:
        return codec_class(modality).from_json(state)
    except IntegrityError as error:
        raise IntegrityError(error.what, where or codec_file("*"), error.fix) from None
    except (KeyError, TypeError, ValueError) as error:
        raise IntegrityError(f"the state of a codec cannot be used: {visible(repr(error))}", where or codec_file("*"), _AGAIN) from None


def ingest_of(modality: str, options: StorageConfig) -> Ingest:
    """Make the object that turns raw items of a field into rows."""
    return registry.find(modality).ingest_of(options)
