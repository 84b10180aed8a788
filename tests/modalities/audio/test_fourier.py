"""Fourier transforms are those of SciPy, with and without its package."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import fft

from mmcli.modalities.audio import fourier


@pytest.fixture(params=["alone", "package"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "package":
        monkeypatch.setattr(fourier, "_compiled", lambda: None)


@pytest.mark.usefixtures("_way")
@pytest.mark.parametrize("n", [32, 100, 256])
def test_transforms_are_those_of_scipy(n: int) -> None:
    values = np.random.default_rng(n).standard_normal((3, 5, n)).astype(np.float32)
    spectra = fourier.rfft(values)
    assert spectra.dtype == np.complex64
    np.testing.assert_array_equal(spectra, fft.rfft(values, axis=-1))
    back = fourier.irfft(spectra, n)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, fft.irfft(spectra, n=n, axis=-1))


def test_the_compiled_module_needs_no_other_part_of_scipy() -> None:
    code = "import sys; from mmcli.modalities.audio import fourier; print(fourier._compiled() is not None, 'scipy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_a_scipy_that_has_it_elsewhere_is_used_through_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    fourier._compiled.cache_clear()
    monkeypatch.setattr(fourier.importlib.machinery, "EXTENSION_SUFFIXES", [".nothing"])
    assert fourier._compiled() is None
    fourier._compiled.cache_clear()
