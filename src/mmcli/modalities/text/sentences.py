"""Split texts into sentences with NLTK's Punkt, without its data files."""

from __future__ import annotations

import functools
from collections.abc import Callable

from mmcli.modalities.text.parts import part

# Abbreviations after which a period does not end a sentence; Punkt would learn them from a large corpus.
_ABBREVIATIONS = {
    "en": "mr mrs ms dr prof sr jr st vs etc e.g i.e u.s u.k u.n a.m p.m no vol fig inc ltd co corp dept approx est gen col lt sgt rev",
    "de": "hr fr dr prof st str nr bzw z.b d.h u.a usw ca vgl bd abb evtl ggf inkl zzgl mio mrd",
    "fr": "m mm mme mlle dr prof st ste etc p.ex c.-à-d av bd no vol fig env",
    "es": "sr sra srta dr dra prof d dña etc p.ej ud uds av núm pág vol fig aprox",
    "it": "sig sig.ra dott prof ecc es pag vol fig ca",
    "pt": "sr sra dr dra prof etc p.ex av nº pág vol fig",
    "nl": "dhr mevr dr prof st enz bijv o.a d.w.z ca blz nr",
}
_ENDS = ".?!"


@functools.cache
def sentence_splitter(language: str) -> Callable[[str], list[str]]:
    """Function that splits a text into sentences."""
    punkt = part("nltk.tokenize.punkt")
    splitter = punkt.PunktSentenceTokenizer()
    splitter._params.abbrev_types.update(_ABBREVIATIONS.get(language, "").split())  # noqa: SLF001 - Punkt has no public interface for it

    def split(text: str) -> list[str]:
        # A text without inner sentence ends is one sentence; most captions are.
        if not any(end + " " in text for end in _ENDS):
            return [text]
        found: list[str] = splitter.tokenize(text)
        return found

    return split
