"""Declaration of options: name, type, bounds, default and help, each in one place, beside their owner.

The command line, the TOML file, ``--dry-run``, the manifest and the reference all derive from frozen
dataclasses of options. Each owner (a stage, a modality, a family of generators) declares its own; `compose`
joins those of several owners into the configuration of one stage, whose instances are then instances of
every owner's class.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from dataclasses import dataclass, field
from typing import Any, ClassVar


def option(
    default: Any,
    help: str,  # noqa: A002 - the usual word for it
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] = (),
    metavar: str = "",
    values: int = 1,
    shapes_result: bool = True,
    absent: str = "auto",
) -> Any:
    """Declare an option.

    Args:
        default: Default value.
        help: Description for `--help`.
        ge: Minimum, inclusive.
        le: Maximum, inclusive.
        choices: Allowed values of a string.
        metavar: Placeholder for the value in the help; a final `...` marks a comma-separated list.
        values: Number of values that the flag takes.
        shapes_result: Whether it can affect the result; other options (such as the number of processes) are not recorded.
        absent: How users write `None`: `auto` if mmcli chooses, otherwise `none` or `all`.
    """
    metadata: dict[str, Any] = {"help": help, "ge": ge, "le": le, "choices": choices, "metavar": metavar}
    metadata |= {"values": values, "shapes_result": shapes_result, "absent": absent}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Options:
    """Base class of all option classes."""

    panel: ClassVar[str] = ""  # heading of the owner's options in `--help`; empty for the stage itself
    per_field: ClassVar[bool] = False  # whether `preprocess --set` may override it for a single field


@dataclass(frozen=True)
class StageConfig(Options):
    """Options of every stage that writes an artifact."""

    seed: int = option(0, "Random seed.", ge=0, le=2**63 - 1)


def options_of(cls: type[Options]) -> list[dataclasses.Field[Any]]:
    """Options of a configuration, owner by owner: the stage's own first, the common ones last."""
    fields = dataclasses.fields(cls)
    owners = {f.name: owner_of(cls, f.name) for f in fields}
    panels = list(dict.fromkeys(owner.panel for owner in cls.__mro__ if issubclass(owner, Options)))

    def rank(spec: dataclasses.Field[Any]) -> int:
        owner = owners[spec.name]
        return len(panels) if owner is StageConfig else panels.index(owner.panel) if owner.panel else -1

    return sorted(fields, key=rank)


def owner_of(cls: type[Options], name: str) -> type[Options]:
    """Class that declares an option."""
    return next(owner for owner in cls.__mro__ if name in inspect.get_annotations(owner))


def as_dict(config: Options) -> dict[str, Any]:
    """The resolved options that affect the result, as JSON values; `None` as users write it."""
    found: dict[str, Any] = {}
    for spec in dataclasses.fields(config):
        value = getattr(config, spec.name)
        if spec.metadata["shapes_result"]:
            found[spec.name] = spec.metadata["absent"] if value is None else list(value) if isinstance(value, tuple) else value
    return found


def changed(before: Options, after: Options) -> dict[str, Any]:
    """Options whose value changed, with the new value."""
    new = as_dict(after)
    return {name: new[name] for name, value in as_dict(before).items() if new[name] != value}


def compose(name: str, *owners: type[Options]) -> type[Options]:
    """Combine the options and checks of several owners in one class.

    Args:
        name: Name of the class.
        owners: Classes of options, the stage's own first; it may derive from some of the others.
    """
    return _composed(name, owners)


@functools.cache
def _composed(name: str, owners: tuple[Any, ...]) -> type[Options]:
    def check(self: Options) -> None:
        for owner in type(self).__mro__[1:]:
            if "__post_init__" in owner.__dict__:
                owner.__dict__["__post_init__"](self)

    def reduce(self: Options) -> tuple[Any, ...]:
        return _rebuilt, (name, owners, {f.name: getattr(self, f.name) for f in dataclasses.fields(self)})

    body = {"__post_init__": check, "__reduce__": reduce, "__doc__": f"Options of {', '.join(owner.__name__ for owner in owners)}."}
    return dataclass(frozen=True)(type(name, owners, body))


def _rebuilt(name: str, owners: tuple[type[Options], ...], values: dict[str, Any]) -> Options:
    return compose(name, *owners)(**values)
