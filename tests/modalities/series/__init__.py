"""A modality that mmcli does not have: a series of numbers per record, one number a line."""

from mmcli.modalities.modality import Modality
from mmcli.modalities.recipe import GanRecipe

RECIPE = GanRecipe(
    networks={"compact": ("series.generator", "series.discriminator")},
    batch_size=16,
    learning_rate=4e-4,
    gamma=1.0,
    gamma_records=1000,
    width=8,
    epochs=10,
    min_kimg=1,
    max_kimg=10,
)
MODALITY = Modality(
    name="series",
    noun="series",
    plural="series",
    suffixes=(".csv",),
    codec="series.codec:SeriesCodec",
    ingest="series.codec:SeriesIngest",
    field_options="series.codec:SeriesConfig",
    encoder_options="series.codec:SeriesEncoderConfig",
    encoder="series.networks:tower",
    network_form="series.networks:network_form",
    view="series.networks:view",
    judge_view="mmcli.modalities.judge_parts:shaken",
    show="series.codec:SHOW",
    gan="series:RECIPE",
    builders={f"series.{name}": f"series.networks:{name}" for name in ("encoder", "generator", "discriminator", "judge")},
)
