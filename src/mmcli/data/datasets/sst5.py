"""Stanford Sentiment Treebank with five classes, from its tables or its trees.

The tables are doubly encoded UTF-8 without quoting.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import About, Found, Importer, Item, decoded, need_file, small_file
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject

_SPLITS = {"1": "train", "2": "test", "3": "val"}
_BINS = (0.2, 0.4, 0.6, 0.8)  # upper bounds, inclusive
_TREE_FILES = {"train.txt": "train", "dev.txt": "val", "test.txt": "test"}
_LEAF = re.compile(r"\(\d ([^()\s]+)\)")
_ROOT = re.compile(r"\(([0-4]) ")

ABOUT = About(
    "Stanford Sentiment Treebank, five classes",
    "Stanford: R. Socher et al., Recursive Deep Models for Semantic Compositionality Over a Sentiment Treebank",
    "none stated by the publisher; cite the paper",
    {"sentence": "text"},
    "stanfordSentimentTreebank/datasetSentences.txt and its companions, or trees/train.txt, dev.txt, test.txt",
    {"train": 8_544, "val": 1_101, "test": 2_210},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the sentences; the label is 0 (very negative) to 4 (very positive)."""
    sentences = small_file(tree, "datasetSentences.txt")
    yield from _from_trees(tree) if sentences is None else _from_tables(tree, sentences)


def _from_tables(tree: Tree, sentences: bytes) -> Iterator[Found]:
    splits = dict(line.split(",") for line in _table(tree, "datasetSplit.txt")[1:] if line.count(",") == 1)
    phrases = dict(line.rsplit("|", 1) for line in _table(tree, "dictionary.txt") if "|" in line)
    values = dict(line.split("|") for line in _table(tree, "sentiment_labels.txt")[1:] if line.count("|") == 1)
    for number, line in enumerate(_lines(sentences, "datasetSentences.txt")[1:], 2):
        index, tab, text = line.partition("\t")
        sentence = _brackets(text)
        value = _number(values.get(phrases.get(sentence, ""), ""))
        place = f"datasetSentences.txt:{number}"
        if not tab or index not in splits or splits[index] not in _SPLITS:
            yield RawReject(place, place, "ROW_INVALID", "not an index with a split, and a sentence")
        elif value is None:
            yield RawReject(index, place, "UNPAIRED", "the dictionary has no value from 0 to 1 for the sentence")
        else:
            yield Item(f"sst-{index}", {"sentence": sentence}, str(bisect_left(_BINS, value)), _SPLITS[splits[index]])


def _from_trees(tree: Tree) -> Iterator[Found]:
    for member in tree.stream(lambda name: name.rpartition("/")[2] in _TREE_FILES):
        name = member.name.rpartition("/")[2]
        for number, line in enumerate(_lines(member.read(), member.name), 1):
            root, words = _ROOT.match(line), _LEAF.findall(line)
            place = f"{member.name}:{number}"
            if root and words and line.count("(") == line.count(")"):
                sentence = _brackets(" ".join(words)).replace("\\/", "/").replace("\\*", "*")
                yield Item(f"{name.removesuffix('.txt')}-{number:05d}", {"sentence": sentence}, root[1], _TREE_FILES[name])
            elif line.strip():
                yield RawReject(place, place, "ROW_INVALID", "not a tree")


def _table(tree: Tree, name: str) -> list[str]:
    return _lines(need_file(tree, name), name)


def _lines(data: bytes, what: str) -> list[str]:
    once = data.replace(b"\xc3\x83\xc2", b"\xc3").replace(b"\xc3\x82\xc2", b"\xc2")
    # Only line feeds end a line: the texts contain other characters at which Python would split.
    return [line.rstrip("\r") for line in decoded(once, what).split("\n") if line.strip()]


def _brackets(text: str) -> str:
    return text.replace("-LRB-", "(").replace("-RRB-", ")")


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    if not 0 <= value <= 1:
        raise InputError(f"a sentiment value is {visible(word, 40)}", "sentiment_labels.txt", "download it again from its publisher")
    return value


IMPORTERS = {"sst5": Importer(ABOUT, items)}
