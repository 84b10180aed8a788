"""Find the data set that an artifact was made from."""

from __future__ import annotations

from pathlib import Path

from mmcli.artifacts import store
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, MmcliError

_NAMES = {"gan": "GAN"}


def dataset_of(artifact: Artifact, folder: Path | None = None) -> Artifact:
    """Open the data set that an artifact was made from, identified by its id.

    Args:
        artifact: An artifact with a data set among its inputs.
        folder: Folder of the data set; `None` for the path recorded in the artifact.

    Raises:
        InputError: The artifact records no data set and no folder is given, or it cannot be read.
        IntegrityError: The folder holds a different data set.
    """
    owner = f"the {_NAMES.get(artifact.manifest.kind, artifact.manifest.kind)}"
    ref = next((ref for ref in artifact.manifest.inputs if ref.kind == "dataset"), None)
    if folder is None and ref is None:
        raise InputError(f"{owner} does not record its data set", visible(artifact.path), "give it with --dataset")
    place = folder if folder is not None else artifact.path.absolute().parent / (ref.path if ref else "")
    try:
        found = store.open_artifact(place, "dataset", verify=False)
    except MmcliError as error:
        raise InputError(f"the data set of {owner} cannot be read: {error.what}", visible(place), "give it with --dataset") from None
    if ref is not None and found.id != ref.id:
        fix = "give the data set that it was made from with --dataset, or rerun its stage"
        raise IntegrityError(f"this is not the data set of {owner}", visible(place), fix)
    return found
