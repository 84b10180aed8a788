"""`doctor`: check whether this machine can run mmcli."""

from __future__ import annotations

from mmcli.pipeline.stage import Stage

STAGE = Stage(
    name="doctor",
    help=(
        "Check whether this machine can run mmcli: packages, devices, memory and disk, with a fix for each problem. "
        "Exits with code 4 if a requirement is missing."
    ),
    examples=(
        "mmcli doctor",
        "mmcli doctor --fast --json",
    ),
    run="mmcli.stages.doctor.stage:answer",
    options="mmcli.stages.doctor.options:DoctorConfig",
)
