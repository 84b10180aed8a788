"""LibriSpeech: FLAC files by subset, speaker and chapter, with one transcript per chapter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item, Media, Published, decoded
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject, split_of

_SOUND = re.compile(r"(?:.*/)?((?:train|dev|test)-[a-z]+(?:-\d+)?)/(\d+)/(\d+)/(\2-\3-\d{4})\.flac$")
_TEXTS = re.compile(r"(?:.*/)?\d+-\d+\.trans\.txt$")

_UTTERANCES = {
    "train-clean-100": 28_539,
    "train-clean-360": 104_014,
    "train-other-500": 148_688,
    "dev-clean": 2_703,
    "dev-other": 2_864,
    "test-clean": 2_620,
    "test-other": 2_939,
}

ABOUT = About(
    "LibriSpeech",
    "V. Panayotov et al., LibriSpeech: an ASR corpus based on public domain audio books",
    "CC BY 4.0",
    {"text": "text", "speech": "audio"},
    "train-clean-100/19/198/19-198-0000.flac and 19-198.trans.txt, and so on",
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the utterances; the speaker is the group."""
    texts: dict[str, tuple[str, str]] = {}  # id -> text, and the transcript it comes from
    subsets: set[str] = set()
    for member in tree.stream(lambda name: bool(_TEXTS.match(name))):
        subsets |= _UTTERANCES.keys() & member.name.split("/")
        for line in decoded(member.read(), member.name).splitlines():
            identity, _, text = line.partition(" ")
            texts[identity] = text.strip(), member.name
    sexes = _sexes(tree)
    yield _published(subsets)
    for member in tree.stream(lambda name: bool(_SOUND.match(name))):
        match = _SOUND.match(member.name)
        subset, speaker, _, identity = match.groups() if match else ("", "", "", "")
        text, _ = texts.pop(identity, ("", ""))
        if not text:
            yield RawReject(identity, member.name, "UNPAIRED", "its chapter's transcript has no line for it")
            continue
        extra = {"meta_subset": subset, **({"meta_sex": sexes[speaker]} if speaker in sexes else {})}
        fields: dict[str, str | Media] = {"text": text, "speech": Media(member.read(), ".flac")}
        yield Item(identity, fields, None, split_of(subset.partition("-")[0]), speaker, extra)
    for identity, (_, name) in texts.items():
        yield RawReject(identity, f"{name}: {identity}", "NOT_FOUND", "no such .flac file")


def _published(subsets: set[str]) -> Published:
    counts: Counter[str] = Counter()
    for subset in subsets:
        counts[str(split_of(subset.partition("-")[0]))] += _UTTERANCES[subset]
    return Published(dict(sorted(counts.items())))


def _sexes(tree: Tree) -> dict[str, str]:
    for member in tree.stream(lambda name: name.rpartition("/")[2] == "SPEAKERS.TXT"):
        rows = (line.split("|") for line in member.read().decode("utf-8", "replace").splitlines() if not line.startswith(";"))
        return {row[0].strip(): row[1].strip() for row in rows if len(row) >= 3}
    return {}


IMPORTERS = {"librispeech": Importer(ABOUT, items)}
