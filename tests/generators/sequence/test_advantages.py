"""A reward counts beside those of the other texts of the same condition."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.tf


def test_a_text_is_compared_with_the_others_of_its_condition() -> None:
    from mmcli.generators.sequence.reinforcement import TEXTS, advantages_of

    rewards = np.array([0.1, 0.1, 0.1, 0.5, *[0.9] * TEXTS])
    found = advantages_of(rewards)
    np.testing.assert_allclose(found[4:], 0.0)  # all alike, however good
    np.testing.assert_allclose(found[:4], found[0] * np.array([1, 1, 1, -3]), rtol=1e-6)
    assert found[3] > 0
    np.testing.assert_allclose(advantages_of(np.ones(8)), 0.0)
