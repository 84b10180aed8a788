"""The image modality."""

from mmcli.modalities.modality import Modality

_HERE = "mmcli.modalities.image"
MODALITY = Modality(
    name="image",
    noun="image",
    plural="images",
    suffixes=(".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".apng", ".jpe", ".jfif"),
    words=(
        *("img", "imgs", "photo", "photos", "picture", "pictures", "pic", "pics", "jpg", "jpgs", "jpeg", "jpegs", "png", "pngs"),
        *("jpegimages", "frame", "frames", "drawing", "drawings", "painting", "paintings"),
    ),
    sniff=f"{_HERE}.signatures:suffix_for",
    target_rank=1,
    codec=f"{_HERE}.codec:ImageCodec",
    ingest=f"{_HERE}.ingest:ImageIngest",
    field_options=f"{_HERE}.options:ImageConfig",
    guess=f"{_HERE}.guess:guess",
    encoder_options=f"{_HERE}.options:ImageEncoderConfig",
    encoder=f"{_HERE}.tower:image_tower",
    network_form=f"{_HERE}.views:network_form",
    view=f"{_HERE}.views:view",
    gan=f"{_HERE}.recipe:RECIPE",
    judge_view="mmcli.modalities.judge_parts:shaken",
    likeness=f"{_HERE}.likeness:LIKENESS",
    show=f"{_HERE}.show:SHOW",
    builders={
        "image.encoder": f"{_HERE}.networks:encoder",
        "image.backbone": f"{_HERE}.backbone:encoder",
        "image.generator": f"{_HERE}.networks:generator",
        "image.discriminator": f"{_HERE}.networks:discriminator",
        "image.generator.r3gan": f"{_HERE}.r3gan:generator",
        "image.discriminator.r3gan": f"{_HERE}.r3gan:discriminator",
        "image.judge": f"{_HERE}.judge:network",
    },
)
