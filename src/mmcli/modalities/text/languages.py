"""Language-specific rules beyond scripts: codes, capital letters, elided articles."""

from __future__ import annotations

import re

# ISO 639-1
_LISTED = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff",
    "fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku",
    "kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu",
    "rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo",
    "wa wo xh yi yo za zh zu",
)
CODES = frozenset(code for line in _LISTED for code in line.split())
# Country codes and obsolete codes that are mistaken for language codes.
_MEANT = {
    "at": "de",
    "cn": "zh",
    "cz": "cs",
    "dk": "da",
    "gb": "en",
    "gr": "el",
    "in": "id",
    "iw": "he",
    "jp": "ja",
    "ua": "uk",
    "us": "en",
}
_WRITTEN_FORMS = {"nb": "no", "nn": "no"}  # Bokmål and Nynorsk use the tools of Norwegian
_DOTLESS = str.maketrans({"I": "\u0131", "İ": "i"})
_ELIDED = {
    "ca": "[dlmnst]",
    "fr": "[cdjlmnst]|jusqu|lorsqu|puisqu|qu|quoiqu",
    "it": "[cdlmstv]|agl|all|coll|dagl|dall|degl|dell|gl|negl|nell|pell|sugl|sull|un",
}
ELIDED = "(?:" + "|".join(_ELIDED.values()) + ")'"  # in any of these languages, as a pattern
_APOSTROPHE = re.compile(r"(?<=\w)\u2019(?=\w)")


def meant(code: str) -> str:
    """The language that an unknown code probably means, or nothing."""
    return _MEANT.get(code, "")


def tools_of(code: str) -> str:
    """The language whose stop words and stemmer apply to this one, usually itself."""
    return _WRITTEN_FORMS.get(code, code)


def lowered(text: str, language: str) -> str:
    """The text in lower case; Turkish and Azerbaijani have a dotted and a dotless i."""
    return text.translate(_DOTLESS).lower() if language in ("az", "tr") else text.lower()


def plain_apostrophes(text: str) -> str:
    """The text with typographic apostrophes within words replaced by plain ones, which tokenisers expect."""
    return _APOSTROPHE.sub("'", text) if "\u2019" in text else text


def elision(language: str) -> re.Pattern[str] | None:
    """Pattern of an elided word before its noun, such as l' in l'école; nothing for most languages."""
    found = _ELIDED.get(language)
    return re.compile(rf"((?:{found})')(\w.*)", re.IGNORECASE | re.DOTALL) if found else None
