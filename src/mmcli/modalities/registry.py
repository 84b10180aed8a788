"""The modalities: one line each."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities.modality import Address, Modality, resolve

# In the order in which they are listed and in which contents are looked at.
_ADDRESSES = (
    "mmcli.modalities.text:MODALITY",
    "mmcli.modalities.image:MODALITY",
    "mmcli.modalities.audio:MODALITY",
)
_added: list[Modality] = []


@functools.cache
def modalities() -> tuple[Modality, ...]:
    """All of them."""
    return (*map(resolve, _ADDRESSES), *_added)


def find(name: str) -> Modality:
    """The modality that a manifest or a codec names.

    Raises:
        IntegrityError: There is none of this name.
    """
    found = next((modality for modality in modalities() if modality.name == name), None)
    if found is None:
        known = ", ".join(modality.name for modality in modalities())
        raise IntegrityError(f"there is no modality {visible(name, 40)}", "", f"known: {known}; use the mmcli that made it")
    return found


@functools.cache
def _by_suffix() -> dict[str, str]:
    return {suffix: modality.name for modality in modalities() for suffix in modality.suffixes}


def of_suffix(suffix: str) -> str | None:
    """Name of the modality that a lower-case extension speaks of, if any."""
    return _by_suffix().get(suffix)


def of_content(data: bytes) -> str | None:
    """Name of the modality that the first bytes of a file speak of, if any."""
    return next((modality.name for modality in modalities() if modality.begins(data)), None)


@functools.cache
def inline() -> str:
    """Name of the modality whose items stand in tables as strings."""
    return next(modality.name for modality in modalities() if modality.inline)


def nouns(joined: str = "or", *, plural: bool = False) -> str:
    """All of them in words, such as `text, image or sound`."""
    *first, last = [modality.plural if plural else modality.noun for modality in modalities()]
    return f"{', '.join(first)} {joined} {last}"


def some_suffixes() -> str:
    """An example of file extensions: the first two of each."""
    return ", ".join(suffix for modality in modalities() for suffix in modality.suffixes[:2])


@functools.cache
def builders() -> dict[str, Address]:
    """Builders of the modalities' networks by name."""
    return {name: address for modality in modalities() for name, address in modality.builders.items()}


def register(modality: Modality) -> None:
    """Add a modality.

    Raises:
        ValueError: There is one of this name, or a builder's name does not begin with it.
    """
    if any(known.name == modality.name for known in modalities()):
        raise ValueError(f"there is a modality {modality.name} already")
    wrong = [name for name in modality.builders if not name.startswith(f"{modality.name}.")]
    if wrong:
        raise ValueError(f"the builder {wrong[0]} of the modality {modality.name} is called otherwise")
    _added.append(modality)
    _forget()


@contextmanager
def registered(modality: Modality) -> Iterator[Modality]:
    """Know a modality for a while."""
    register(modality)
    try:
        yield modality
    finally:
        _added.remove(modality)
        _forget()


def _forget() -> None:
    for cached in (modalities, _by_suffix, inline, builders):
        cached.cache_clear()
