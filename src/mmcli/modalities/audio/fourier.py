"""Real Fourier transforms along the last axis, by SciPy's compiled pocketfft.

`import scipy.fft` takes 0.12 s, nearly all of it for parts that have nothing to do with these two
functions; short commands would spend 10 % of their time on it (`benchmarks/audio.py`: a process
that transforms one sound takes 0.13 s instead of 0.28 s). So the compiled module is loaded directly if
it is as expected, otherwise through its package.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_NO_SCALE, _BY_N = 0, 2  # pocketfft's codes for the scaling of a transform


def rfft(values: npt.NDArray[np.float32]) -> npt.NDArray[np.complex64]:
    """Spectra `[..., n // 2 + 1]` of real values `[..., n]`, in the same precision."""
    alone = _compiled()
    if alone:
        return alone.r2c(values, (values.ndim - 1,), True, _NO_SCALE, None, 1)  # type: ignore[no-any-return]
    from scipy import fft

    return fft.rfft(values, axis=-1)  # type: ignore[no-any-return]


def irfft(spectra: npt.NDArray[np.complex64], n: int) -> npt.NDArray[np.float32]:
    """Real values `[..., n]` of spectra `[..., n // 2 + 1]`."""
    alone = _compiled()
    if alone:
        return alone.c2r(spectra, (spectra.ndim - 1,), n, False, _BY_N, None, 1)  # type: ignore[no-any-return]
    from scipy import fft

    return fft.irfft(spectra, n=n, axis=-1)  # type: ignore[no-any-return]


@functools.cache
def _compiled() -> Any:
    """The compiled module, or `None` if this version of SciPy keeps it elsewhere or it behaves differently."""
    try:
        found = importlib.util.find_spec("scipy")
        folder = Path(str(found and found.origin)).parent / "fft" / "_pocketfft"
        loader = importlib.machinery.FileFinder(
            str(folder), (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES)
        )
        spec = loader.find_spec("pypocketfft")
        if spec is None or spec.loader is None:
            return None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        ones = np.ones(4, np.float32)
        spectrum = module.r2c(ones, (0,), True, _NO_SCALE, None, 1)
        back = module.c2r(spectrum, (0,), 4, False, _BY_N, None, 1)
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        return None
    right = spectrum.dtype == np.complex64 and spectrum.tolist() == [4, 0, 0] and back.tolist() == [1, 1, 1, 1]
    return module if right else None
