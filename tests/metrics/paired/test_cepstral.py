"""Mel-cepstral distortion by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.paired.cepstral import cepstra, distortion_db


def test_louder_by_a_factor_is_no_distortion(rng):
    logs = rng.normal(size=(6, 40))
    np.testing.assert_allclose(cepstra(logs), cepstra(logs + 1.0), atol=1e-12)


def test_a_cosine_along_the_bands_differs_by_its_effective_value_in_db():
    bands = np.arange(20) + 0.5
    ripple = 0.3 * np.cos(np.pi * 3 * bands / 20)  # natural logarithm of magnitude
    found = np.linalg.norm(cepstra(ripple) - cepstra(np.zeros(20)))
    assert found == pytest.approx(20 / np.log(10) * 0.3 / np.sqrt(2))
    # The usual form: 10 / ln 10 * sqrt(2 * c^2), with c the factor of the cosine.
    assert found == pytest.approx(10 / np.log(10) * np.sqrt(2 * 0.3**2))


def test_slower_speech_is_no_distortion_and_other_frames_are(rng):
    x = rng.normal(size=(5, 13))
    assert distortion_db(x, np.repeat(x, 3, axis=0)) == pytest.approx(0.0)
    assert distortion_db(x[:1], x[1:2]) == pytest.approx(np.linalg.norm(x[0] - x[1]))
    # The path (0, 0), (1, 0) or its mirror image: one frame against two.
    assert distortion_db(x[:2], x[:1]) == pytest.approx(np.linalg.norm(x[1] - x[0]) / 2)
