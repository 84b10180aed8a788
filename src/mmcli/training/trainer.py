"""What the loop needs of something that trains a generator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

if TYPE_CHECKING:
    from mmcli.nn.networks_io import Network
    from mmcli.training.averages import BestWeights

Array = npt.NDArray[Any]


class Trainer(Protocol):
    """Trains one generator.

    Attributes:
        graph_seconds: Time spent inside graphs so far; 0 where it is not measured.
    """

    graph_seconds: float

    @property
    def best(self) -> BestWeights | None:
        """The generator's weights at its best score, for trainers that keep them."""
        ...

    def networks(self) -> dict[str, Network]:
        """What the artifact keeps."""
        ...

    def starting_networks(self) -> dict[str, list[Network]]:
        """Which networks may begin from those of another generator, by their names there."""
        ...

    def variables(self) -> list[Any]:
        """Everything that a resumed run needs, in a fixed order."""
        ...

    def run(self, step: int, indices: Array, share: float = 0.0) -> dict[str, float]:
        """Do one step per row of `indices [S, B]`; `share` of the budget is spent."""
        ...

    def sample(self, conditions: Array, seeds: list[int]) -> Array:
        """Make one item per condition `[n, D]`."""
        ...

    def slow_down(self) -> float:
        """Halve the learning rate for good; returns what is left of it."""
        ...

    def finish(self) -> dict[str, Any]:
        """Last decisions; facts for the summary."""
        ...
