"""Turn a folder of paired text, images and sounds into a generator that makes any of them from any of the others.

Every command is a function of this package with the same options: `mmcli.preprocess("raw", out="dataset")`;
`mmcli.load("gan").generate(num=4)` keeps a trained generator in memory.
`__all__` lists the public API; it is resolved lazily, so importing the package loads nothing else.
"""

from __future__ import annotations

TYPE_CHECKING = False  # importing `typing` would take longer than the rest of the package's start
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    from mmcli.stages.registry import functions

    if name == "__all__":
        return ["__version__", "MmcliError", "load", *functions()]
    if name == "MmcliError":
        from mmcli.core.errors import MmcliError

        return MmcliError
    if name == "load":
        from mmcli.stages.generate.loaded import load

        return load
    if name not in functions():
        raise AttributeError(f"module 'mmcli' has no attribute {name!r}")
    from mmcli.pipeline.functions import function_of

    found = function_of(functions()[name])
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__getattr__("__all__")})
