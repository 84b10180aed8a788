"""Questions about buses and the clerk's answers; some can only be answered with what was said before.

    python make_data.py OUT [RECORDS]

The timetable is the same in all dialogues, so a generator can learn it. Turns are separated by " / ".
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

CITIES = ("Bern", "Cairo", "Dakar", "Delhi", "Lima", "Oslo", "Paris", "Quito", "Riga", "Rome", "Seoul", "Turin")
# How a question is asked, and the start of its answer.
KINDS = {
    "first": ("When does the first bus to {city} leave?", "The first bus to {city} leaves at {time}."),
    "last": ("When does the last bus to {city} leave?", "The last bus to {city} leaves at {time}."),
    "price": ("How much is a ticket to {city}?", "A ticket to {city} costs {price} euros."),
    "platform": ("Where does the bus to {city} stop?", "The bus to {city} stops at platform {platform}."),
}
AGAIN = {
    "first": "And the first one?",
    "last": "And the last one?",
    "price": "How much does that cost?",
    "platform": "From which platform?",
}
POLITE = ("", "", "Good morning. ", "Hello! ", "Excuse me. ", "Please tell me: ")


def answer(kind: str, city: str) -> str:
    """What the clerk says."""
    table = random.Random(city)
    facts = {
        "first": f"{table.randrange(5, 9):02d}:{table.randrange(0, 60, 5):02d}",
        "last": f"{table.randrange(20, 24):02d}:{table.randrange(0, 60, 5):02d}",
    }
    price, platform = table.randrange(8, 60), table.randrange(1, 10)
    return KINDS[kind][1].format(city=city, time=facts.get(kind, ""), price=price, platform=platform)


def dialogue(rng: random.Random) -> list[tuple[str, str]]:
    """Prompts with all that was said before, and replies."""
    turns: list[str] = []
    found = []
    city = rng.choice(CITIES)
    kinds = rng.sample(list(KINDS), rng.randrange(1, 4))
    for i, kind in enumerate(kinds):
        if i and rng.random() < 0.3:
            city = rng.choice(CITIES)
            question = KINDS[kind][0].format(city=city)
        else:
            question = AGAIN[kind] if i else rng.choice(POLITE) + KINDS[kind][0].format(city=city)
        turns += [question]
        found.append((" / ".join(turns), answer(kind, city)))
        turns += [found[-1][1]]
    turns += ["Thank you!"]
    return [*found, (" / ".join(turns), "You are welcome. Have a good trip!")] if rng.random() < 0.3 else found


def main(out: str, records: str = "3000") -> None:
    """Write the folder; the turns of a dialogue are one group, so that they stay in one split."""
    folder, rng, rows = Path(out), random.Random(0), list[dict[str, str]]()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(int(records)):
        rows += [{"id": f"{number:05d}-{i}", "group": f"{number:05d}", "prompt": a, "reply": b} for i, (a, b) in enumerate(dialogue(rng))]
    lines = [json.dumps(row) for row in rows[: int(records)]]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
