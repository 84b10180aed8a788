"""The judge of a field, whatever its modality."""

from __future__ import annotations

import numpy as np

from mmcli.core.ui import Ui
from mmcli.modalities import registry
from mmcli.modalities.base import Array, Codec, TokenCodec
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network
from mmcli.training import judge
from mmcli.training.judge import Judge


def build(codec: Codec, num_classes: int) -> Network:
    """Build a new judge for a codec's items; 0 classes if there are no labels."""
    recipe = {"shape": list(codec.network_shape), "classes": num_classes}
    if isinstance(codec, TokenCodec):
        recipe["vocabulary"] = codec.vocabulary_size
    return networks_io.build(f"{codec.modality}.judge", recipe)


def train(
    codec: Codec, classes: list[str], rows: Array, labels: Array, seed: int, ui: Ui, most: int | None = None, *, realness: bool = False
) -> Judge:
    """Train a new judge of a codec's rows `[N, ...]`; see `training.judge.train` for the rest."""
    modality = registry.find(codec.modality)
    views = judge.Views(modality.judge_changed, modality.judge_corrupted if realness else None)
    inputs = codec.to_network(np.asarray(rows))
    return judge.train(build(codec, len(classes)), classes, inputs, labels, seed, ui, views, judge.MAX_STEPS if most is None else most)
