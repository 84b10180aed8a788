"""Schema of `model.json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from mmcli.artifacts.schema import Count, Names, OpenSchema, Schema


class Recipe(Schema):
    """A network: the name of its builder, and the builder's arguments, whose bounds `recipes` checks."""

    builder: str
    config: dict[str, Any]


class Extra(OpenSchema):
    """What the owner of the networks has to know."""

    conditioner: str = ""
    fields: Names = Field(default_factory=list)
    given: Names = Field(default_factory=list)
    classes: Names = Field(default_factory=list)
    target: str = ""
    dim: Count = 0
    tokens: Count = 0
    latents: Count = 0


class ModelFile(Schema):
    """The content of `model.json`."""

    schema_number: Literal[1] = Field(alias="schema")
    networks: Annotated[dict[str, Recipe], Field(max_length=1000)]
    extra: Extra
