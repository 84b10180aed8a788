"""Interface of generator trainers for the training loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

if TYPE_CHECKING:
    from mmcli.nn.networks_io import Network
    from mmcli.training.averages import BestWeights

Array = npt.NDArray[Any]


class ScoredBySamples:
    """What trainers inherit whose samples are scored at ticks, so that they score nothing of held-out records themselves."""

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        """Nothing."""
        del kimg, fraction
        return {}

    def ended(self, fraction: float) -> bool:
        """Never before the budget is spent."""
        del fraction
        return False


class Trainer(Protocol):
    """Trains one generator.

    Attributes:
        graph_seconds: Time spent inside graphs so far; 0 if it is not measured.
    """

    graph_seconds: float

    @property
    def best(self) -> BestWeights | None:
        """The generator's weights at its best score, for trainers that keep them."""
        ...

    def networks(self) -> dict[str, Network]:
        """Networks to store in the artifact."""
        ...

    def starting_networks(self) -> dict[str, list[Network]]:
        """Networks that can be initialised from another generator, by their names there."""
        ...

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        ...

    def run(self, step: int, indices: Array, fraction: float = 0.0) -> dict[str, float]:
        """Train one step per row of `indices [S, B]`; `fraction` is the spent fraction of the budget."""
        ...

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Generate one item per condition: vectors `[n, D]`, or a `FieldBatch`."""
        ...

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        """At a tick: scores on held-out records, empty if there are none; `fraction` is the spent fraction of the budget."""
        ...

    def ended(self, fraction: float) -> bool:
        """Whether more training would change nothing."""
        ...

    def slow_down(self) -> float:
        """Halve the learning rate; returns its current fraction of the original."""
        ...

    def finish(self) -> dict[str, Any]:
        """Finish training; returns entries of the summary."""
        ...
