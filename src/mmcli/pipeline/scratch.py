"""Keep the temporary files of libraries inside the artifact that is being built."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmcli.artifacts.publish import SCRATCH

_VARIABLES = ("TMPDIR", "MPLCONFIGDIR")  # Matplotlib would write its list of fonts into the home folder


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
    before, folder = {name: os.environ.get(name) for name in _VARIABLES}, tempfile.tempdir
    os.environ.update(dict.fromkeys(_VARIABLES, str(place)))
    tempfile.tempdir = str(place)
    try:
        yield
    finally:
        tempfile.tempdir = folder
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        shutil.rmtree(place, ignore_errors=True)
