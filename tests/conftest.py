"""No test fails because the machine is busy; what several rooms' tests are made of."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
HERE, LONG = Path(__file__).parent, ("e2e", "stages", "training")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked slow run only when `-m` names them, whatever else it selects; folders whose tests take long come first."""
    items.sort(key=lambda item: item.path.relative_to(HERE).parts[0] not in LONG)  # else one process idles at the end
    if "slow" in config.option.markexpr:
        return
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("slow")])
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Every run collects all tests, so none may import TensorFlow before it runs."""
    if "tensorflow" in sys.modules:
        raise pytest.UsageError("a test module imports TensorFlow: import it in the tests, and mark them tf")


class MeanConditioner:
    """A conditioner without networks: the context of some fields is the mean of their tokens. It counts what it makes."""

    kind = "mean"

    def __init__(self, fields: list[str], dim: int, num_tokens: int) -> None:
        self.fields, self.dim, self.num_tokens, self.networks, self.made = fields, dim, num_tokens, {}, 0

    def fuse(self, tokens, mask):
        """See `conditioner.Conditioner`."""
        from mmcli.conditioning.context import Context

        self.made += len(mask)
        weights = mask / np.maximum(mask.sum(1, keepdims=True), 1)
        vector = (np.asarray(tokens, np.float32).mean(2) * weights[:, :, None]).sum(1)
        return Context(vector, np.repeat(vector[:, None], self.num_tokens, 1), np.repeat(mask.any(1, keepdims=True), self.num_tokens, 1))


@pytest.fixture(scope="session")
def some_given():
    """Function that makes given fields `a`, `b`, ... of records with random tokens `[count, 2, dim]`."""

    def make(count: int, num_fields: int, dim: int, *, num_tokens: int = 0, present=None, same: bool = False):
        from mmcli.conditioning.given import GivenFields
        from mmcli.conditioning.given_tokens import HeldTokens

        rng, names = np.random.default_rng(0), [chr(97 + i) for i in range(num_fields)]
        rows = {name: rng.normal(size=(count, 2, dim)).astype(np.float16) for name in names}
        tokens = {name: HeldTokens(np.repeat(array[:1], count, 0) if same else array) for name, array in rows.items()}
        there = np.ones((count, num_fields), bool) if present is None else present
        return GivenFields(MeanConditioner(names, dim, num_tokens), tokens, there, np.arange(count))

    return make
