"""The sizes of a BERT network, read from `config.json` within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError

ACTIVATIONS = ("gelu", "gelu_new", "relu", "silu")
_AGAIN = "download the folder again from its publisher"
# Our name -> the published name and the accepted bounds.
_SIZES = {
    "vocabulary": ("vocab_size", 8, 1_000_000),
    "hidden": ("hidden_size", 4, 8192),
    "layers": ("num_hidden_layers", 1, 96),
    "heads": ("num_attention_heads", 1, 256),
    "inner": ("intermediate_size", 4, 65_536),
    "positions": ("max_position_embeddings", 8, 65_536),
    "types": ("type_vocab_size", 1, 64),
}


@dataclass(frozen=True)
class BertShape:
    """Sizes of a BERT encoder (Devlin et al. 2019).

    Attributes:
        vocabulary: Number of ids.
        hidden: Width H.
        layers: Number of blocks.
        heads: Number of attention heads; divides H.
        inner: Width of the feed-forward network.
        positions: Maximum number of positions.
        types: Number of segment types.
        activation: One of `ACTIVATIONS`.
        epsilon: Epsilon of layer normalisation.
    """

    vocabulary: int
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    types: int = 2
    activation: str = "gelu"
    epsilon: float = 1e-12

    def __post_init__(self) -> None:
        for name, (_, low, high) in _SIZES.items():
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is not between {low:,} and {high:,}")
        if self.hidden % self.heads:
            raise ValueError(f"{self.heads} heads do not divide the width {self.hidden}")
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {self.activation}")


def read_shape(folder: Path) -> BertShape:
    """Read the sizes of a published folder.

    Raises:
        InputError: There is no `config.json`, or it describes another kind of network.
        IntegrityError: A size is missing or out of bounds.
    """
    path = folder / "config.json"
    where = visible(path)
    if not path.is_file():
        raise InputError(
            "not a BERT folder: it has no config.json", visible(folder), "give a folder with config.json, model.safetensors and vocab.txt"
        )
    try:
        body = jsonio.read(path, 2**20)
    except (jsonio.JsonError, OSError) as error:
        raise IntegrityError(f"config.json cannot be read: {error}", where, _AGAIN) from None
    if not isinstance(body, dict):
        raise IntegrityError("config.json is not an object", where, _AGAIN)
    _check_kind(body, where)
    sizes = {name: _size(body, *bounds, where) for name, bounds in _SIZES.items()}
    epsilon = body.get("layer_norm_eps", 1e-12)
    if not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise IntegrityError("config.json: layer_norm_eps must be a small number", where, _AGAIN)
    try:
        return BertShape(**sizes, activation=str(body.get("hidden_act", "gelu")), epsilon=epsilon)
    except ValueError as error:
        raise IntegrityError(f"config.json: {visible(error)}", where, _AGAIN) from None


def _check_kind(body: dict[str, Any], where: str) -> None:
    kind = body.get("model_type", "bert")
    if kind != "bert":
        raise InputError(f"config.json describes a network of type {visible(kind)}, not bert", where, "give the folder of a BERT model")
    positions = body.get("position_embedding_type", "absolute")
    if positions != "absolute":
        raise InputError(
            f"position embeddings of type {visible(positions)} are not supported", where, "give a BERT with absolute positions"
        )


def _size(body: dict[str, Any], key: str, low: int, high: int, where: str) -> int:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise IntegrityError(f"config.json: {key} must be an integer from {low:,} to {high:,}, not {visible(value, 40)}", where, _AGAIN)
    return value
