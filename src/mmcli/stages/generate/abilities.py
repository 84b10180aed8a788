"""Options of `generate` that a family may lack for a target: refuse them, or resolve them."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.values import flag_of
from mmcli.generators.base import ABILITIES, Decoding, Family, Target
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.plan import Plan

BEAM = 4


def decoding_of(config: GenerateConfig, family: Family, target: Target, plan: Plan, conditions: Conditions) -> Decoding:
    """How items are chosen: searched where each has a condition of its own and nothing asks for chance, otherwise drawn."""
    beam = config.beam
    if "beam" not in family.abilities(target):
        beam = 0
    elif beam is None:
        plain = (config.temperature, config.top_k, config.top_p) == (1.0, 0, 1.0)
        repeats = len(np.unique(plan.numbers[:, 0])) < len(plan)
        beam = BEAM if conditions.fields and plain and not repeats else 0
    return Decoding(config.temperature, config.truncation, config.top_k, config.top_p, beam, config.length_penalty, config.no_repeat)


def check(config: GenerateConfig, family: Family, target: Target) -> None:
    """Check the options against the abilities of the family.

    Raises:
        UsageError: It does not support an option for this target.
    """
    given, plain = vars(config), {entry.name: entry.default for entry in fields(config)}
    able = family.abilities(target)
    for ability, names in ABILITIES.items():
        for name in names:
            if ability not in able and given[name] != plain[name]:
                others = ", ".join(flag_of(other) for known in sorted(able) for other in ABILITIES[known])
                fix = f"omit it{f'; this generator supports {others}' if others else ''}"
                raise UsageError(f"{visible(target.name)} {family.lacks(target, ability)}", flag_of(name), fix)
