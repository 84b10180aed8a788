"""The modalities: one line each."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities.modality import Address, Modality, resolve

# In the order in which they are listed and contents are sniffed.
_ADDRESSES = (
    "mmcli.modalities.text:MODALITY",
    "mmcli.modalities.image:MODALITY",
    "mmcli.modalities.audio:MODALITY",
)
_added: list[Modality] = []


@functools.cache
def modalities() -> tuple[Modality, ...]:
    """All modalities."""
    return (*map(resolve, _ADDRESSES), *_added)


def find(name: str) -> Modality:
    """Look up the modality named by a manifest or codec.

    Raises:
        IntegrityError: There is no such modality.
    """
    found = next((modality for modality in modalities() if modality.name == name), None)
    if found is None:
        known = ", ".join(modality.name for modality in modalities())
        raise IntegrityError(f"unknown modality {visible(name, 40)}", "", f"known: {known}; use the version of mmcli that made it")
    return found


@functools.cache
def _by_suffix() -> dict[str, str]:
    return {suffix: modality.name for modality in modalities() for suffix in modality.suffixes}


def of_suffix(suffix: str) -> str | None:
    """Name of the modality of a lower-case extension, if any."""
    return _by_suffix().get(suffix)


@functools.cache
def _by_word() -> dict[str, str]:
    return {word: modality.name for modality in modalities() for word in (modality.name, modality.noun, modality.plural, *modality.words)}


def named_so(word: str) -> str | None:
    """Name of the modality whose files and folders people name by this lower-case word, if any."""
    return _by_word().get(word)


def of_content(data: bytes) -> str | None:
    """Name of the modality of a file by its first bytes, if any."""
    return next((modality.name for modality in modalities() if modality.begins(data)), None)


@functools.cache
def inline() -> str:
    """Name of the modality whose items are strings in tables."""
    return next(modality.name for modality in modalities() if modality.inline)


def nouns(joined: str = "or", *, plural: bool = False) -> str:
    """Nouns of all modalities, such as `text, image or sound`."""
    *first, last = [modality.plural if plural else modality.noun for modality in modalities()]
    return f"{', '.join(first)} {joined} {last}"


def some_suffixes() -> str:
    """Example file extensions: the first two of each modality."""
    return ", ".join(suffix for modality in modalities() for suffix in modality.suffixes[:2])


@functools.cache
def builders() -> dict[str, Address]:
    """Builders of the modalities' networks by name."""
    return {name: address for modality in modalities() for name, address in modality.builders.items()}


def register(modality: Modality) -> None:
    """Add a modality.

    Raises:
        ValueError: The name is taken, or a builder's name does not start with it.
    """
    if any(known.name == modality.name for known in modalities()):
        raise ValueError(f"the modality {modality.name} already exists")
    wrong = [name for name in modality.builders if not name.startswith(f"{modality.name}.")]
    if wrong:
        raise ValueError(f"the builder {wrong[0]} of the modality {modality.name} must be named {modality.name}.*")
    _added.append(modality)
    _forget()


@contextmanager
def registered(modality: Modality) -> Iterator[Modality]:
    """Register a modality temporarily."""
    register(modality)
    try:
        yield modality
    finally:
        _added.remove(modality)
        _forget()


def _forget() -> None:
    for cached in (modalities, _by_suffix, _by_word, inline, builders):
        cached.cache_clear()
