"""Contexts from frozen encoders and a fusion network, for any subset of an artifact's fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.context import Context, half
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.nn import networks_io
from mmcli.nn.chunks import in_chunks
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.nn.padding import in_length_chunks

Array = npt.NDArray[Any]
_ENCODE_CHUNK = 256
_FUSE_CHUNK = 64  # training asks for few at a time, once most contexts are remembered


class FusedConditioner:
    """See `conditioner.Conditioner`; the tokens of a context are the fusion's latents.

    Args:
        networks: `fusion` and `encoder.NAME`; a field without an encoder can only be given as tokens.
        extra: Extra of `model.json`; names the fields.
        where: Location for error messages.
    """

    kind = "fused"

    def __init__(self, networks: dict[str, Network], extra: Mapping[str, Any], where: str) -> None:
        if "fusion" not in networks or not isinstance(extra.get("fields"), list):
            raise IntegrityError("the model has no fusion network", where, "use a folder that fuse or train-gan wrote")
        self.networks = networks
        self.fields = [str(name) for name in extra["fields"]]
        count = len(self.fields)
        inputs = {"tokens": (None, count, None, None), "mask": (None, count)}
        fusion = networks_io.check_ports(networks["fusion"], "fusion", where, inputs=inputs, outputs={"condition": (None, None)})
        _, _, self.field_tokens, self.dim = fusion.input["tokens"].shape
        networks_io.check_ports(
            networks["fusion"], "fusion", where, outputs={"condition": (None, self.dim), "latents": (None, None, self.dim)}
        )
        self.num_tokens: int = fusion.output["latents"].shape[1]
        self._fuse = graph(lambda tokens, mask: fusion({"tokens": tf.cast(tokens, tf.float32), "mask": mask}, training=False))
        tokens = {"tokens": (None, self.field_tokens, self.dim)}
        encoders = {
            name: networks_io.check_ports(networks[f"encoder.{name}"], f"encoder.{name}", where, outputs=tokens)
            for name in self.fields
            if f"encoder.{name}" in networks
        }
        # One trace serves all lengths.
        self._encode = {
            name: graph(
                lambda x, m=model: m(x, training=False)["tokens"], input_signature=(tf.TensorSpec(model.input.shape, model.input.dtype),)
            )
            for name, model in encoders.items()
        }

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From an artifact.

        In float32, regardless of the policy for training, so that tokens equal those that `embed` stored.

        Raises:
            IntegrityError: The networks are corrupted or inconsistent.
        """
        recipes, _ = networks_io.read_recipes(folder)
        wanted = tuple(name for name in recipes if name == "fusion" or name.startswith("encoder."))
        policy = keras.mixed_precision.dtype_policy()
        keras.mixed_precision.set_dtype_policy("float32")
        try:
            networks, extra = networks_io.load(folder, wanted or ("fusion",))
        finally:
            keras.mixed_precision.set_dtype_policy(policy)
        return cls(networks, extra, visible(folder))

    def reads(self, name: str) -> bool:
        """Whether there is an encoder of the field."""
        return name in self._encode

    def encode(self, name: str, rows: Array) -> Array:
        """Tokens `[B, T, d]` float32 of rows or padded items `[B, ...]` in network form."""
        if name not in self._encode:
            raise IntegrityError(f"the model has no encoder of the field {visible(name)}", "", "rerun embed and fuse")
        return in_length_chunks(lambda x: self._encode[name](tf.constant(x)), rows, _ENCODE_CHUNK)[0]

    def fuse(self, tokens: Array, mask: Array) -> Context:
        """Contexts of encoded records: `tokens [B, F, T, d]` of any float type, `mask [B, F]`."""

        def run(tokens: Array, mask: Array) -> list[Any]:
            out = self._fuse(tf.constant(tokens), tf.constant(mask))
            return [out["condition"], out["latents"]]

        shown = np.asarray(mask, np.float32)
        vector, latents = in_chunks(run, (np.asarray(tokens), shown), _FUSE_CHUNK)
        return Context(vector, latents, np.repeat(shown.any(1, keepdims=True), self.num_tokens, 1))

    def condition(self, rows: Mapping[str, Array], mask: Array) -> Context:
        """See `Conditioner.condition`; zeros for a record without any field."""
        shown = np.array(mask, dtype=np.float32)
        tokens = np.zeros((len(shown), len(self.fields), self.field_tokens, self.dim), np.float32)
        for number, name in enumerate(self.fields):
            if name in rows and shown[:, number].any():
                tokens[:, number] = self.encode(name, rows[name])
            elif name not in rows:
                shown[:, number] = 0.0
        # In half precision, like the tokens of `embed` from which training makes its contexts.
        return self.fuse(half(tokens), shown)

    def write(self, folder: Path) -> None:
        """There is no state other than the networks."""
