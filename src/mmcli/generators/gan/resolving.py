"""Resolve a GAN's options for a target, its data and the machine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.generators.base import ConfigT, Counts, Target, refuse_options
from mmcli.generators.gan.options import GanConfig
from mmcli.modalities import registry
from mmcli.modalities.recipe import BySize, GanRecipe, LargeFigures
from mmcli.nn import runtime

# Options that apply to some targets only, with the values other than the default that have no effect for the others.
RECURRENT, DENSE = "recurrent", "dense"  # the preset of texts, and its discriminator
_OF_PRESETS = {"preset": ("compact", RECURRENT), "depth": ()}
_OF_CHANGES = {"augment": (("none",),), "augment_p": ()}
_OF_CONTINUOUS = {
    "loss": (),
    "xla": ("off",),
    "devices": (),
    "penalty_interval": (),
    "freeze_layers": (),
    "mismatch": (),
    "condition_noise": (),
    "noise_dim": (),
    "eval_items": (0,),
}
_OF_TOKENS = {"adversarial": (), "critic": ()}
_SHORT_KIMG, _SHORT_MINUTES = 300, 10
_MOST_GAMMA = 40.0
_LAZY = 4  # steps between penalties
_UNCONDITIONAL = 0.1


def resolve(config: ConfigT, target: Target, counts: Counts) -> ConfigT:
    """See `Family.resolve`."""
    assert isinstance(config, GanConfig)
    recipe = recipe_for(target)
    _check(config, target, recipe)
    return replace(config, **fitted(recipe, config, target.shape, counts, runtime.sees_gpu()))


def recipe_for(target: Target) -> GanRecipe:
    """Recipe of a target that the family supports."""
    recipe = registry.find(target.modality).gan_recipe()
    assert recipe is not None
    return recipe


def fitted(recipe: GanRecipe, config: GanConfig, shape: list[int], counts: Counts, has_gpu: bool) -> dict[str, Any]:
    """Resolved values of the options that may be `auto`.

    Args:
        recipe: Recipe of the target's modality.
        config: Options.
        shape: Shape of one item.
        counts: Numbers of records.
        has_gpu: Whether there is a GPU.
    """
    large = _chosen_large(recipe, config, has_gpu)
    sized = _sized(recipe, config, shape, counts.train)
    figures = _enlarged(sized, large, config, shape, counts.train) if large else sized
    budgeted = config.kimg or config.minutes or config.steps
    return {
        "unconditional": _UNCONDITIONAL if config.unconditional is None else config.unconditional,
        "kimg": config.kimg if budgeted else _budget(figures, counts.train),
        "preset": large.name if large else RECURRENT if config.preset == RECURRENT else "compact",
        "critic": DENSE if config.preset == RECURRENT else config.critic,
        "depth": _depth(large, config, counts.train) if large else None,
        "penalty_interval": config.penalty_interval or (1 if large and has_gpu else _LAZY),
        "augment": _changes(recipe, shape, counts.train) if config.augment == ("auto",) else config.augment,
        "batch_size": config.batch_size or figures.batch_size,
        "learning_rate": config.learning_rate or figures.learning_rate,
        "gamma": gamma_for(figures, counts.with_target) if config.gamma is None else config.gamma,
        "width": config.width or figures.width,
    }


def gamma_for(recipe: GanRecipe, num_records: int) -> float:
    """Weight of the penalties, in inverse proportion to the number of records, up to 40 times.

    Measured on 1,384 digits of 16 x 16: with the weight for 60,000 images the generator collapses to one
    image per class (a quarter of the real standard deviation after 50 s); with 40 times the weight it
    reaches three quarters after 24 s.
    """
    return recipe.gamma * min(max(recipe.gamma_records / max(1, num_records), 1.0), _MOST_GAMMA)


def _check(config: GanConfig, target: Target, recipe: GanRecipe) -> None:
    continuous = target.form == "continuous"
    if continuous and config.preset == RECURRENT:
        what = f"--preset {RECURRENT} is for texts; {visible(target.name)} is {target.modality}"
        raise UsageError(what, "--preset", "omit it, or choose another --target")
    if recipe.large is None:
        refuse_options(config, _OF_PRESETS, target, ", ".join(_those(lambda recipe: recipe.large is not None)))
    if not recipe.changes:
        refuse_options(config, _OF_CHANGES, target, ", ".join(_those(lambda recipe: recipe.changes)))
    refuse_options(config, _OF_TOKENS if continuous else _OF_CONTINUOUS, target, "rows of tokens" if continuous else "continuous items")
    if recipe.by_size is not None:
        _check_sides(recipe.by_size, target)


def _those(has: Callable[[GanRecipe], bool]) -> list[str]:
    """Modalities whose recipe satisfies a condition."""
    found = {modality.name: modality.gan_recipe() for modality in registry.modalities()}
    return [name for name, recipe in found.items() if recipe is not None and has(recipe)]


def _check_sides(sizes: BySize, target: Target) -> None:
    least, most = sizes.sides
    height, width = target.shape[:2]
    if not (least <= min(height, width) and max(height, width) <= most):
        what = f"{target.modality} items of {width} x {height} cannot be generated"
        raise UsageError(what, f"--target {visible(target.name)}", f"rerun preprocess with --{target.modality}-size from {least} to {most}")


def _chosen_large(recipe: GanRecipe, config: GanConfig, has_gpu: bool) -> LargeFigures | None:
    large = recipe.large
    wanted = has_gpu if config.preset == "auto" else large is not None and config.preset == large.name
    return large if wanted else None


def _budget(figures: GanRecipe, num_records: int) -> float:
    return min(max(figures.epochs * num_records / 1000, figures.min_kimg), figures.max_kimg)


def _changes(recipe: GanRecipe, shape: list[int], num_records: int) -> tuple[str, ...]:
    """Small data sets of colour images are augmented; for drawings on flat backgrounds the augmentation would leak."""
    return ("translation", "colour") if recipe.changes and shape[2] >= 3 and num_records < recipe.many else ("none",)


def _sized(recipe: GanRecipe, config: GanConfig, shape: list[int], num_records: int) -> GanRecipe:
    wide = 0 < recipe.many <= num_records and (config.kimg or 0) >= 10 * _SHORT_KIMG
    recipe = replace(recipe, width=recipe.width * (2 if wide else 1))
    if recipe.by_size is None:
        return recipe
    side = math.sqrt(shape[0] * shape[1])
    larger = max(1.0, shape[0] * shape[1] / recipe.by_size.pixels)
    return replace(
        recipe,
        batch_size=next((batch for most, batch in recipe.by_size.batches if side <= most), recipe.batch_size),
        gamma=recipe.gamma * larger,
        max_kimg=max(recipe.min_kimg, recipe.max_kimg / math.sqrt(larger)),
    )


def _enlarged(sized: GanRecipe, large: LargeFigures, config: GanConfig, shape: list[int], num_records: int) -> GanRecipe:
    width = large.widths[num_records >= sized.many and not _is_short(config)]
    return replace(
        sized,
        learning_rate=large.learning_rate,
        gamma=_interpolated(large.gamma_at, math.sqrt(shape[0] * shape[1])),
        gamma_records=0,  # independent of the number of records: small data sets are augmented instead
        width=width if max(shape[:2]) <= large.widest_side else width // 2,
    )


def _depth(large: LargeFigures, config: GanConfig, num_records: int) -> int:
    return config.depth or (2 if num_records >= large.few and not _is_short(config) else 1)


def _is_short(config: GanConfig) -> bool:
    return 0 < (config.kimg or 0) < _SHORT_KIMG or 0 < (config.minutes or 0) < _SHORT_MINUTES


def _interpolated(points: tuple[tuple[int, float], ...], side: float) -> float:
    """Gamma for a side length, by log-linear interpolation of the published values."""
    sides, gammas = np.log(np.array(points)).T
    return float(np.exp(np.interp(math.log(side), sides, gammas)))
