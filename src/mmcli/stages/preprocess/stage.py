"""Raw folder in, dataset out."""

from __future__ import annotations

import os
from pathlib import Path

from mmcli.core.allocator import keep_freed_memory
from mmcli.core.display import visible
from mmcli.core.ui import Ui
from mmcli.data.decoding.pool import DecoderPool
from mmcli.pipeline.outcome import Outcome
from mmcli.stages.preprocess.options import PreprocessConfig


def preprocess(raw: Path, out: Path, config: PreprocessConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Make a dataset of a raw folder.

    Raises:
        InputError: The folder is missing or empty, has nothing usable, or too much that is not.
    """
    # Threads here work on blocks of rows; BLAS's own would only turn idle, from its import on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_freed_memory()
    ui.info(f"reading {visible(raw)} ...")
    with DecoderPool.of(config) as pool:
        if raw.is_dir() and (force or not out.exists()):
            # Nothing can be up to date; the processes import their libraries while this one does.
            pool.start()
        from mmcli.stages.preprocess.run import run

        return run(raw, out, config, pool, ui, force=force)
