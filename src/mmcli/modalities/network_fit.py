"""Whether the networks of an artifact fit its codecs, by their recipes: nothing is built and TensorFlow is not loaded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmcli.artifacts import recipes
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec, TokenCodec


def checked_codecs(artifact: Artifact, fields: Iterable[str], target: str = "") -> dict[str, Codec]:
    """Codecs of some fields and of `target`, whose encoders and generator read and make items of the codecs' shape and vocabulary.

    Raises:
        IntegrityError: A network reads or makes items of another form than the codec; also as `recipes.read` and `codec_of`.
    """
    found, _ = recipes.read(artifact.path)
    networks = {name: f"encoder.{name}" for name in fields} | ({target: "generator"} if target else {})
    codecs = {name: codec_of(artifact, name) for name in networks}
    for name, network in networks.items():
        if network in found:
            _check_one(artifact, network, found[network]["config"], name, codecs[name])
    return codecs


def _check_one(artifact: Artifact, network: str, config: dict[str, Any], name: str, codec: Codec) -> None:
    sizes: dict[str, Any] = {"shape": list(codec.network_shape)}
    if isinstance(codec, TokenCodec):
        sizes["vocabulary"] = codec.vocabulary_size
    for key, size in sizes.items():
        if config.get(key) != size:
            what = f"the network {visible(network)} has {key} {visible(config.get(key), 60)}, but the codec of {visible(name)} has {size}"
            raise IntegrityError(what, visible(artifact.path / recipes.NAME), "train again")
