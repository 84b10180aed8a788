"""`doctor`: whether this machine can run mmcli."""

from __future__ import annotations

from mmcli.pipeline.stage import Stage

STAGE = Stage(
    name="doctor",
    help=(
        "Check whether this machine is fit: packages, devices, memory and disk, and how to mend what is not. "
        "It ends with code 4 if something needed is missing."
    ),
    examples=(
        "mmcli doctor",
        "mmcli doctor --fast --json",
    ),
    run="mmcli.stages.doctor.stage:answer",
    options="mmcli.stages.doctor.options:DoctorConfig",
)
