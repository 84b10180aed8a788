"""The catalogue's T cases: texts that are broken, hostile or odd."""

from __future__ import annotations

import json
import os
import time
import unicodedata
from pathlib import Path

import pytest

from mmcli.artifacts import records
from mmcli.modalities import ingest_of
from mmcli.modalities.text.cleaning import clean
from mmcli.modalities.text.pii import KINDS, find
from mmcli.modalities.text.rules import TextRules
from mmcli.stages.registry import config_of

PNG_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x02\0\0\0"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "TXT_EMPTY", id="T01"),
        pytest.param(b" \n\t \r\n", "TXT_EMPTY", id="T02-blank"),
        pytest.param(b"\xef\xbb\xbf", "TXT_EMPTY", id="T02-mark"),
        pytest.param(b"\xff\xfe\xfa", "TXT_ENCODING", id="T03"),
        pytest.param("Größe".encode("latin-1"), "TXT_ENCODING", id="T03-latin"),
        pytest.param(b"\xff\xfe" + "a cat".encode("utf-16-le"), "ok", id="T04-le"),
        pytest.param(b"\xfe\xff" + "a cat".encode("utf-16-be"), "ok", id="T04-be"),
        pytest.param("a cat sat".encode("utf-16-le"), "TXT_ENCODING", id="T05-le"),
        pytest.param("a cat sat".encode("utf-16-be"), "TXT_ENCODING", id="T05-be"),
        pytest.param(b"a\0b and more", "TXT_BINARY", id="T06-nul"),
        pytest.param(PNG_HEAD, "TXT_BINARY", id="T06-png"),
        pytest.param("half \ud800 pair", "TXT_ENCODING", id="T13"),
    ],
)
def test_encodings(verdict, content, code):
    assert verdict("text", content) == code


def test_t03_a_named_encoding_is_used():
    draft = ingest_of("text", config_of("preprocess")(encoding="latin-1")).decode("Größe".encode("latin-1"))
    assert draft.text == "Größe"


def test_t07_one_line_of_50_mb(verdict, tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 50 * 2**20)
    assert verdict("text", path) == "TXT_TOO_LARGE"


def test_t08_two_sparse_gigabytes(verdict, tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as handle:
        handle.truncate(2**31)
    assert verdict("text", path) == "TXT_TOO_LARGE"


def test_t09_a_million_marks_and_normal_forms(verdict):
    assert verdict("text", "a" + "\u0316\u0301" * 500_000) == "ok"
    assert clean(unicodedata.normalize("NFD", "Ångström")) == clean("Ångström")


def test_t10_hidden_characters():
    hidden = "a\u202eb\u200bc\U000e0041d"
    assert clean(hidden) == "abcd"
    assert clean(hidden, keep_hidden=True) == hidden


@pytest.mark.parametrize("text", ["a@" * 50_000, "1" * 100_000, "a.a-" * 5_000, '"' * 20_000, "(" * 20_000, "' " * 20_000, ". " * 4_000])
@pytest.mark.parametrize("tokenizer", ["word", "treebank", "tweet", "bpe"])
def test_t12_no_text_takes_long(text, tokenizer):
    rules = TextRules(tokenizer=tokenizer, strip_html=True, strip_urls=True, redact=KINDS)
    rules.tokens("warm up.")
    begin = time.process_time()
    rules.tokens(rules.clean(text))
    assert time.process_time() - begin < 3.0


def test_t14_personal_data_is_found_and_redacted():
    canaries = ["4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "123-45-6789", "ann.b@mail.example.com", "+1 (555) 123-4567"]
    text = "I said: " + "; ".join(canaries) + "."
    assert {kind for kind, _, _ in find(text)} == set(KINDS)
    cleaned = TextRules(redact=KINDS).clean(text)
    assert not any(canary in cleaned for canary in canaries)


@pytest.mark.parametrize("text", ["我喜欢猫和狗", "😀😃😄👩‍👩‍👧", "مرحبا بالعالم", "שלום עולם", "สวัสดีชาวโลก", "नमस्ते दुनिया"])
def test_t16_every_script_is_processed(text):
    rules = TextRules()
    assert rules.tokens(rules.clean(text))


def test_t17_line_ends_make_no_difference():
    rules = TextRules()
    variants = [f"one{end}two.{end}three" for end in ("\n", "\r\n", "\r", "\n\n", "\f", "\u2028", "\x85")]
    assert len({tuple(rules.tokens(rules.clean(text))) for text in variants}) == 1


def raw_texts(folder: Path, *contents: bytes | str) -> Path:
    folder.mkdir()
    for i in range(30):
        (folder / f"good{i:02d}.txt").write_text(f"a good text number {i} of cats and dogs {i * 7}")
    for i, content in enumerate(contents):
        (folder / f"odd{i}.txt").write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def test_a_folder_of_them_is_processed(run, tmp_path):
    raw = raw_texts(
        tmp_path / "raw",
        b"",
        b"\xff\xfe\xfa",
        PNG_HEAD,
        "😀",
        "我喜欢猫",
        "\x1b]52;c;aGk=\x07\x1b[31mred",
        "<script>alert(1)</script> [red]x[/bold]",
    )
    with (raw / "sparse.txt").open("wb") as handle:
        handle.truncate(2**31)
    done = run(raw)
    assert sorted(r["code"] for r in done.rejects) == ["TXT_BINARY", "TXT_EMPTY", "TXT_ENCODING", "TXT_TOO_LARGE"]
    table = records.read(done.out)
    texts = dict(zip(table.ids, table.texts(next(iter(done.counts["present"]))), strict=True))
    assert texts["odd5"] == "]52;c;aGk=[31mred"  # T11: the escape bytes are gone
    assert texts["odd6"] == "<script>alert(1)</script> [red]x[/bold]"  # T18: text in data


def test_t13_half_pairs_in_metadata_are_rejected(run, tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    rows = [json.dumps({"id": f"r{i}", "caption": f"cat number {i}"}) for i in range(20)]
    (raw / "metadata.jsonl").write_text("\n".join([*rows, '{"id": "x", "caption": "half \\ud800 pair"}']))
    assert {r["code"] for r in run(raw).rejects} <= {"TXT_ENCODING", "ROW_INVALID"}


@pytest.mark.parametrize("text", ["same", "same same same"])
def test_t15_one_word_is_no_vocabulary(run, tmp_path, text):
    raw = tmp_path / "raw"
    raw.mkdir()
    for i in range(10):
        (raw / f"{i}.txt").write_text(text)
    done = run(raw)
    assert done.code == 3
    assert "the vocabulary of the train split is too small" in done.stderr


def test_t11_names_with_escapes_are_never_raw_on_the_terminal(run, tmp_path):
    raw = raw_texts(tmp_path / "raw")
    name = os.fsencode(raw) + b"/\x1b]0;pwned\x07\x9b31m.txt"
    with open(name, "wb"):  # noqa: PTH123 - the name is no valid text
        pass
    done = run(raw)
    assert [r["code"] for r in done.rejects] == ["TXT_EMPTY"]
