"""Run a generator's networks: from a plan to rows of the target field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.ui import Ui
from mmcli.generators.base import Family, Target
from mmcli.modalities.base import Codec
from mmcli.nn import runtime
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.plan import Plan

if TYPE_CHECKING:
    from mmcli.conditioning.conditioner import Conditioner
    from mmcli.generators.base import Decoding, Sampler

    # The conditioner, and a sampler per way to choose.
    Loaded = tuple[Conditioner, dict[Decoding, Sampler]]

Array = npt.NDArray[Any]
_DIGITS = 5  # of scores
_MOST_KEPT = 16_384  # maximum number of conditions to compute in advance


class Maker:
    """Generates items; each depends only on its seed and its condition.

    Args:
        source: A `gan` artifact.
        family: Its family.
        target: Its target field.
        codecs: Codecs of the target and of the given fields.
        conditions: Conditions to generate from.
        how: How items are chosen.
        seed: Seed of the run.
        ui: Shows that TensorFlow is being loaded.
        loaded: Networks that an earlier maker of the same artifact has loaded.
    """

    def __init__(
        self,
        source: Artifact,
        family: Family,
        target: Target,
        codecs: Mapping[str, Codec],
        conditions: Conditions,
        how: Decoding,
        seed: int,
        ui: Ui,
        loaded: Loaded | None = None,
    ) -> None:
        runtime.start(ui, seed)
        from mmcli.conditioning import conditioner

        self.folder, self.family, self.target, self.codec, self._conditions = (
            source.path,
            family,
            target.name,
            codecs[target.name],
            conditions,
        )
        self.loaded = loaded or (conditioner.load(source.path), {})
        self.conditioner, samplers = self.loaded
        if how not in samplers:
            samplers[how] = family.sampler(source.path, target, codecs, how)
        self.sampler = samplers[how]
        self._check(conditions)
        keep = len(conditions) <= _MOST_KEPT and self.sampler.condition_dim > 0
        self._kept = self._flat(np.arange(len(conditions))) if keep else None

    def _check(self, conditions: Conditions) -> None:
        """Check that the conditioner makes conditions for the generator from the given fields."""
        unread = [name for name in conditions.fields if not self.conditioner.reads(name)]
        width = (self.conditioner.num_tokens + 1) * self.conditioner.dim
        if unread:
            what = f"the generator's conditions cannot be made from {visible(unread[0])}"
        elif self.sampler.condition_dim != width:
            what = f"the generator takes conditions of width {self.sampler.condition_dim}, but they have {width}"
        else:
            return
        raise IntegrityError(what, visible(self.folder), "train again")

    def rows(self, plan: Plan) -> Array:
        """Rows of the target `[n, ...]`."""
        return self.scored(plan)[0]

    def scored(self, plan: Plan) -> tuple[Array, list[dict[str, float]]]:
        """Rows of the target `[n, ...]`, and the scores of each by name."""
        condition, seeds = self.condition(plan.numbers[:, 0]), plan.seeds[:, 0]
        if not plan.fraction.any():
            items, scores = self.sampler.scored(condition, seeds)
            return self.codec.from_network(items), _per_item(scores, len(plan))
        condition = self.sampler.between(condition, self.condition(plan.numbers[:, 1]), plan.fraction)
        noise = self.sampler.between(self.sampler.noise(seeds), self.sampler.noise(plan.seeds[:, 1]), plan.fraction)
        return self.codec.from_network(self.sampler.items(noise, condition)), [{}] * len(plan)

    def condition(self, numbers: Array) -> Any:
        """Conditions by their numbers: vectors `[n, D]` float32, or items."""
        if self._kept is not None:
            return self._kept[numbers]
        distinct, places = np.unique(numbers, return_inverse=True)
        return self._flat(distinct)[places]

    def own_condition(self, name: str, items: Array) -> Array:
        """Condition `[n, D]` float32 of items of one field, in network form; zeros if the conditioner does not read that field."""
        mask = np.zeros((len(items), len(self.conditioner.fields)), dtype=np.float32)
        if self.conditioner.reads(name):
            mask[:, self.conditioner.fields.index(name)] = 1.0
        found: Array = self._joined({name: items}, mask)
        return found

    def _flat(self, numbers: Array) -> Any:
        mask = np.zeros((len(numbers), len(self.conditioner.fields)), dtype=np.float32)
        rows = {}
        for name, field in self._conditions.fields.items():
            mask[:, self.conditioner.fields.index(name)] = field.present[numbers]
            rows[name] = field.network(numbers)
        return self._joined(rows, mask)

    def _joined(self, rows: dict[str, Array], mask: Array) -> Any:
        return self.conditioner.condition(rows, mask).for_sampler()


def _per_item(scores: Mapping[str, Array], count: int) -> list[dict[str, float]]:
    """Scores of each item by name, without those that it lacks."""
    return [{name: round(float(values[i]), _DIGITS) for name, values in scores.items() if np.isfinite(values[i])} for i in range(count)]
