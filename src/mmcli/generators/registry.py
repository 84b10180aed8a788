"""The generator families: one line each."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import fields

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.core.options import Options
from mmcli.core.values import flag_of
from mmcli.generators.base import Family, Target
from mmcli.generators.options import GeneratorConfig

AUTO = "auto"
# Name -> address of its object; the first one that supports a target and has all options that were given is its `auto`.
FAMILIES = {
    "sequence": "mmcli.generators.sequence:FAMILY",
    "gan": "mmcli.generators.gan:FAMILY",
}


def register(name: str, address: str) -> None:
    """Add a family, `address` in the form `module:object`."""
    FAMILIES[name] = address


def family(name: str) -> Family:
    """The family named in an artifact.

    Raises:
        IntegrityError: The name is unknown.
    """
    if name not in FAMILIES:
        raise IntegrityError(f"unknown generator family {visible(name, 40)}", "", "use the version of mmcli that made it, or train again")
    module, attribute = FAMILIES[name].split(":")
    found: Family = getattr(importlib.import_module(module), attribute)
    return found


def family_configs() -> Sequence[type[GeneratorConfig]]:
    """Option classes of all families."""
    return [family(name).options for name in FAMILIES]


def builders() -> Mapping[str, str]:
    """Builders of the families' own networks, see `networks_io`."""
    return {name: address for known in map(family, FAMILIES) for name, address in known.builders.items()}


def choose(name: str, target: Target, config: Options) -> Family:
    """The requested family, or with `auto` the first that supports the target and the options.

    Args:
        name: Its name, or `auto`.
        target: The field to generate.
        config: Options; those that only other families have must have their default values.

    Raises:
        UsageError: There is no such family, or it does not support the target or an option.
    """
    fitting = [known for known in map(family, FAMILIES) if known.serves(target)]
    names = ", ".join(known.name for known in fitting)
    what = f"{visible(target.name)} ({target.modality})"
    if not fitting:
        raise UsageError(f"no generator family supports {what}", "--target", "choose another field")
    if name == AUTO:
        chosen = next((known for known in fitting if not _foreign(config, known)), fitting[0])
        _refuse_foreign(config, chosen)
        return chosen
    if name not in FAMILIES:
        raise UsageError(f"unknown family {visible(name, 40)}", "--family", f"families that support {what}: {names}")
    chosen = family(name)
    if not chosen.serves(target):
        raise UsageError(f"the family {name} does not support {what}", "--family", f"families that do: {names}")
    _refuse_foreign(config, chosen)
    return chosen


def _foreign(config: Options, chosen: Family) -> list[str]:
    """Options that have another value than their default, and that only other families have."""
    theirs = {entry.name: entry.default for owner in family_configs() for entry in fields(owner)}
    own = {entry.name for entry in fields(chosen.options)}
    return [name for name, default in theirs.items() if name not in own and getattr(config, name, default) != default]


def _refuse_foreign(config: Options, chosen: Family) -> None:
    for name in _foreign(config, chosen):
        flag = flag_of(name)
        raise UsageError(f"{flag} has no effect on generators of the family {chosen.name}", flag, "omit it, or choose another --family")
