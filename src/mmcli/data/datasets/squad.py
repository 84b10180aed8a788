"""SQuAD 1.1 and 2.0: a context, a question about it, and an answer that is a span of it.

Offsets count code points, so the context is never stripped. An unanswerable question of 2.0 is a
record without the field.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import About, Found, Importer, Item, Published, choose_variant
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject, split_of
from mmcli.modalities.base import Reject

_FILE = re.compile(r"(?:.*/)?(train|dev)-(v[\d.]+)\.json$")

# Number of questions per file; Hugging Face and TensorFlow Datasets list the same numbers.
_PUBLISHED = {("train", "v1.1"): 87_599, ("dev", "v1.1"): 10_570, ("train", "v2.0"): 130_319, ("dev", "v2.0"): 11_873}

ABOUT = About(
    "SQuAD",
    "Stanford: P. Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text",
    "CC BY-SA 4.0",
    {"context": "text", "question": "text", "answer": "text"},
    "train-v1.1.json and dev-v1.1.json, or those of v2.0",
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the questions; the article is the group."""
    found = {match.groups() for member in tree.stream(lambda name: True) if (match := _FILE.match(member.name))}
    variant = choose_variant({version for _, version in found}, config.variant, tree)
    there = {part for part, version in found if version == variant}
    yield Published({str(split_of(part)): _PUBLISHED[part, variant] for part in sorted(there) if (part, variant) in _PUBLISHED})
    for member in tree.stream(lambda name: (match := _FILE.match(name)) is not None and match[2] == variant):
        match = _FILE.match(member.name)
        split = split_of(match[1]) if match else None
        try:
            body = jsonio.loads(member.read())
        except jsonio.JsonError as error:
            raise InputError(f"not JSON: {error}", visible(member.name), "download it again from its publisher") from None
        for path, title, context, question in _questions(body):
            try:
                yield _item(title, context, question, split)
            except Reject as problem:
                place = f"{member.name}: {path}"
                yield RawReject(place, place, problem.code, problem.message)


def _questions(body: Any) -> Iterator[tuple[str, Any, Any, Any]]:
    for i, article in enumerate(_list(body, "data")):
        for j, paragraph in enumerate(_list(article, "paragraphs")):
            for k, question in enumerate(_list(paragraph, "qas")):
                yield f"data[{i}].paragraphs[{j}].qas[{k}]", article.get("title"), paragraph.get("context"), question


def _list(body: Any, key: str) -> list[Any]:
    value = body.get(key) if isinstance(body, dict) else None
    return value if isinstance(value, list) else []


def _item(title: Any, context: Any, question: Any, split: str | None) -> Item:
    if not isinstance(question, dict) or not all(isinstance(x, str) and x for x in (context, question.get("question"), question.get("id"))):
        raise Reject("ROW_INVALID", "not a question with id, question and context")
    fields: dict[str, Any] = {"context": context, "question": question["question"]}
    extra = {}
    answers = _list(question, "answers")
    if answers and not question.get("is_impossible"):
        text, start = (answers[0].get("text"), answers[0].get("answer_start")) if isinstance(answers[0], dict) else (None, None)
        if not isinstance(text, str) or not isinstance(start, int) or start < 0 or context[start : start + len(text)] != text:
            raise Reject("ROW_INVALID", "the answer is not at answer_start")
        fields["answer"] = text
        extra = {"meta_answer_start": start}
    return Item(question["id"], fields, None, split, title if isinstance(title, str) and title else None, extra)


IMPORTERS = {"squad": Importer(ABOUT, items, ("variant",))}
