"""Description of a modality: one object of plain values and addresses.

An address, `module:name`, is resolved on use, so that a modality can be registered without heavy
imports. Each folder beside this file exports one `MODALITY`, and `registry` has one line for it.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from mmcli.core.ui import Ui
    from mmcli.metrics.score import Score
    from mmcli.modalities.base import Array, Codec
    from mmcli.modalities.guess import Guess, Sample
    from mmcli.modalities.ingest import Ingest
    from mmcli.modalities.likeness import Likeness
    from mmcli.modalities.options import EncoderConfig, FieldConfig
    from mmcli.modalities.recipe import GanRecipe
    from mmcli.modalities.show import Show

Address = str


def resolve(address: Address) -> Any:
    """Resolve an address; never called on data from an artifact."""
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)


class Published(Protocol):
    """Published models that read the items of one modality."""

    def sha256(self, source: Path) -> str:
        """Digest of a model's weights, empty if it has none; raises `MmcliError` if it is not a model."""
        ...

    def vectors(self, source: Path, items: list[str], pooling: str, ui: Ui) -> Array:
        """Vectors `[n, d]` of items given by a user."""
        ...


@dataclass(frozen=True, eq=False)
class Modality:
    """A kind of field.

    Attributes:
        name: Name in manifests and in `--NAME`.
        noun: Noun for one item.
        plural: Plural of the noun.
        suffixes: Lower-case extensions of its files, with the dot.
        words: Lower-case words by which people name its files and folders: `captions/`, `0001_caption.txt`.
        codec: Class derived from `base.Codec`.
        ingest: Class that follows `base.Ingest`; constructed from the field's options.
        field_options: Class derived from `options.FieldConfig`.
        encoder_options: Class derived from `options.EncoderConfig`.
        encoder: Function from a `towers.EncoderJob` to an encoder.
        network_form: Function that turns a tensor of rows into network form, as `Codec.to_network` does.
        view: Function `(x, strength, key) -> x` that augments a batch of tensors in network form in training.
        judge_view: Function `(x, rng) -> x` that augments arrays for the judge.
        judge_corrupt: Function `(x, rng) -> x` that corrupts arrays, so that the judge learns what no real item looks like.
        show: Object derived from `show.Show`: how items are displayed and measured.
        builders: Builders of its networks, whose names start with the modality's name and a dot. One of them is
            NAME.judge, which takes `shape`, `classes` and for tokens `vocabulary`.
        metavar: Placeholder for an item given with `--NAME`.
        sniff: Function from the first bytes of a file to a value that is true if they are of this modality.
        inline: Whether strings in tables are items of this modality.
        repeats: Whether it is normal that records share an item.
        target_rank: Rank as default target; the lowest is preferred.
        guess: Function from a `guess.Sample` of a field to a `guess.Guess`: its settings for a first run.
        settle: Function `(name, options, sample) -> options` that resolves options that depend on a field's content.
        gan: Defaults of a GAN of this modality, a `recipe.GanRecipe`; without one, the family gan does not support it.
        written: Function `(codecs, texts, size, most_tokens) -> codecs`, all by field: the codecs for generators that write
            items of any length, fitted on the train items' texts; without one, fields keep their codecs.
        scores: Function `(samples, train, control, reference) -> scores` of rows `[N, ...]`, in addition to the judge's.
        likeness: Object derived from `likeness.Likeness`: how like items are to what they should be.
        published: Object that follows `Published`: published models of this modality.
    """

    name: str
    noun: str
    plural: str
    suffixes: tuple[str, ...]
    codec: Address
    ingest: Address
    field_options: Address
    encoder_options: Address
    encoder: Address
    network_form: Address
    view: Address
    judge_view: Address
    show: Address
    builders: Mapping[str, Address] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    metavar: str = "FILE"
    judge_corrupt: Address = "mmcli.modalities.judge_parts:corrupted"
    sniff: Address = ""
    inline: bool = False
    repeats: bool = False
    target_rank: int = 100
    guess: Address = ""
    settle: Address = ""
    gan: Address = ""
    written: Address = ""
    scores: Address = ""
    likeness: Address = "mmcli.modalities.likeness:LIKENESS"
    published: Address = ""

    def begins(self, data: bytes) -> bool:
        """Whether these are the first bytes of one of its files."""
        return bool(self.sniff and resolve(self.sniff)(data))

    def codec_class(self) -> type[Codec]:
        """Codec class."""
        found: type[Codec] = resolve(self.codec)
        return found

    def in_words(self) -> bool:
        """Whether users give an item as text, not as a file."""
        return self.codec_class().in_words

    def ingest_of(self, options: Any) -> Ingest:
        """Make the object that turns raw items of a field with these options into rows."""
        found: Ingest = resolve(self.ingest)(options)
        return found

    def field_config(self) -> type[FieldConfig]:
        """Option class of its fields."""
        found: type[FieldConfig] = resolve(self.field_options)
        return found

    def encoder_config(self) -> type[EncoderConfig]:
        """Option class of its encoders."""
        found: type[EncoderConfig] = resolve(self.encoder_options)
        return found

    def settled(self, name: str, options: Any, sample: Iterable[bytes | str]) -> Any:
        """Options of a field with every content-dependent choice resolved; see `modalities.settled`."""
        return resolve(self.settle)(name, options, sample) if self.settle else options

    def guessed(self, sample: Sample) -> Guess:
        """Settings of a field for a first run."""
        found: Guess = resolve(self.guess or "mmcli.modalities.guess:nothing")(sample)
        return found

    def to_network(self, rows: Any) -> Any:
        """A tensor of rows in network form."""
        return resolve(self.network_form)(rows)

    def changed(self, x: Any, strength: float, key: Any) -> Any:
        """Augment a batch of tensors in network form."""
        return resolve(self.view)(x, strength, key)

    def judge_changed(self, x: Array, rng: np.random.Generator) -> Array:
        """Augment arrays."""
        found: Array = resolve(self.judge_view)(x, rng)
        return found

    def judge_corrupted(self, x: Array, rng: np.random.Generator) -> Array:
        """Corrupt arrays."""
        found: Array = resolve(self.judge_corrupt)(x, rng)
        return found

    def shown(self) -> Show:
        """How items are displayed and measured."""
        found: Show = resolve(self.show)
        return found

    def likenesses(self) -> Likeness:
        """How items are compared with what they should be."""
        found: Likeness = resolve(self.likeness)
        return found

    def gan_recipe(self) -> GanRecipe | None:
        """Defaults of a GAN, if the family gan supports this modality."""
        found: GanRecipe | None = resolve(self.gan) if self.gan else None
        return found

    def written_codecs(
        self, codecs: Mapping[str, Codec], texts: Mapping[str, Sequence[str]], size: int | None, most_tokens: int
    ) -> Mapping[str, Codec]:
        """Codecs for generators that write items of any length."""
        found: Mapping[str, Codec] = resolve(self.written)(codecs, texts, size, most_tokens) if self.written else codecs
        return found

    def published_models(self) -> Published | None:
        """Published models of this modality, if any."""
        found: Published | None = resolve(self.published) if self.published else None
        return found

    def own_scores(self, samples: Array, train: Array, control: Array, reference: Array) -> dict[str, Score]:
        """Modality-specific scores of rows `[N, ...]`: generated, of the train split, as many of it, and held-out ones."""
        found: dict[str, Score] = resolve(self.scores)(samples, train, control, reference) if self.scores else {}
        return found
