"""What a family of generators offers to the stages: which targets it serves, its options, its trainer and its sampler.

A family is one folder that exports one `FAMILY` and one line in `registry`. Nothing here and in the
object itself imports Keras; its methods that train or make items do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.generators.options import GeneratorConfig
from mmcli.modalities import registry

if TYPE_CHECKING:
    import numpy.typing as npt

    from mmcli.conditioning.given import GivenFields
    from mmcli.modalities.base import Codec
    from mmcli.training.trainer import Trainer

    Array = npt.NDArray[Any]
ConfigT = TypeVar("ConfigT", bound=GeneratorConfig)
# What a family may be able to do with a target, and the options of `generate` that need it.
ABILITIES: Mapping[str, tuple[str, ...]] = {
    "truncation": ("truncation",),  # of the noise that an item is made from
    "interpolation": ("interpolate", "walk"),  # between two latents
    "inversion": ("like",),  # the latent of a given item
    "neighbours": ("neighbours",),  # a space of looks
    "temperature": ("temperature",),  # of the distribution of the next token
}


@dataclass(frozen=True)
class Target:
    """A field to generate.

    Attributes:
        name: Of the field.
        about: Its entry of a manifest: modality, shape, units and so on.
    """

    name: str
    about: Mapping[str, Any]

    @property
    def modality(self) -> str:
        """Name of its modality."""
        return str(self.about["modality"])

    @property
    def form(self) -> str:
        """What its rows are: `tokens` (ids) or `continuous`."""
        from mmcli.modalities.base import TokenCodec

        return "tokens" if issubclass(registry.find(self.modality).codec_class(), TokenCodec) else "continuous"

    @property
    def shape(self) -> list[int]:
        """Of one row."""
        return [int(n) for n in self.about["shape"]]


@dataclass(frozen=True)
class Counts:
    """How many records there are to train on: in the train split, and with the target in all splits."""

    train: int
    with_target: int


@dataclass(frozen=True)
class TrainingData:
    """What a generator is trained on.

    Attributes:
        target: The field.
        codec: Of the field.
        rows: Its rows `[n, ...]` of the train records.
        given: What the same records are conditioned on.
        held_out_rows: Some rows of the validation split, `[m, ...]`.
        held_out: What these are conditioned on.
    """

    target: Target
    codec: Codec
    rows: Array
    given: GivenFields
    held_out_rows: Array
    held_out: GivenFields


class Sampler(ABC):
    """Makes items; each is a function of its seed and its condition alone."""

    @abstractmethod
    def sample(self, conditions: Array, seeds: npt.ArrayLike) -> Array:
        """One item per condition `[n, D]`, in network form."""

    def noise(self, seeds: npt.ArrayLike) -> Array:
        """Latents `[n, Z]` of seeds; of families that interpolate."""
        raise NotImplementedError

    def items(self, noise: Array, conditions: Array) -> Array:
        """Items of latents and conditions; of families that interpolate."""
        raise NotImplementedError

    def between(self, first: Array, second: Array, share: Array) -> Array:
        """Points on the way from latents or conditions to others; `share [n]` from 0 to 1; of families that interpolate."""
        raise NotImplementedError


class Features(ABC):
    """A space of looks: unit vectors, whose distances are 1 - cosine.

    Attributes:
        name: What it is, for a caption.
    """

    name: str

    @abstractmethod
    def __call__(self, items: Array) -> Array:
        """Features `[n, F]` float32 of items in network form."""


class Inverter(ABC):
    """Finds the latent and the condition that give an item."""

    @abstractmethod
    def nearness(self, items: Array, target: Array) -> Nearness:
        """Of items `[n, ...]` to a target `[1, ...]`, in network form."""

    @abstractmethod
    def run(self, target: Array, noise: Array, condition: Array, steps: int, tell: Any) -> tuple[Array, Array]:
        """Improve several starts `[R, Z]` and `[R, D]`; returns noise and condition of each."""


@dataclass(frozen=True)
class Nearness:
    """How far items are from a target: root mean square of values in [-1, 1], and 1 - cosine of features; `[n]` each."""

    rms: Array
    look: Array

    @property
    def total(self) -> Array:
        """What is minimised."""
        return self.rms**2 + self.look


class Family(ABC):
    """A kind of generator.

    Attributes:
        name: After `--family`.
        summary: What it is, in a few words.
        reads: What it reads of a Context, of `vector` and `tokens`.
        options: Class of its own options.
        builders: Names of its networks' builders that no modality brings along, and their addresses.
    """

    name: str
    summary: str
    reads: tuple[str, ...]
    options: type[GeneratorConfig]
    builders: Mapping[str, str] = {}

    @abstractmethod
    def serves(self, target: Target) -> bool:
        """Whether it makes items of this field."""

    @abstractmethod
    def abilities(self, target: Target) -> frozenset[str]:
        """Some of `ABILITIES`."""

    def lacks(self, target: Target, ability: str) -> str:
        """Why it does not have an ability, in words that follow the target's name."""
        return f"is made by the family {self.name}, which has no {ability}"

    @abstractmethod
    def resolve(self, config: ConfigT, target: Target, counts: Counts) -> ConfigT:
        """Check the options, and fill in what they leave to the target and the data.

        Raises:
            UsageError: An option is given that the target does not have.
        """

    @abstractmethod
    def trainer(self, data: TrainingData, config: GeneratorConfig) -> Trainer:
        """A trainer of new networks."""

    @abstractmethod
    def sampler(self, folder: Path, target: Target, codec: Codec, *, temperature: float, truncation: float | None) -> Sampler:
        """A sampler of a trained generator.

        Args:
            folder: Artifact that holds it.
            target: What it makes.
            codec: Of the target.
            temperature: See `ABILITIES`; 1 without it.
            truncation: See `ABILITIES`; `None` without it.
        """

    def features(self, folder: Path) -> Features:
        """A space of looks; of families with neighbours."""
        raise NotImplementedError

    def inverter(self, folder: Path, sampler: Sampler) -> Inverter:
        """What finds latents of items; of families with inversion."""
        raise NotImplementedError


def refuse_options(config: GeneratorConfig, options: Mapping[str, tuple[Any, ...]], target: Target, kinds: str) -> None:
    """Refuse options that a target does not have.

    Args:
        config: Options.
        options: Their names, and values beside the default that change nothing.
        target: The field.
        kinds: Which targets have the options, in words.

    Raises:
        UsageError: One of them has another value.
    """
    given, plain = vars(config), {entry.name: entry.default for entry in fields(config)}
    for name, harmless in options.items():
        value = given[name]
        if value not in (plain[name], *harmless):
            said, flag = (",".join(value) if isinstance(value, tuple) else str(value)), f"--{name.replace('_', '-')}"
            what = f"{flag} {visible(said, 60)} is for {kinds}; {visible(target.name)} is {target.modality}"
            raise UsageError(what, flag, "leave it out, or choose another --target")
