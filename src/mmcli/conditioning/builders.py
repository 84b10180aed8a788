"""Builders of the networks of this package."""

from __future__ import annotations

from collections.abc import Mapping


def builders() -> Mapping[str, str]:
    """Name to address; see `networks_io`."""
    return {"fusion": "mmcli.conditioning.fusion:fusion"}
