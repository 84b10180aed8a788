"""Free Spoken Digit Dataset: `<digit>_<speaker>_<index>.wav`; index 0 to 4 is the test split."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item, Media
from mmcli.data.datasets.keypad import DIGIT_WORDS
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree

_FILE = re.compile(r"(?:.*/)?(\d)_([a-z]+)_(\d+)\.wav$", re.IGNORECASE)
_TEST = 5

ABOUT = About(
    "Free Spoken Digit Dataset",
    "Z. Jackson et al., Free Spoken Digit Dataset",
    "CC BY-SA 4.0",
    {"word": "text", "sound": "audio"},
    "recordings/0_george_0.wav and so on",
    {"train": 2_700, "test": 300},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the recordings; the speaker is the group."""
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        match = _FILE.match(member.name)
        if match:
            digit, speaker, index = match.groups()
            split = "test" if int(index) < _TEST else "train"
            fields: dict[str, str | Media] = {"word": DIGIT_WORDS[int(digit)], "sound": Media(member.read(), ".wav")}
            yield Item(f"{digit}_{speaker}_{index}", fields, digit, split, speaker)


IMPORTERS = {"fsdd": Importer(ABOUT, items)}
