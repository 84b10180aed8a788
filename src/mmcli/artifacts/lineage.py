"""Find the data set that an artifact was made from."""

from __future__ import annotations

from pathlib import Path

from mmcli.artifacts import store
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, MmcliError

_NAMES = {"gan": "GAN"}


def dataset_of(artifact: Artifact, folder: Path | None = None) -> Artifact:
    """The data set that an artifact was made from, known by its id.

    Args:
        artifact: One that names a data set among its inputs.
        folder: Where the data set lies; `None` for where the artifact says.

    Raises:
        InputError: The artifact names none and no folder is given, or it cannot be read.
        IntegrityError: The folder holds another one.
    """
    owner = f"the {_NAMES.get(artifact.manifest.kind, artifact.manifest.kind)}"
    ref = next((ref for ref in artifact.manifest.inputs if ref.kind == "dataset"), None)
    if folder is None and ref is None:
        raise InputError(f"{owner} does not name its data set", visible(artifact.path), "give it with --dataset")
    place = folder if folder is not None else artifact.path.absolute().parent / (ref.path if ref else "")
    try:
        found = store.open_artifact(place, "dataset", verify=False)
    except MmcliError as error:
        raise InputError(f"the data set of {owner} cannot be read: {error.what}", visible(place), "give it with --dataset") from None
    if ref is not None and found.id != ref.id:
        fix = "give with --dataset the one that it was made from, or run its stage again"
        raise IntegrityError(f"this is not the data set of {owner}", visible(place), fix)
    return found
