"""Encoders of sounds."""

from __future__ import annotations

from mmcli.modalities.audio.options import AudioEncoderConfig
from mmcli.modalities.towers import EncoderJob
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network


def audio_tower(job: EncoderJob[AudioEncoderConfig]) -> Network:
    """Encoder of an audio field with the recurrent cell of `audio_method`."""
    return networks_io.build("audio.encoder", {**job.recipe(), "cell": job.config.audio_method})
