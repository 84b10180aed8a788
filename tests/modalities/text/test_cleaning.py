"""Bytes to clean text."""

from __future__ import annotations

import contextlib
import time

import pytest

from mmcli.modalities.base import Reject
from mmcli.modalities.text.cleaning import clean, to_text


def code(function, *args, **options) -> str:
    with pytest.raises(Reject) as caught:
        function(*args, **options)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_marked_encodings_are_recognised(encoding):
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert to_text(mark + "Größe 大".encode(encoding)) == "Größe 大"


def test_other_encodings_must_be_named():
    data = "Größe".encode("latin-1")
    assert code(to_text, data) == "TXT_ENCODING"
    assert to_text(data, "latin-1") == "Größe"


def test_html_becomes_text():
    html = "Good<br />film &amp; <b>fun</b><script>alert(1)</script>!<style>p{}</style>"
    assert clean(html, strip_html=True) == "Good film & fun!"
    assert clean(html) == html


def test_comparisons_are_not_tags():
    assert clean("a < b and c > d", strip_html=True) == "a < b and c > d"


def test_addresses_go():
    assert clean("see https://x.org/a?b=c, or www.y.com now", strip_urls=True).split() == ["see", "or", "now"]


def test_normal_forms():
    assert clean("cafe\u0301") == "café"
    assert clean("ﬁne", normal_form="NFKC") == "fine"
    assert clean("cafe\u0301", normal_form="none") == "cafe\u0301"


def test_hidden_characters_go_but_joiners_stay():
    assert clean("a\u202eb\u200bc\x1b[31md") == "abc[31md"
    assert clean("👩\u200d👧") == "👩\u200d👧"
    assert clean("a\u202eb", keep_hidden=True) == "a\u202eb"


@pytest.mark.parametrize("text", ["", "  \n\t", "\ufeff", "\u200b\u200b"])
def test_nothing_is_rejected(text):
    assert code(clean, text) == "TXT_EMPTY"


@pytest.mark.parametrize(
    "text", ["<" * 200_000, "<a " * 100_000, "<script" * 50_000, "&" * 200_000, "http://" * 50_000, "a" + "\u0316\u0301" * 200_000]
)
def test_time_is_linear(text):
    begin = time.process_time()
    with contextlib.suppress(Reject):
        clean(text, strip_html=True, strip_urls=True)
    assert time.process_time() - begin < 2.0
