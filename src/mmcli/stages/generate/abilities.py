"""Refuse options of `generate` that a family does not support for a target."""

from __future__ import annotations

from dataclasses import fields

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.generators.base import ABILITIES, Family, Target
from mmcli.stages.generate.options import GenerateConfig


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
                others = ", ".join(f"--{other}" for known in sorted(able) for other in ABILITIES[known])
                fix = f"omit it{f'; this generator supports {others}' if others else ''}"
                raise UsageError(f"{visible(target.name)} {family.lacks(target, ability)}", f"--{name}", fix)
