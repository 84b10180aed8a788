"""Keep the temporary files of libraries inside the artifact that is being built."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmcli.artifacts.publish import SCRATCH
from mmcli.core.environment import environment


@contextmanager
def scratch(building: Path) -> Iterator[None]:
    """Inside the block, temporary files go to a folder in `building`, which is deleted at the end.

    What a killed run leaves there, the next run deletes: it goes with `building`, or at the start of this block.

    Raises:
        OSError: The folder cannot be made.
    """
    import tempfile  # not at the top: the command line starts without it

    place = building.absolute() / SCRATCH
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    folder, tempfile.tempdir = tempfile.tempdir, str(place)
    try:
        with environment(TMPDIR=str(place), MPLCONFIGDIR=str(place)):  # Matplotlib would write its list of fonts into the home folder
            yield
    finally:
        tempfile.tempdir = folder
        shutil.rmtree(place, ignore_errors=True)
