"""Options of `doctor`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import Options, option


@dataclass(frozen=True)
class DoctorConfig(Options):
    """Options of ``doctor``."""

    fast: bool = option(False, "Skip the check that loads TensorFlow.")
