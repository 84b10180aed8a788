"""`preprocess`: from a raw folder to a data set."""

from __future__ import annotations

import os

from mmcli.core.allocator import keep_freed_memory
from mmcli.core.display import visible
from mmcli.data.decoding.pool import DecoderPool
from mmcli.pipeline.driver import Job, Write
from mmcli.stages.preprocess.options import PreprocessConfig


def preprocess(job: Job[PreprocessConfig]) -> Write:
    """Convert a raw folder to a data set.

    Raises:
        InputError: The folder is missing or empty, or has no usable items or too many unusable ones.
    """
    # Threads here work on blocks of rows; BLAS's own would only spin idle, from its import on.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    keep_freed_memory()
    job.ui.info(f"reading {visible(job.path('RAW'))} ...")
    pool = job.stack.enter_context(DecoderPool.of(job.config))
    if job.path("RAW").is_dir() and (job.force or not job.out.exists()):
        # The output cannot be up to date; the worker processes import their libraries while this one does.
        pool.start()
    from mmcli.stages.preprocess.run import prepare

    return prepare(job, pool)
