"""Pretrained BERT folders: `config.json`, `model.safetensors` and a vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import weights
from mmcli.artifacts.weights import Tensors
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, SafetyError
from mmcli.modalities.text.bert.shape import BertShape

WEIGHTS = "model.safetensors"
_AGAIN = "download the folder again from its publisher"
_OLD_NAMES = {".gamma": ".weight", ".beta": ".bias"}  # of TensorFlow's first release


def read_tensors(folder: Path, shape: BertShape) -> dict[str, list[Any]]:
    """Read the weights of a published folder, in the order of our layers: layer name to arrays.

    Raises:
        InputError: There is no `model.safetensors`.
        SafetyError: There are only pickled weights.
        IntegrityError: A tensor is missing or has another shape; the message names both.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        if any(folder.glob("*.bin")) or any(folder.glob("*.pt")) or any(folder.glob("*.h5")):
            raise SafetyError("the folder's only weights are in a format that can run code", visible(folder), f"convert them to {WEIGHTS}")
        raise InputError(f"the BERT folder has no {WEIGHTS}", visible(folder), _AGAIN)
    picker = _Picker({_plain(name): tensor for name, tensor in weights.load(path, _AGAIN).items()}, visible(path))
    h, inner = shape.hidden, shape.inner
    found = {
        "embeddings": [
            picker.take("embeddings.word_embeddings.weight", shape.vocabulary, h),
            picker.take("embeddings.position_embeddings.weight", shape.positions, h),
            picker.take("embeddings.token_type_embeddings.weight", shape.types, h),
            *picker.norm("embeddings.LayerNorm", h),
        ]
    }
    for i in range(shape.layers):
        base = f"encoder.layer.{i}."
        projections = [picker.dense(f"{base}attention.self.{part}", h, h) for part in ("query", "key", "value")]
        found[f"block_{i}"] = [
            np.concatenate([kernel for kernel, _ in projections], axis=1),
            np.concatenate([bias for _, bias in projections]),
            *picker.dense(f"{base}attention.output.dense", h, h),
            *picker.norm(f"{base}attention.output.LayerNorm", h),
            *picker.dense(f"{base}intermediate.dense", h, inner),
            *picker.dense(f"{base}output.dense", inner, h),
            *picker.norm(f"{base}output.LayerNorm", h),
        ]
    picker.refuse(f"encoder.layer.{shape.layers}.", f"config.json says {shape.layers} layers")
    return found


def assign(model: Any, tensors: dict[str, list[Any]]) -> None:
    """Load the arrays of `read_tensors` into the layers of a model built from the same shape."""
    for name, values in tensors.items():
        for weight, value in zip(model.get_layer(name).weights, values, strict=True):
            weight.assign(value)


class _Picker:
    def __init__(self, tensors: Tensors, where: str) -> None:
        self._tensors, self._where = tensors, where

    def take(self, name: str, *shape: int) -> Any:
        if name not in self._tensors:
            raise IntegrityError(f"the weights lack {name} of shape {shape}", self._where, _AGAIN)
        tensor = self._tensors[name]
        if tensor.shape != shape:
            raise IntegrityError(f"{name} has shape {tensor.shape}, config.json requires {shape}", self._where, _AGAIN)
        return tensor.astype(np.float32)

    def refuse(self, prefix: str, because: str) -> None:
        """Raise if a tensor name starts with the prefix; ignoring it would change the network."""
        if extra := next((name for name in self._tensors if name.startswith(prefix)), None):
            raise IntegrityError(f"the weights contain {visible(extra)}, but {because}", self._where, _AGAIN)

    def dense(self, name: str, rows: int, columns: int) -> tuple[Any, Any]:
        """Kernel `[rows, columns]` and bias; published kernels are transposed."""
        return self.take(f"{name}.weight", columns, rows).T, self.take(f"{name}.bias", columns)

    def norm(self, name: str, width: int) -> tuple[Any, Any]:
        return self.take(f"{name}.weight", width), self.take(f"{name}.bias", width)


def _plain(name: str) -> str:
    for old, new in _OLD_NAMES.items():
        if name.endswith(old):
            name = name.removesuffix(old) + new
    return name.removeprefix("bert.")
