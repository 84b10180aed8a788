"""From a record's fields to its condition: the encoders and the fusion network of an artifact."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_file, label, read_codec
from mmcli.nn import networks_io
from mmcli.nn.chunks import in_chunks
from mmcli.nn.networks_io import Network
from mmcli.nn.padding import in_length_chunks

Array = npt.NDArray[Any]
CHUNK = 256


class Conditioner:
    """Makes conditions from any subset of the fields.

    A record's result does not depend on which others it is computed with: every pass has the same
    number of records.

    Attributes:
        fields: Names of the fields, in the order of the mask's columns.
        dim: d, the condition's width.
        latents: K, number of latent tokens.
        tokens: T, tokens per field.
        networks: All loaded networks with their recipes, `fusion` and `encoder.NAME`.
    """

    def __init__(self, networks: dict[str, Network], extra: Mapping[str, Any], where: str) -> None:
        if "fusion" not in networks or not isinstance(extra.get("fields"), list):
            raise IntegrityError("the model has no fusion network", where, "give the folder that fuse or train-gan wrote")
        self.networks = networks
        self.fields: list[str] = [str(name) for name in extra["fields"]]
        _, count, self.tokens, self.dim = self.fusion.input["tokens"].shape
        if count != len(self.fields):
            raise IntegrityError(f"the fusion network takes {count} fields, model.json names {len(self.fields)}", where, "run fuse again")
        self.latents: int = self.fusion.output["latents"].shape[1]
        self._fuse = tf.function(lambda tokens, mask: self.fusion({"tokens": tokens, "mask": mask}, training=False))
        self._encode = {
            name: tf.function(
                lambda x, m=model: m(x, training=False)["tokens"], input_signature=(tf.TensorSpec(model.input.shape, model.input.dtype),)
            )
            for name, model in self.encoders.items()
        }

    @classmethod
    def load(cls, folder: Path) -> Conditioner | LabelConditioner:
        """Load from a `fused` or `gan` artifact; of a GAN on labels, what makes conditions of labels.

        Raises:
            IntegrityError: The networks are damaged or do not fit each other.
        """
        recipes, stored = networks_io.read_recipes(folder)
        if stored.get("fields") == [label.FIELD] and "fusion" not in recipes:
            codec = read_codec(folder / codec_file(label.FIELD))
            if isinstance(codec, label.LabelCodec):
                return LabelConditioner(codec)
        wanted = tuple(name for name in recipes if name == "fusion" or name.startswith("encoder."))
        networks, extra = networks_io.load(folder, wanted or ("fusion",))
        return cls(networks, extra, visible(folder))

    @property
    def fusion(self) -> keras.Model:
        """The fusion network."""
        return self.networks["fusion"].model

    @property
    def encoders(self) -> dict[str, keras.Model]:
        """Field name to encoder network; a field without one can only be given as tokens."""
        return {name: self.networks[f"encoder.{name}"].model for name in self.fields if f"encoder.{name}" in self.networks}

    def encode(self, name: str, rows: Array) -> Array:
        """Tokens `[B, T, d]` float32 of rows or padded items `[B, ...]` in network form."""
        if name not in self._encode:
            raise IntegrityError(f"the model has no encoder of the field {visible(name)}", "", "run embed and fuse again")
        return in_length_chunks(lambda x: self._encode[name](tf.constant(x)), rows, CHUNK)[0]

    def condition(self, rows: Mapping[str, Array], mask: Array) -> tuple[Array, Array]:
        """Conditions of records.

        Args:
            rows: Field name to rows `[B, ...]` in network form; a field may be left out.
            mask: `[B, F]`, 1 where the record has the field.

        Returns:
            `condition [B, d]` and `latents [B, K, d]`, zero for a record without any field.
        """
        mask = np.array(mask, dtype=np.float32)
        tokens = np.zeros((len(mask), len(self.fields), self.tokens, self.dim), np.float32)
        for number, name in enumerate(self.fields):
            if name in rows and mask[:, number].any():
                tokens[:, number] = self.encode(name, rows[name])
            elif name not in rows:
                mask[:, number] = 0.0
        return self.from_tokens(tokens, mask)

    def from_tokens(self, tokens: Array, mask: Array) -> tuple[Array, Array]:
        """The same for records that are embedded already, `tokens [B, F, T, d]` of any float type."""

        def run(tokens: Array, mask: Array) -> list[Any]:
            out = self._fuse(tf.constant(tokens, tf.float32), tf.constant(mask, tf.float32))
            return [out["condition"], out["latents"]]

        condition, latents = in_chunks(run, (tokens, mask), CHUNK)
        return condition, latents


class LabelConditioner:
    """The same for labels: a class is its one-hot vector, and there is nothing to learn.

    Attributes:
        codec: Between names, numbers and one-hot vectors.
    """

    def __init__(self, codec: label.LabelCodec) -> None:
        self.codec, self.fields = codec, [label.FIELD]
        self.dim, self.latents, self.tokens = len(codec.names), 0, 1
        self.networks: dict[str, Network] = {}
        self.encoders: dict[str, keras.Model] = {}

    def encode(self, name: str, rows: Array) -> Array:
        """One-hot rows `[B, classes]` as tokens `[B, 1, classes]`."""
        del name
        return np.asarray(rows, np.float32)[:, None]

    def condition(self, rows: Mapping[str, Array], mask: Array) -> tuple[Array, Array]:
        """See `Conditioner.condition`; there are no latents."""
        one_hot = rows.get(label.FIELD, np.zeros((len(mask), self.dim), np.float32))
        return self.from_tokens(one_hot[:, None, None], mask)

    def from_tokens(self, tokens: Array, mask: Array) -> tuple[Array, Array]:
        """See `Conditioner.from_tokens`."""
        found = np.asarray(tokens, np.float32)[:, 0, 0] * np.asarray(mask, np.float32)[:, :1]
        return found, np.zeros((len(found), 0, self.dim), np.float32)
