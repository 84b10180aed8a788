"""What the options of `train-gan` leave to the data and the modality, and what they may not ask for."""

from __future__ import annotations

from dataclasses import replace

from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.modalities import label
from mmcli.modalities.recipe import recipe_of
from mmcli.nn import runtime
from mmcli.stages.train_gan.options import TrainGanConfig

NONE = "none"
_IMAGE_ONLY = {"preset": ("auto", "compact"), "augment": (("auto",), ("none",))}
_LEAST_SIDE, _MOST_SIDE = 8, 512


def resolve(config: TrainGanConfig, data: Artifact, space: Artifact) -> TrainGanConfig:
    """Check the fields and fill in what the options leave to the data and the modality.

    Raises:
        UsageError: Unknown target or given field, or an option that the target's modality does not have.
    """
    fields = list(data.manifest.fields)
    if config.target not in fields:
        said = f"there is no field {visible(config.target)}" if config.target else "no field to generate was named"
        raise UsageError(said, "--target", f"use one of: {', '.join(fields)}")
    config = replace(config, given=_given(config, list(space.manifest.fields)))
    about = data.manifest.fields[config.target]
    modality, shape = str(about["modality"]), [int(n) for n in about["shape"]]
    _check_options(config, modality, shape)
    counts = data.manifest.counts
    numbers = (int(counts.get("train", 0)), int(counts["present"][config.target]))
    return recipe_of(modality).for_data(config, shape, numbers, runtime.sees_gpu())


def given_fields(config: TrainGanConfig) -> tuple[str, ...]:
    """Names of the given fields, none of them for no condition."""
    return () if config.given == (NONE,) else config.given


def on_labels(config: TrainGanConfig) -> bool:
    """Whether the records' labels are the condition."""
    return config.given == (label.FIELD,)


def _given(config: TrainGanConfig, known: list[str]) -> tuple[str, ...]:
    """Names of the given fields; `none` alone stands for no condition, `label` alone for the records' labels."""
    others = [name for name in known if name != config.target]
    if config.given in ((NONE,), (label.FIELD,)) and config.given[0] not in known:
        return config.given
    for name in config.given:
        if name not in others:
            reason = "is the target itself" if name == config.target else "is not in the fused artifact"
            hint = f"use {NONE}, {label.FIELD}, or some of: {', '.join(others)}"
            raise UsageError(f"the given field {visible(name)} {reason}", "--given", hint)
    return config.given or tuple(others)


def _check_options(config: TrainGanConfig, modality: str, shape: list[int]) -> None:
    if modality != "image":
        for name, plain in _IMAGE_ONLY.items():
            value = getattr(config, name)
            if value not in plain:
                what = (
                    f"{name} {visible(value if isinstance(value, str) else ','.join(value))} is for pictures; {config.target} is {modality}"
                )
                raise UsageError(what, f"--{name}", "leave it out, or choose another --target")
        if modality == "text" and config.devices > 1:
            raise UsageError("texts are trained on one device", "--devices", "leave it out")
        if modality == "text" and config.xla == "on":
            raise UsageError("texts are trained without XLA", "--xla", "leave it out")
        if modality == "text" and config.loss != "pairing":
            raise UsageError("texts are trained with the pairing loss only", "--loss", "leave it out")
    elif not (min(shape[:2]) >= _LEAST_SIDE and max(shape[:2]) <= _MOST_SIDE):
        what = f"pictures of {shape[1]} x {shape[0]} pixels cannot be generated"
        raise UsageError(what, f"--target {visible(config.target)}", f"preprocess with --image-size from {_LEAST_SIDE} to {_MOST_SIDE}")
