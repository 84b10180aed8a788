"""Noto Emoji: PNG files named by code points, and a table of names and groups, joined by code points."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmcli.artifacts import jsonio
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import About, Found, Importer, Item, LeftOut, Media, need_file
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree

_FILE = re.compile(r"(?:.*/)?emoji_u([0-9a-f]+(?:_[0-9a-f]+)*)\.png$")
_TABLE = "data-by-emoji.json"
_SELECTOR = "fe0f"  # selects the coloured form; omitted in file names

ABOUT = About(
    "Noto Emoji with names",
    "Google: Noto Emoji (images); unicode-emoji-json (names and groups)",
    "Apache-2.0 (images), MIT (names)",
    {"caption": "text", "image": "image"},
    "png/32/emoji_u1f600.png and so on, and data-by-emoji.json",
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the emoji that have both an image and a name; the label is the group."""
    try:
        table = jsonio.loads(need_file(tree, _TABLE))
    except jsonio.JsonError as error:
        raise InputError(f"not JSON: {error}", _TABLE, "download it again from its publisher") from None
    names = {_points(emoji): facts for emoji, facts in table.items() if isinstance(facts, dict)} if isinstance(table, dict) else {}
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        match = _FILE.match(member.name)
        points = match[1] if match else ""
        facts = names.pop(points, None)
        if facts is None:
            yield LeftOut("an image without a name")
            continue
        fields: dict[str, str | Media] = {"image": Media(member.read(), ".png")}
        if isinstance(facts.get("name"), str) and facts["name"]:
            fields["caption"] = facts["name"]
        group = facts.get("group")
        yield Item(f"u{points}", fields, group if isinstance(group, str) and group else None)
    for _ in names:
        yield LeftOut("a name without an image")


def _points(emoji: str) -> str:
    points = (f"{ord(char):04x}" for char in emoji)
    return "_".join(point for point in points if point != _SELECTOR)


IMPORTERS = {"emoji": Importer(ABOUT, items)}
