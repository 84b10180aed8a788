"""Sentences in English and German, made by a grammar: numbers, genders, cases, and verbs in another place.

python make_data.py OUT [RECORDS]
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

ONES_EN = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
ONES_DE = (
    "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn"
)
TENS_EN, TENS_DE = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
)
DAYS = {"Monday": "Montag", "Tuesday": "Dienstag", "Wednesday": "Mittwoch", "Thursday": "Donnerstag", "Friday": "Freitag"}
NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Felix", "Greta", "Hugo", "Ida", "Jonas", "Karla", "Leo")
# English plural: German plural.
THINGS = {
    "apples": "Äpfel", "books": "Bücher", "chairs": "Stühle", "eggs": "Eier", "flowers": "Blumen", "letters": "Briefe",
    "pictures": "Bilder", "tickets": "Karten", "shirts": "Hemden", "keys": "Schlüssel",
}  # fmt: skip
ADJECTIVES = {"red": "rote", "old": "alte", "new": "neue", "small": "kleine", "cheap": "billige", "beautiful": "schöne"}
# English: the German verb, and its separated part.
VERBS = {"buys": ("kauft", ""), "sells": ("verkauft", ""), "brings": ("bringt", "mit"), "collects": ("holt", "ab"), "counts": ("zählt", "")}
PLACES = {"at the station": "am Bahnhof", "in the city": "in der Stadt", "at the market": "auf dem Markt", "at school": "in der Schule"}


def english(number: int) -> str:
    """A number below 1,000 in English."""
    if number >= 100:
        rest = number % 100
        return f"{ONES_EN.split()[number // 100]} hundred" + (f" and {english(rest)}" if rest else "")
    if number < 20:
        return ONES_EN.split()[number]
    return TENS_EN.split()[number // 10 - 2] + (f"-{ONES_EN.split()[number % 10]}" if number % 10 else "")


def german(number: int) -> str:
    """The same in German, where ones stand before tens."""
    if number >= 100:
        return f"{ONES_DE.split()[number // 100]}hundert" + (german(number % 100) if number % 100 else "")
    if number < 20:
        return ONES_DE.split()[number]
    tens = TENS_DE.split()[number // 10 - 2]
    return f"{ONES_DE.split()[number % 10]}und{tens}" if number % 10 else tens


def pair(rng: random.Random) -> tuple[str, str]:
    """One sentence in both languages."""
    name, number = rng.choice(NAMES), rng.choice([rng.randrange(2, 21), rng.randrange(21, 100), rng.randrange(200, 1000)])
    day, thing, adjective, place = (rng.choice(list(words.items())) for words in (DAYS, THINGS, ADJECTIVES, PLACES))
    verb, (stem, part) = rng.choice(list(VERBS.items()))
    end = f" {part}." if part else "."
    if rng.random() < 0.5:
        source = f"On {day[0]} {name} {verb} {english(number)} {adjective[0]} {thing[0]} {place[0]}."
        return source, f"Am {day[1]} {stem} {name} {place[1]} {german(number)} {adjective[1]} {thing[1]}{end}"
    source = f"{name} {verb} {english(number)} {adjective[0]} {thing[0]} {place[0]} on {day[0]}."
    return source, f"{name} {stem} am {day[1]} {place[1]} {german(number)} {adjective[1]} {thing[1]}{end}"


def main(out: str, records: str = "4000") -> None:
    """Write the folder."""
    folder, rng = Path(out), random.Random(0)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = dict.fromkeys(pair(rng) for _ in range(int(records)))
    lines = [json.dumps({"id": f"{i:05d}", "en": source, "de": target}, ensure_ascii=False) for i, (source, target) in enumerate(pairs)]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
