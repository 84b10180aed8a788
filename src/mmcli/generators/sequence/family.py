"""The family `sequence`: texts of any length from the items of any given fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.generators.base import ConfigT, Counts, Decoding, Family, Sampler, Target, TrainingData
from mmcli.generators.options import GeneratorConfig
from mmcli.generators.sequence.options import SequenceConfig

if TYPE_CHECKING:
    from mmcli.modalities.base import Codec
    from mmcli.training.trainer import Trainer


class SequenceFamily(Family):
    """See `base.Family`; it reads every token of the given items."""

    name = "sequence"
    summary = "texts of any length from texts, images, sounds or labels: a transformer"
    reads = ("items",)
    options = SequenceConfig
    builders: Mapping[str, str] = {
        "sequence.network": "mmcli.generators.sequence.network:network",
        "sequence.letters": "mmcli.generators.sequence.letters:network",
    }

    def serves(self, target: Target) -> bool:
        """Targets of token ids."""
        return target.form == "tokens"

    def abilities(self, target: Target) -> frozenset[str]:
        """Texts are drawn token by token, or searched."""
        del target
        return frozenset({"temperature", "choice", "beam"})

    def lacks(self, target: Target, ability: str) -> str:
        """See `Family.lacks`."""
        return f"is a {target.modality}, which is generated token by token, without a noise vector"

    def resolve(self, config: ConfigT, target: Target, counts: Counts) -> ConfigT:
        """See `Family.resolve`."""
        del target, counts
        assert isinstance(config, SequenceConfig)
        from mmcli.generators.sequence import resolving

        found: ConfigT = resolving.resolve(config)  # type: ignore[assignment]  # of the same class
        return found

    def fit(self, config: ConfigT, data: TrainingData) -> ConfigT:
        """See `Family.fit`."""
        from mmcli.generators.sequence import resolving

        return resolving.fit(config, data)

    def trainer(self, data: TrainingData, config: GeneratorConfig) -> Trainer:
        """See `Family.trainer`."""
        from mmcli.generators.sequence.trainer import SequenceTrainer

        assert isinstance(config, SequenceConfig)
        return SequenceTrainer(data, config)

    def sampler(self, folder: Path, target: Target, codecs: Mapping[str, Codec], how: Decoding) -> Sampler:
        """See `Family.sampler`."""
        from mmcli.generators.sequence import letters
        from mmcli.generators.sequence.network import TEXT
        from mmcli.generators.sequence.sampler import SequenceSampler
        from mmcli.modalities.base import TokenCodec
        from mmcli.nn import networks_io

        networks, codec = networks_io.load(folder, ("generator", letters.NAME))[0], codecs[target.name]
        network = networks.get("generator")
        assert isinstance(codec, TokenCodec)
        model = networks_io.check_ports(network, "generator", visible(folder), inputs={TEXT: (None, None)})
        _check(network, codecs, codec, folder)
        return SequenceSampler(model, codec, how, letters.fusion_of(networks.get(letters.NAME)))


def _check(network: object, codecs: Mapping[str, Codec], codec: Codec, folder: Path) -> None:
    """Check that the network reads items of the codecs' shapes, and reads and writes ids of their vocabulary."""
    from mmcli.modalities.base import TokenCodec
    from mmcli.nn.networks_io import Network

    assert isinstance(network, Network)
    shapes = dict(zip(network.config.get("fields", []), network.config.get("shapes", []), strict=False))
    tokens = [codec, *(known for name, known in codecs.items() if name in shapes)]
    wrong = any(isinstance(known, TokenCodec) and known.vocabulary_size != network.config.get("vocabulary") for known in tokens)
    wrong |= any("x".join(map(str, known.network_shape)) != shapes[name] for name, known in codecs.items() if name in shapes)
    if wrong:
        raise IntegrityError("the network does not fit the codecs of its fields", visible(folder), "train again")


FAMILY = SequenceFamily()
