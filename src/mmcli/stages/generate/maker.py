"""Run a generator's networks: from a plan to rows of the target field."""

from __future__ import annotations

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
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan

if TYPE_CHECKING:
    from mmcli.conditioning.conditioner import Conditioner
    from mmcli.generators.base import Sampler

    # The conditioner, and a sampler per temperature and truncation.
    Loaded = tuple[Conditioner, dict[tuple[float, float | None], Sampler]]

Array = npt.NDArray[Any]
_MOST_KEPT = 16_384  # maximum number of conditions to compute in advance


class Maker:
    """Generates items; each depends only on its seed and its condition.

    Args:
        source: A `gan` artifact.
        family: Its family.
        target: Its target field.
        codec: Codec of the target.
        conditions: Conditions to generate from.
        config: Options.
        ui: Shows that TensorFlow is being loaded.
        loaded: Networks that an earlier maker of the same artifact has loaded.
    """

    def __init__(
        self,
        source: Artifact,
        family: Family,
        target: Target,
        codec: Codec,
        conditions: Conditions,
        config: GenerateConfig,
        ui: Ui,
        loaded: Loaded | None = None,
    ) -> None:
        runtime.start(ui, config.seed)
        from mmcli.conditioning import conditioner

        self.folder, self.family, self.target, self.codec, self._conditions = source.path, family, target.name, codec, conditions
        self.loaded = loaded or (conditioner.load(source.path), {})
        self.conditioner, samplers = self.loaded
        key = (config.temperature, config.truncation)
        if key not in samplers:
            samplers[key] = family.sampler(source.path, target, codec, temperature=config.temperature, truncation=config.truncation)
        self.sampler = samplers[key]
        self._check(conditions)
        self._kept = self._flat(np.arange(len(conditions))) if len(conditions) <= _MOST_KEPT else None

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
        condition, seeds = self.condition(plan.numbers[:, 0]), plan.seeds[:, 0]
        if not plan.fraction.any():
            return self.codec.from_network(self.sampler.sample(condition, seeds))
        condition = self.sampler.between(condition, self.condition(plan.numbers[:, 1]), plan.fraction)
        noise = self.sampler.between(self.sampler.noise(seeds), self.sampler.noise(plan.seeds[:, 1]), plan.fraction)
        return self.codec.from_network(self.sampler.items(noise, condition))

    def condition(self, numbers: Array) -> Array:
        """Condition vectors `[n, D]` float32 by condition number."""
        if self._kept is not None:
            return np.asarray(self._kept[numbers])
        distinct, places = np.unique(numbers, return_inverse=True)
        return np.asarray(self._flat(distinct)[places])

    def own_condition(self, name: str, items: Array) -> Array:
        """Condition `[n, D]` float32 of items of one field, in network form; zeros if the conditioner does not read that field."""
        mask = np.zeros((len(items), len(self.conditioner.fields)), dtype=np.float32)
        if self.conditioner.reads(name):
            mask[:, self.conditioner.fields.index(name)] = 1.0
        return self._joined({name: items}, mask)

    def _flat(self, numbers: Array) -> Array:
        mask = np.zeros((len(numbers), len(self.conditioner.fields)), dtype=np.float32)
        rows = {}
        for name, field in self._conditions.fields.items():
            mask[:, self.conditioner.fields.index(name)] = field.present[numbers]
            rows[name] = field.network(numbers)
        return self._joined(rows, mask)

    def _joined(self, rows: dict[str, Array], mask: Array) -> Array:
        return self.conditioner.condition(rows, mask).rows().astype(np.float32)
