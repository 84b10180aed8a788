"""Drawings of two shapes, and sentences that say which, of what colour and size, and where.

python make_data.py OUT [RECORDS]
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from PIL import Image, ImageDraw

SIDE = 48
COLOURS = {"red": (210, 40, 40), "green": (40, 160, 60), "blue": (40, 70, 210), "yellow": (230, 200, 40), "black": (20, 20, 20)}
SIZES = {"small": 5, "large": 10}
SHAPES = ("circle", "square", "triangle")
# Relation: centres of the first and of the second shape.
RELATIONS = {"left of": ((12, 24), (36, 24)), "above": ((24, 12), (24, 36))}


def draw(pen: ImageDraw.ImageDraw, shape: str, colour: str, size: str, centre: tuple[int, int], rng: random.Random) -> None:
    """Draw one shape near a place."""
    x, y = (place + rng.randint(-2, 2) for place in centre)
    r, fill = SIZES[size] + rng.randint(-1, 1), COLOURS[colour]
    if shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill)
    elif shape == "square":
        pen.rectangle((x - r, y - r, x + r, y + r), fill=fill)
    else:
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=fill)


def main(out: str, records: str = "2500") -> None:
    """Write the folder."""
    folder, rng, lines = Path(out), random.Random(0), list[str]()
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for i in range(int(records)):
        one, other = ((rng.choice(list(SIZES)), rng.choice(list(COLOURS)), rng.choice(SHAPES)) for _ in range(2))
        relation, centres = rng.choice(list(RELATIONS.items()))
        picture = Image.new("RGB", (SIDE, SIDE), (245, 245, 245))
        pen, name = ImageDraw.Draw(picture), f"images/{i:05d}.png"
        for (size, colour, shape), centre in zip((one, other), centres, strict=True):
            draw(pen, shape, colour, size, centre, rng)
        picture.save(folder / name)
        caption = f"A {' '.join(one)} {relation} a {' '.join(other)}."
        lines.append(json.dumps({"id": f"{i:05d}", "image_file_name": name, "caption": caption}))
    (folder / "metadata.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
