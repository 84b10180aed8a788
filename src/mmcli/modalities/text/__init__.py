"""The text modality."""

from mmcli.modalities.modality import Modality

_HERE = "mmcli.modalities.text"
MODALITY = Modality(
    name="text",
    noun="text",
    plural="texts",
    suffixes=(".txt", ".caption", ".cap", ".lab", ".text", ".transcript"),
    words=(
        *("txt", "txts", "caption", "captions", "cap", "caps", "transcript", "transcripts", "transcription", "transcriptions"),
        *("label", "labels", "annotation", "annotations", "description", "descriptions", "desc", "sentence", "sentences"),
        *("prompt", "prompts", "lyrics", "subtitle", "subtitles"),
    ),
    metavar="TEXT",
    inline=True,
    repeats=True,
    target_rank=3,
    codec=f"{_HERE}.codec:TextCodec",
    ingest=f"{_HERE}.ingest:TextIngest",
    settle=f"{_HERE}.detection:settle",
    field_options=f"{_HERE}.options:TextConfig",
    guess=f"{_HERE}.guess:guess",
    encoder_options=f"{_HERE}.options:TextEncoderConfig",
    encoder=f"{_HERE}.tower:text_tower",
    published=f"{_HERE}.published:PUBLISHED",
    network_form=f"{_HERE}.views:network_form",
    view=f"{_HERE}.views:view",
    gan=f"{_HERE}.recipe:RECIPE",
    written=f"{_HERE}.generation:shared_codecs",
    judge_view=f"{_HERE}.judge:view",
    judge_corrupt=f"{_HERE}.judge:corrupted",
    scores=f"{_HERE}.scores:scores",
    likeness=f"{_HERE}.likeness:LIKENESS",
    show=f"{_HERE}.show:SHOW",
    builders={
        "text.encoder": f"{_HERE}.networks:encoder",
        "text.words": f"{_HERE}.word_encoder:encoder",
        "text.bert": f"{_HERE}.bert.network:encoder",
        "text.generator": f"{_HERE}.networks:generator",
        "text.discriminator": f"{_HERE}.networks:discriminator",
        "text.discriminator.dense": f"{_HERE}.networks:dense_discriminator",
        "text.judge": f"{_HERE}.judge:network",
    },
)
