"""The families of generators: one line each."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.generators.base import Family, Target
from mmcli.generators.options import GeneratorConfig

AUTO = "auto"
# Name -> where its object is; the first one that serves a target is its `auto`.
FAMILIES = {
    "gan": "mmcli.generators.gan:FAMILY",
}


def register(name: str, address: str) -> None:
    """Add a family, `address` in the form `module:object`."""
    FAMILIES[name] = address


def family(name: str) -> Family:
    """The family that an artifact names.

    Raises:
        IntegrityError: There is none of this name.
    """
    if name not in FAMILIES:
        raise IntegrityError(f"there is no family of generators {visible(name, 40)}", "", "use the mmcli that made it, or train again")
    module, attribute = FAMILIES[name].split(":")
    found: Family = getattr(importlib.import_module(module), attribute)
    return found


def family_configs() -> Sequence[type[GeneratorConfig]]:
    """Classes of the options of all families."""
    return [family(name).options for name in FAMILIES]


def builders() -> Mapping[str, str]:
    """Builders of the families' own networks, see `networks_io`."""
    return {name: address for known in map(family, FAMILIES) for name, address in known.builders.items()}


def choose(name: str, target: Target) -> Family:
    """The family that is asked for, or with `auto` the first that serves the target.

    Raises:
        UsageError: There is no such family, or it does not serve the target.
    """
    fitting = [known for known in map(family, FAMILIES) if known.serves(target)]
    names = ", ".join(known.name for known in fitting)
    what = f"{visible(target.name)} ({target.modality})"
    if not fitting:
        raise UsageError(f"no family of generators makes {what}", "--target", "choose another field")
    if name == AUTO:
        return fitting[0]
    if name not in FAMILIES:
        raise UsageError(f"there is no family {visible(name, 40)}", "--family", f"those that make {what}: {names}")
    chosen = family(name)
    if not chosen.serves(target):
        raise UsageError(f"the family {name} does not make {what}", "--family", f"those that do: {names}")
    return chosen
