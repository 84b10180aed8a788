"""`import`: convert a known data set to a raw folder."""

from __future__ import annotations

from collections.abc import Sequence

from mmcli.data.datasets import importer_names
from mmcli.pipeline.stage import Call, Input, Stage, quoted

_NAMES = ", ".join(importer_names()[:-1])
_HELP = (
    f"Convert a known data set from its publisher's files to a raw folder: {_NAMES}; pair joins two raw folders by label. "
    "Nothing is downloaded; archives are read without unpacking."
)


def _next(call: Call, fields: Sequence[str]) -> str:
    return quoted("mmcli", "preprocess", call.folder, "-o", call.folder.parent / "1-dataset")


STAGE = Stage(
    name="import",
    help=_HELP,
    examples=(
        "mmcli import fsdd free-spoken-digit-dataset -o raw/fsdd",
        "mmcli import pair raw/mnist raw/fsdd --on label -o raw/digits",
    ),
    run="mmcli.stages.import_data.stage:import_data",
    options="mmcli.data.datasets.options:ImportConfig",
    inputs=(
        Input("NAME", "Name of the data set, or pair.", word=True),
        Input("SOURCE", "The publisher's folder or archive; for pair, a raw folder."),
        Input("SECOND", "For pair, the second raw folder.", optional=True),
    ),
    kind="raw",
    title="Raw folder",
    writes="artifact",
    log=False,
    libraries=("numpy", "pillow", "soundfile"),
    next=_next,
)
