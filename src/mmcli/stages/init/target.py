"""The field that a project generates: the one that people mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.modalities import registry

# What data sets call the field that models are to give.
_MEANT = frozenset({"answer", "answers", "reply", "response", "target", "summary", "translation", "output", "completion"})
_PARTS = re.compile(r"[^\W_]+")


def choose(fields: Mapping[str, str], target: str = "") -> tuple[str, str]:
    """The field to generate, and why it.

    Args:
        fields: Field name to modality, in the order of the folder.
        target: The field that the user wants, if any.

    Raises:
        UsageError: There is no such field.
    """
    if target:
        if target not in fields:
            raise UsageError(f"no field {visible(target)}", "--target", f"use one of: {', '.join(map(visible, fields))}")
        return target, "as asked"
    if len(fields) == 1:
        return next(iter(fields)), "the only field"
    named = [name for name in fields if _is_meant(name)]
    if named:
        return named[-1], "its name says so"
    ranked = sorted(fields, key=lambda name: registry.find(fields[name]).target_rank)
    modality = registry.find(fields[ranked[0]])
    same = [name for name in ranked if fields[name] == modality.name]
    if modality.inline:
        return same[-1], f"the last field of {modality.plural}"
    return same[0], f"the {'only' if len(same) == 1 else 'first'} field of {modality.plural}"


def _is_meant(name: str) -> bool:
    """Whether the name, or the last word of it, as in `model_answer`, is one of those."""
    parts = _PARTS.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    return bool(parts) and parts[-1] in _MEANT
