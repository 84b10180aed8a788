"""Schema of the stored state of an image codec; bounds are those of the options of `preprocess`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mmcli.artifacts.schema import Schema
from mmcli.modalities.image.options import MAX_ASPECT

_Side = Annotated[int, Field(ge=1, le=1024)]


class ImageState(Schema):
    """See `ImageCodec`."""

    modality: Literal["image"]
    height: _Side
    width: _Side
    mode: Literal["L", "RGB", "RGBA"] = "RGB"
    fit: Literal["crop", "pad", "squeeze"] = "crop"
    background: Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$")] = "#ffffff"
    aspect: Annotated[float, Field(ge=0, le=MAX_ASPECT)] = 0.0
    white: Annotated[float, Field(ge=0, le=1e12)] = 0.0
    scales: Annotated[list[_Side], Field(max_length=64)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _written_size(self) -> Self:
        if 0 < self.aspect < 0.5 / MAX_ASPECT:
            raise ValueError(f"an aspect of {self.aspect:g} is too narrow")
        return self
