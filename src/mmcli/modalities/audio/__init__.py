"""The audio modality."""

from mmcli.modalities.modality import Modality

_HERE = "mmcli.modalities.audio"
MODALITY = Modality(
    name="audio",
    noun="sound",
    plural="sounds",
    suffixes=(
        ".wav",
        ".flac",
        ".ogg",
        ".mp3",
        ".opus",
        ".oga",
        ".aif",
        ".aiff",
        ".aifc",
        ".au",
        ".snd",
        ".caf",
        ".w64",
        ".rf64",
        ".sph",
        ".wave",
    ),
    words=(
        *("wav", "wavs", "flac", "flacs", "mp3", "mp3s", "ogg", "audios", "recording", "recordings", "clip", "clips", "voice", "voices"),
        *("speech", "utterance", "utterances", "song", "songs"),
    ),
    sniff=f"{_HERE}.headers:kind_of",
    target_rank=2,
    codec=f"{_HERE}.codec:AudioCodec",
    ingest=f"{_HERE}.ingest:AudioIngest",
    field_options=f"{_HERE}.options:AudioConfig",
    guess=f"{_HERE}.guess:guess",
    encoder_options=f"{_HERE}.options:AudioEncoderConfig",
    encoder=f"{_HERE}.tower:audio_tower",
    network_form=f"{_HERE}.views:network_form",
    view=f"{_HERE}.views:view",
    gan=f"{_HERE}.recipe:RECIPE",
    judge_view="mmcli.modalities.judge_parts:shaken",
    judge_corrupt=f"{_HERE}.judge:corrupted_sounds",
    likeness=f"{_HERE}.likeness:LIKENESS",
    show=f"{_HERE}.show:SHOW",
    builders={
        "audio.encoder": f"{_HERE}.networks:encoder",
        "audio.generator": f"{_HERE}.networks:generator",
        "audio.discriminator": f"{_HERE}.networks:discriminator",
        "audio.judge": f"{_HERE}.judge:network",
    },
)
