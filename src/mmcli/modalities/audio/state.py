"""Schema of the stored state of an audio codec; bounds are those of the options of `preprocess`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mmcli.artifacts.schema import Number, Schema
from mmcli.modalities.audio.features import FLOOR, Feature
from mmcli.modalities.audio.options import MAX_WINDOW_VALUES

_Cutoff = Annotated[float, Field(ge=0, le=96_000)]


class RulesState(Schema):
    """See `AudioRules`."""

    high_pass_hz: _Cutoff = 0.0
    low_pass_hz: _Cutoff = 0.0
    denoise: bool = False
    trim_db: Annotated[float, Field(ge=0, le=120)] = 0.0
    loudness_db: Annotated[float, Field(ge=-80, le=0)] = 0.0
    align: Literal["centre", "start"] = "centre"


class AudioState(Schema):
    """See `AudioCodec`."""

    modality: Literal["audio"]
    sample_rate_hz: Annotated[int, Field(ge=1000, le=192_000)]
    n_fft: Annotated[int, Field(ge=32, le=4096)]
    hop_length: Annotated[int, Field(ge=8, le=4096)]
    frames: Annotated[int, Field(ge=1, le=MAX_WINDOW_VALUES)]
    mean: Annotated[list[Number], Field(max_length=2048)]
    sd: Annotated[list[Annotated[float, Field(gt=0, le=1e30)]], Field(max_length=2048)]
    feature: Literal["stft", "mel", "bands", "mfcc"] = "stft"
    n_bands: Annotated[int, Field(ge=4, le=2048)] = 64
    n_coefficients: Annotated[int, Field(ge=2, le=2048)] = 20
    floor: Annotated[float, Field(gt=0, le=1)] = FLOOR
    rules: RulesState

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        width = Feature(self.feature, self.n_fft, self.hop_length, self.sample_rate_hz, self.n_bands, self.n_coefficients).width
        if self.hop_length > self.n_fft:
            raise ValueError(f"hop_length {self.hop_length} exceeds n_fft {self.n_fft}")
        if self.feature == "mfcc" and self.n_coefficients > self.n_bands:
            raise ValueError("more coefficients than bands")
        if self.feature != "stft" and self.n_bands > self.n_fft // 2:
            raise ValueError("more bands than bins of the Fourier transform")
        if not len(self.mean) == len(self.sd) == width:
            raise ValueError(f"{len(self.mean)} means and {len(self.sd)} standard deviations of {width} bands")
        if self.frames * width > MAX_WINDOW_VALUES:
            raise ValueError(f"a window of {self.frames:,} frames of {width} bands is too large")
        return self
