"""Interface of generator families to the stages: supported targets, options, trainer and sampler.

A family is one folder that exports one `FAMILY`, and one line in `registry`. Neither this module nor
the object imports Keras; its methods that train or generate do.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.generators.options import GeneratorConfig
from mmcli.modalities import registry

if TYPE_CHECKING:
    import numpy.typing as npt

    from mmcli.modalities.base import Codec
    from mmcli.training.trainer import Trainer

    Array = npt.NDArray[Any]
ConfigT = TypeVar("ConfigT", bound=GeneratorConfig)
# Abilities that a family may have for a target, and the options of `generate` that need them.
ABILITIES: Mapping[str, tuple[str, ...]] = {
    "truncation": ("truncation",),  # of the noise that an item is generated from
    "interpolation": ("interpolate", "walk"),  # between two latents
    "inversion": ("like",),  # the latent of a given item
    "neighbours": ("neighbours",),  # a feature space
    "temperature": ("temperature",),  # of the distribution of the next token
    "choice": ("top_k", "top_p"),  # restricts it
    "beam": ("beam", "length_penalty", "no_repeat"),  # search of the most probable item
}


@dataclass(frozen=True)
class Decoding:
    """How a sampler chooses among what its network finds probable; see `ABILITIES` for who has which.

    Attributes:
        temperature: Divides the logits of the next token.
        truncation: Of the noise, in standard deviations; `None` without.
        top_k: Only the most probable tokens; 0 for all.
        top_p: Only the smallest set of tokens of at least this probability.
        beam: Number of texts kept by the search of the most probable one; 0 draws at random.
        length_penalty: Power of the length that divides the log-probability of a text.
        no_repeat: Length of runs of tokens of which a text has none twice; 0 allows all, `None` is what held-out texts found best.
    """

    temperature: float = 1.0
    truncation: float | None = None
    top_k: int = 0
    top_p: float = 1.0
    beam: int = 0
    length_penalty: float = 1.0
    no_repeat: int | None = None


@dataclass(frozen=True)
class Target:
    """A field to generate.

    Attributes:
        name: Name of the field.
        about: Its entry in a manifest: modality, shape, units and so on.
    """

    name: str
    about: Mapping[str, Any]

    @property
    def modality(self) -> str:
        """Name of its modality."""
        return str(self.about["modality"])

    @property
    def form(self) -> str:
        """Form of its rows: `tokens` (ids) or `continuous`."""
        from mmcli.modalities.base import TokenCodec

        return "tokens" if issubclass(registry.find(self.modality).codec_class(), TokenCodec) else "continuous"

    @property
    def shape(self) -> list[int]:
        """Shape of one row."""
        if not self.about.get("shape"):
            raise IntegrityError(f"the manifest does not say the shape of {visible(self.name)}", "", "run preprocess again with --force")
        return [int(n) for n in self.about["shape"]]


@dataclass(frozen=True)
class Counts:
    """Number of records: in the train split, and with the target in all splits."""

    train: int
    with_target: int


@dataclass(frozen=True)
class TrainingData:
    """Training data of a generator.

    Attributes:
        target: The field.
        codec: Codec of the field.
        rows: Its rows `[n, ...]` of the train records; texts at their own lengths for families that read items.
        given: Conditions of these records: `GivenItems` for families that read items, otherwise `GivenFields`.
        held_out_rows: Some rows of the validation split, `[m, ...]`.
        held_out: Conditions of these records.
    """

    target: Target
    codec: Codec
    rows: Any
    given: Any
    held_out_rows: Any
    held_out: Any


class Sampler(ABC):
    """Generates items; each depends only on its seed and its condition.

    Attributes:
        condition_dim: D, the width of a condition; 0 if conditions are a `FieldBatch`.
        least_batch: Number of items per pass from which it is fast; the items do not depend on it.
    """

    condition_dim: int
    least_batch: int = 1

    @abstractmethod
    def sample(self, conditions: Any, seeds: npt.ArrayLike) -> Array:
        """One item per condition, in network form; conditions are vectors `[n, D]` or a `FieldBatch`."""

    def scored(self, conditions: Any, seeds: npt.ArrayLike) -> tuple[Array, dict[str, Array]]:
        """The same items, and by the name of a score its value for each, `[n]`; NaN where it has none."""
        return self.sample(conditions, seeds), {}

    def noise(self, seeds: npt.ArrayLike) -> Array:
        """Latents `[n, Z]` of seeds; for families with interpolation."""
        raise NotImplementedError

    def items(self, noise: Array, conditions: Array) -> Array:
        """Items from latents and conditions; for families with interpolation."""
        raise NotImplementedError

    def between(self, first: Array, second: Array, fraction: Array) -> Array:
        """Interpolate between latents or conditions; `fraction [n]` from 0 to 1; for families with interpolation."""
        raise NotImplementedError


class Features(ABC):
    """A feature space: unit vectors, with distance 1 - cosine.

    Attributes:
        name: Description for a caption.
    """

    name: str

    @abstractmethod
    def __call__(self, items: Array) -> Array:
        """Features `[n, F]` float32 of items in network form."""


class Inverter(ABC):
    """Finds the latent and the condition that reproduce an item."""

    @abstractmethod
    def nearness(self, items: Array, target: Array) -> Nearness:
        """Distances of items `[n, ...]` to a target `[1, ...]`, in network form."""

    @abstractmethod
    def run(self, target: Array, noise: Array, condition: Array, steps: int, tell: Any) -> tuple[Array, Array]:
        """Optimise several starts `[R, Z]` and `[R, D]`; returns noise and condition of each."""


@dataclass(frozen=True)
class Nearness:
    """Distances of items to a target: root mean square of values in [-1, 1], and 1 - cosine of features; `[n]` each."""

    rms: Array
    look: Array

    @property
    def total(self) -> Array:
        """The minimised distance."""
        return self.rms**2 + self.look


class Family(ABC):
    """A kind of generator.

    Attributes:
        name: Value of `--family`.
        summary: Short description.
        reads: What it reads of a condition: `vector` and `tokens` of a Context, or the `items` of the given fields themselves.
        options: Class of its own options.
        builders: Names and addresses of its networks' builders that belong to no modality.
    """

    name: str
    summary: str
    reads: tuple[str, ...]
    options: type[GeneratorConfig]
    builders: Mapping[str, str] = {}

    @abstractmethod
    def serves(self, target: Target) -> bool:
        """Whether it can generate this field."""

    @abstractmethod
    def abilities(self, target: Target) -> frozenset[str]:
        """Its subset of `ABILITIES` for the target."""

    def lacks(self, target: Target, ability: str) -> str:
        """Why it lacks an ability; the text follows the target's name."""
        return f"is generated by the family {self.name}, which has no {ability}"

    @abstractmethod
    def resolve(self, config: ConfigT, target: Target, counts: Counts) -> ConfigT:
        """Check the options, and resolve those that depend on the target and the data.

        Raises:
            UsageError: An option does not apply to the target.
        """

    def fit(self, config: ConfigT, data: TrainingData) -> ConfigT:
        """Resolve the options that depend on the content of the items; by default none do."""
        del data
        return config

    @abstractmethod
    def trainer(self, data: TrainingData, config: GeneratorConfig) -> Trainer:
        """A trainer with new networks."""

    @abstractmethod
    def sampler(self, folder: Path, target: Target, codecs: Mapping[str, Codec], how: Decoding) -> Sampler:
        """A sampler of a trained generator.

        Args:
            folder: Artifact that contains it.
            target: Its target.
            codecs: Codecs of the target and of the given fields.
            how: How it chooses.
        """

    def features(self, folder: Path) -> Features:
        """A feature space; for families with neighbours."""
        raise NotImplementedError

    def inverter(self, folder: Path, sampler: Sampler) -> Inverter:
        """An inverter of items; for families with inversion."""
        raise NotImplementedError


def refuse_options(config: GeneratorConfig, options: Mapping[str, tuple[Any, ...]], target: Target, kinds: str) -> None:
    """Refuse options that do not apply to a target.

    Args:
        config: Options.
        options: Their names, and the values other than the default that have no effect.
        target: The field.
        kinds: Description of the targets that have the options.

    Raises:
        UsageError: One of them has another value.
    """
    given, plain = vars(config), {entry.name: entry.default for entry in fields(config)}
    for name, harmless in options.items():
        value = given[name]
        if value not in (plain[name], *harmless):
            text, flag = (",".join(value) if isinstance(value, tuple) else str(value)), f"--{name.replace('_', '-')}"
            what = f"{flag} {visible(text, 60)} is for {kinds}; {visible(target.name)} is {target.modality}"
            raise UsageError(what, flag, "omit it, or choose another --target")
