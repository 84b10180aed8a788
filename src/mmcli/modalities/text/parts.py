"""Import single modules of NLTK and TextBlob without the seconds that importing the whole package takes.

NLTK's packages import everything, down to SciPy's statistics, and TextBlob imports NLTK. The modules
that mmcli needs are small; they are imported with bare parent packages, which are then removed so
that a later full import works as usual.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@functools.cache
def part(name: str) -> Any:
    """Import a module such as `nltk.tokenize.destructive`, which imports little of its own package."""
    if name in sys.modules:
        return sys.modules[name]
    packages = [name.rsplit(".", depth)[0] for depth in range(name.count("."), 0, -1)]
    try:
        with _bare(packages):
            return importlib.import_module(name)
    except (ImportError, AttributeError):
        return importlib.import_module(name)  # fallback for other layouts of the package


@contextmanager
def _bare(packages: list[str]) -> Iterator[None]:
    """Packages with their path but without running their `__init__`; already loaded ones are kept."""
    root = packages[0]
    before = {name for name in sys.modules if name.partition(".")[0] == root}
    try:
        for name in packages:
            if name in sys.modules:
                continue
            spec = importlib.util.find_spec(name)
            if spec is None or spec.submodule_search_locations is None:
                raise ImportError(name)
            module = types.ModuleType(name)
            module.__path__ = list(spec.submodule_search_locations)
            module.__spec__ = spec
            sys.modules[name] = module
        yield
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == root and name not in before]:
            del sys.modules[name]
