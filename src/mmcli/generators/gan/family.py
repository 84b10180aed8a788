"""The family `gan`: adversarial generators of continuous items of one shape, and of rows of token ids."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.generators.base import ConfigT, Counts, Decoding, Family, Features, Inverter, Sampler, Target, TrainingData
from mmcli.generators.gan.options import GanConfig
from mmcli.generators.options import GeneratorConfig
from mmcli.modalities import registry

if TYPE_CHECKING:
    from mmcli.modalities.base import Codec
    from mmcli.training.trainer import Trainer


class GanFamily(Family):
    """See `base.Family`; it reads a context as one flat vector."""

    name = "gan"
    summary = "adversarial generators of images, short sounds and short texts"
    reads = ("vector", "tokens")
    options = GanConfig

    def serves(self, target: Target) -> bool:
        """Whether the target's modality provides GAN networks."""
        return registry.find(target.modality).gan_recipe() is not None

    def abilities(self, target: Target) -> frozenset[str]:
        """Generators with a noise vector support truncation, interpolation and inversion; token generators a temperature."""
        if target.form == "tokens":
            return frozenset({"temperature"})
        return frozenset({"truncation", "interpolation", "inversion", "neighbours"})

    def lacks(self, target: Target, ability: str) -> str:
        """See `Family.lacks`."""
        if target.form == "tokens":
            return f"is a {target.modality}, which is generated token by token, without a noise vector"
        return f"is generated at once, not token by token, so there is no {ability}"

    def resolve(self, config: ConfigT, target: Target, counts: Counts) -> ConfigT:
        """See `Family.resolve`."""
        from mmcli.generators.gan import resolving

        return resolving.resolve(config, target, counts)

    def trainer(self, data: TrainingData, config: GeneratorConfig) -> Trainer:
        """The trainer for the target's form of rows."""
        from mmcli.generators.gan import resolving
        from mmcli.modalities.base import TokenCodec

        assert isinstance(config, GanConfig)
        networks = resolving.recipe_for(data.target).networks
        if isinstance(data.codec, TokenCodec):
            from mmcli.generators.gan.token_gan import TokenGan

            return TokenGan(data, networks[config.critic], data.codec.vocabulary_size, config)
        from mmcli.generators.gan.pairing_gan import PairingGan

        return PairingGan(data, networks[config.preset], config)

    def sampler(self, folder: Path, target: Target, codecs: Mapping[str, Codec], how: Decoding) -> Sampler:
        """See `Family.sampler`."""
        from mmcli.modalities.base import TokenCodec
        from mmcli.nn import networks_io

        codec = codecs[target.name]
        network = networks_io.load(folder, ("generator",))[0].get("generator")
        condition: dict[str, networks_io.Shape] = {"condition": (None, None)}
        if isinstance(codec, TokenCodec):
            from mmcli.generators.gan.token_sampler import LAYERS, TokenSampler

            inputs, outputs = {**condition, "ids": (None, None)}, (None, None, codec.vocabulary_size)
            model = networks_io.check_ports(network, "generator", visible(folder), inputs=inputs, outputs=outputs)
            if not {layer.name for layer in model.layers} >= LAYERS:
                raise IntegrityError("the generator is not a language model", visible(folder), "train again")
            return TokenSampler(model, codec.network_shape[0], how.temperature)
        from mmcli.generators.gan.noise_sampler import NoiseSampler

        inputs, item = {**condition, "noise": (None, None)}, (None, *codec.network_shape)
        model = networks_io.check_ports(network, "generator", visible(folder), inputs=inputs, outputs=item)
        return NoiseSampler(model, how.truncation)

    def features(self, folder: Path) -> Features:
        """The discriminator's features."""
        from mmcli.generators.gan.item_features import ItemFeatures

        return ItemFeatures.load(folder)

    def inverter(self, folder: Path, sampler: Sampler) -> Inverter:
        """By gradient descent on noise and condition."""
        from mmcli.generators.gan.inversion import Inversion
        from mmcli.generators.gan.item_features import ItemFeatures
        from mmcli.generators.gan.noise_sampler import NoiseSampler

        assert isinstance(sampler, NoiseSampler)
        return Inversion(sampler.model, ItemFeatures.load(folder))


FAMILY = GanFamily()
