"""TIMIT: sentences read by 630 speakers, in NIST SPHERE files that are converted to WAV.

The two SA sentences, which every speaker reads, are excluded by default.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from mmcli.core.display import visible
from mmcli.data.datasets.base import About, Found, Importer, Item, LeftOut, Media
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject
from mmcli.modalities.audio import headers
from mmcli.modalities.base import Reject

_FILE = re.compile(r"(?i)(?:.*/)?(train|test)/(dr[1-8])/([fm][a-z]{3}\d)/(s[aix]\d+)\.(wav|txt|wav\.wav)$")
_HEADER_BYTES = 1024
_COUNT = re.compile(rb"\nsample_count -i (\d+)\n")

ABOUT = About(
    "TIMIT",
    "Linguistic Data Consortium: J. S. Garofolo et al., TIMIT Acoustic-Phonetic Continuous Speech Corpus",
    "LDC user agreement; not for redistribution",
    {"text": "text", "speech": "audio"},
    "TRAIN/DR1/FCJF0/SI1027.WAV and SI1027.TXT, and so on, in either case",
    {"train": 3_696, "test": 1_344},
)

Key = tuple[str, ...]


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the sentences; the speaker is the group, the dialect region the label."""
    texts: dict[Key, str] = {}
    converted: set[Key] = set()  # files with a WAV copy beside the original
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        key, kind = _key(member.name)
        if kind == "txt":
            # The first two words are sample positions.
            texts[key] = " ".join(member.read(2**20).decode("latin-1").split()[2:])
        elif kind == "wav.wav":
            converted.add(key)
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        key, kind = _key(member.name)
        if kind == "txt" or (kind == "wav" and key in converted):
            continue
        split, region, speaker, sentence = key
        if sentence.startswith("SA") and not config.sa:
            yield LeftOut("an SA sentence, which every speaker reads (include them with --sa)")
            continue
        identity = "-".join(key)
        try:
            wave = as_wav(member.read())
        except Reject as problem:
            yield RawReject(identity, member.name, problem.code, problem.message)
            continue
        fields: dict[str, str | Media] = {"speech": Media(wave, ".wav")}
        if texts.get(key):
            fields["text"] = texts[key]
        else:
            yield RawReject(identity, member.name, "UNPAIRED", "no .TXT file with its transcript")
        yield Item(identity, fields, region, split.lower(), speaker)


def _key(name: str) -> tuple[Key, str]:
    match = _FILE.match(name)
    *key, kind = match.groups() if match else ("", "", "", "", "")
    return tuple(part.upper() for part in key), kind.lower()


def as_wav(data: bytes) -> bytes:
    """Convert a SPHERE file to the bytes of a WAV file; a WAV file is returned unchanged.

    Raises:
        Reject: It is neither, or is compressed by shorten.
    """
    import soundfile

    kind = headers.kind_of(data)
    if kind == "WAV":
        return data
    if kind != "NIST":
        raise Reject("AUD_UNIDENTIFIED", "neither NIST SPHERE nor WAV")
    if b"embedded-shorten" in data[:_HEADER_BYTES] or data[_HEADER_BYTES : _HEADER_BYTES + 4] == b"ajkg":
        raise Reject("AUD_CODEC_REFUSED", "compressed by shorten; decompress it with the publisher's tool first")
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="int16")
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise Reject("AUD_CORRUPT", visible(getattr(error, "error_string", error))) from None
    stated = _COUNT.search(data[:_HEADER_BYTES])
    if stated and len(samples) < int(stated[1]):
        raise Reject("AUD_CORRUPT", f"{len(samples):,} of the {int(stated[1]):,} samples stated in its header")
    packed = io.BytesIO()
    soundfile.write(packed, samples, rate, format="WAV", subtype="PCM_16")
    return packed.getvalue()


IMPORTERS = {"timit": Importer(ABOUT, items, ("sa",))}
