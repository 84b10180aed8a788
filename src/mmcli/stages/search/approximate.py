"""Approximate search with faiss: a graph of nearest neighbours (HNSW), optionally kept in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.artifacts.manifest import sha256_of
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, UsageError
from mmcli.core.ui import Ui

Array = npt.NDArray[Any]
_LINKS = 32
_BUILD_EFFORT, _SEARCH_EFFORT = 100, 64


class ApproximateIndex:
    """Finds most of the nearest rows, in a time that hardly grows with the number of rows.

    Args:
        gallery: `[G, d]` unit vectors.
        identity: Identifies the indexed data: artifact, field and rows.
        path: File of the index; `None` builds it in memory.
        ui: Receives progress.

    Raises:
        EnvironmentUnfitError: faiss is not installed.
        UsageError: The file is not an index of mmcli.
    """

    def __init__(self, gallery: Array, identity: str, path: Path | None, ui: Ui) -> None:
        try:
            import faiss
        except ImportError:
            raise EnvironmentUnfitError(
                "approximate search needs faiss", "this Python environment", "pip install faiss-cpu, or use --method exact"
            ) from None
        self._index = _read(path, identity) if path else None
        if self._index is None:
            ui.info(f"building the index of {len(gallery):,} vectors")
            faiss.omp_set_num_threads(1)  # with more, the graph depends on thread scheduling
            self._index = faiss.IndexHNSWFlat(gallery.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
            self._index.hnsw.efConstruction = _BUILD_EFFORT
            self._index.add(np.ascontiguousarray(gallery, dtype=np.float32))
            if path:
                _write(self._index, identity, path)

    def top_k(self, queries: Array, k: int) -> tuple[Array, Array]:
        """Row indices and inner products `[Q, k]`, as `metrics.nearest.top_k`; -1 if fewer were found."""
        index: Any = self._index
        index.hnsw.efSearch = max(_SEARCH_EFFORT, 2 * k)
        scores, numbers = index.search(np.ascontiguousarray(queries, dtype=np.float32), min(k, index.ntotal))
        return numbers, scores


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".json")


def _read(path: Path, identity: str) -> Any | None:
    """Load the index if it is of the same vectors. A file without mmcli's metadata beside it is never opened."""
    import faiss

    if not path.exists():
        return None
    try:
        note = jsonio.read(_note(path), 2**16)
        known = isinstance(note, dict) and note.get("sha256") == sha256_of(path)
    except (OSError, jsonio.JsonError):
        known = False
    if not known:
        raise UsageError("the file is not an index written by mmcli, or was modified", visible(path), "give another --index, or delete it")
    return faiss.read_index(str(path)) if note.get("identity") == identity else None


def _write(index: Any, identity: str, path: Path) -> None:
    import faiss

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        faiss.write_index(index, str(path))
    except RuntimeError as error:
        raise EnvironmentUnfitError(f"the index cannot be written: {visible(error)}", visible(path), "give another --index") from None
    jsonio.write(_note(path), {"identity": identity, "sha256": sha256_of(path)})
