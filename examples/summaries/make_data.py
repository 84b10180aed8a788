"""Reports of football matches, and a sentence that sums each up; teams and players have invented names.

    python make_data.py OUT [RECORDS]

Names are new in nearly every report, so a summary has to copy them, and the score has to be counted.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

SYLLABLES = [consonant + vowel for consonant in "bdfklmnprstv" for vowel in "aeio"]
GOALS = (
    "In minute {minute} {player} scored for {team}.",
    "{player} put the ball into the net for {team} after {minute} minutes.",
    "{team} celebrated when {player} hit the target in minute {minute}.",
)
NOTHING = (
    "{player} missed a penalty.",
    "The keeper of {team} saved a shot by {player}.",
    "{player} of {team} saw a yellow card in minute {minute}.",
    "It rained during the second half.",
    "{team} replaced {player} after {minute} minutes.",
)
OPENINGS = (
    "{one} met {other} in front of {people} spectators.",
    "On a cold evening {people} people watched {one} against {other}.",
    "{one} played {other} at home; {people} fans came.",
)


def name(rng: random.Random) -> str:
    """An invented name."""
    return "".join(rng.choices(SYLLABLES, k=rng.randrange(2, 4))).capitalize()


def match(rng: random.Random) -> tuple[str, str]:
    """A report and its summary."""
    teams = [f"{rng.choice(('FC', 'SV', 'Real', 'Inter'))} {name(rng)}" for _ in range(2)]
    players = [[name(rng) for _ in range(3)] for _ in teams]
    told = [rng.choice(OPENINGS).format(one=teams[0], other=teams[1], people=f"{rng.randrange(2, 90)},{rng.randrange(0, 1000):03d}")]
    score, scorers = [0, 0], dict[str, int]()
    for minute in sorted(rng.sample(range(2, 90), rng.randrange(2, 7))):
        side = rng.randrange(2)
        player, goal = rng.choice(players[side]), rng.random() < 0.6
        told.append(rng.choice(GOALS if goal else NOTHING).format(minute=minute, player=player, team=teams[side]))
        if goal:
            score[side] += 1
            scorers[player] = scorers.get(player, 0) + 1
    best = max(scorers, key=lambda player: scorers[player], default="")
    won = 0 if score[0] > score[1] else 1
    result = f"{teams[won]} beat {teams[1 - won]} {max(score)}-{min(score)}" if score[0] != score[1] else f"{teams[0]} and {teams[1]} drew"
    twice = f"; {best} scored {('once', 'twice', 'three times', 'four times')[min(3, scorers[best] - 1)]}" if best else ""
    return " ".join(told), f"{result}{twice}."


def main(out: str, records: str = "6000") -> None:
    """Write the folder."""
    folder, rng = Path(out), random.Random(0)
    folder.mkdir(parents=True, exist_ok=True)
    matches = (match(rng) for _ in range(int(records)))
    lines = [json.dumps({"id": f"{i:05d}", "report": report, "summary": summary}) for i, (report, summary) in enumerate(matches)]
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
