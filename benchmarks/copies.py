"""How many changed copies of images and sounds `preprocess` takes for near-copies, and how many different items; prints two tables.

    python benchmarks/copies.py --keypad demo --fsdd free-spoken-digit-dataset/recordings

The photos are drawn; `demo` is the folder that `mmcli demo-data` writes.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from PIL import Image, ImageEnhance, ImageOps
from preprocess import jpeg

from mmcli.modalities import ingest_of
from mmcli.modalities.identity import MOST_BITS
from mmcli.stages.preprocess.near import close_pairs
from mmcli.stages.registry import config_of

ITEMS = 100


def found(modality: str, files: list[bytes], others: list[bytes]) -> float:
    """Share of near-copies and copies among pairs of files."""
    with tempfile.TemporaryDirectory() as folder:
        ingest, identities = stored(modality, [*files, *others], Path(folder))
        number = len(files)
        pairs = np.stack([np.arange(number), np.arange(number) + number], 1)
        close = np.array([(identities[a].hash ^ identities[b].hash).bit_count() <= MOST_BITS for a, b in pairs.tolist()])
        return float((close & ingest.alike(pairs)).mean())


def false_pairs(modality: str, files: list[bytes]) -> tuple[int, int]:
    """Pairs of different items with close hashes, and those taken for near-copies."""
    with tempfile.TemporaryDirectory() as folder:
        ingest, identities = stored(modality, files, Path(folder))
        pairs = close_pairs(np.array([identity.hash for identity in identities], dtype=np.uint64), MOST_BITS)
        pairs = np.array([(a, b) for a, b in pairs.tolist() if identities[a].content != identities[b].content]).reshape(-1, 2)
        return len(pairs), int(ingest.alike(pairs).sum())


def stored(modality: str, files: list[bytes], folder: Path) -> tuple[Any, list[Any]]:
    """A reader that holds the items of files, and their identities."""
    ingest: Any = ingest_of(modality, config_of("preprocess")())
    ingest.open(folder, None)
    drafts = [ingest.decode(data) for data in files]
    ingest.append(ingest.pack(drafts))
    ingest.state()
    return ingest, ingest.identities(drafts)


def image_bytes(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """A file of an image."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def cropped(image: Image.Image, share: float) -> Image.Image:
    """An image without a share of each side."""
    width, height = image.size
    return image.crop((round(share * width), round(share * height), round((1 - share) * width), round((1 - share) * height)))


def sound_bytes(wave: np.ndarray, rate_hz: int, kind: str = "WAV", encoding: str = "PCM_16") -> bytes:
    """A file of a wave."""
    buffer = io.BytesIO()
    soundfile.write(buffer, wave, rate_hz, format=kind, subtype=encoding)
    return buffer.getvalue()


IMAGES: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG of quality 90": lambda image: image_bytes(image, "JPEG", quality=90),
    "JPEG of quality 50": lambda image: image_bytes(image, "JPEG", quality=50),
    "JPEG of quality 20": lambda image: image_bytes(image, "JPEG", quality=20),
    "half the size": lambda image: image_bytes(image.resize((image.width // 2, image.height // 2))),
    "twice the size": lambda image: image_bytes(image.resize((image.width * 2, image.height * 2))),
    "brighter by 15 %": lambda image: image_bytes(ImageEnhance.Brightness(image).enhance(1.15)),
    "less contrast by 20 %": lambda image: image_bytes(ImageEnhance.Contrast(image).enhance(0.8)),
    "greyscale": lambda image: image_bytes(image.convert("L")),
    "cropped by 2 %": lambda image: image_bytes(cropped(image, 0.02)),
    "cropped by 5 %": lambda image: image_bytes(cropped(image, 0.05)),
    "mirrored": lambda image: image_bytes(ImageOps.mirror(image)),
}
SOUNDS: dict[str, Callable[[np.ndarray, int], bytes]] = {
    "FLAC": lambda wave, rate_hz: sound_bytes(wave, rate_hz, "FLAC"),
    "half the level": lambda wave, rate_hz: sound_bytes(wave / 2, rate_hz),
    "twice the sampling rate": lambda wave, rate_hz: sound_bytes(soxr.resample(wave, rate_hz, 2 * rate_hz), 2 * rate_hz),
    "mu-law": lambda wave, rate_hz: sound_bytes(wave, rate_hz, encoding="ULAW"),
    "Ogg Vorbis": lambda wave, rate_hz: sound_bytes(wave, rate_hz, "OGG", "VORBIS"),
    "MP3": lambda wave, rate_hz: sound_bytes(wave, rate_hz, "MP3", "MPEG_LAYER_III"),
    "8 bits": lambda wave, rate_hz: sound_bytes(wave, rate_hz, encoding="PCM_U8"),
    "20 ms cut off": lambda wave, rate_hz: sound_bytes(wave[rate_hz // 50 :], rate_hz),
    "50 ms of silence first": lambda wave, rate_hz: sound_bytes(np.pad(wave, (rate_hz // 20, 0)), rate_hz),
}


def main() -> None:
    """Measure what is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keypad", type=Path, default=Path("demo"))
    parser.add_argument("--fsdd", type=Path, default=Path("recordings"))
    given = parser.parse_args()
    sets = {"keypad digits": ("image", sorted(given.keypad.glob("photo/**/*.png")))}
    sets |= {"keypad tones": ("audio", sorted(given.keypad.glob("sound/**/*.wav")))}
    sets |= {"recordings": ("audio", sorted(given.fsdd.glob("*.wav")))}
    sets = {name: (modality, files) for name, (modality, files) in sets.items() if files}

    print("| changed copies | found |\n|---|---|")
    photos = [Image.open(io.BytesIO(jpeg(number))).convert("RGB") for number in range(ITEMS)]
    for name, change in IMAGES.items():
        share = found("image", [image_bytes(photo) for photo in photos], [change(photo) for photo in photos])
        print(f"| photos, {name} | {share:.0%} |")
    for source, (modality, files) in sets.items():
        chosen = files[:: max(1, len(files) // ITEMS)] if modality == "audio" else []
        waves = [soundfile.read(path, dtype="float32") for path in chosen]
        for name, alter in SOUNDS.items() if waves else ():
            share = found("audio", [path.read_bytes() for path in chosen], [alter(*wave) for wave in waves])
            print(f"| {source}, {name} | {share:.0%} |")

    print("\n| different items | number | pairs with close hashes | taken for near-copies |\n|---|---|---|---|")
    for name, (modality, files) in sets.items():
        close, wrong = false_pairs(modality, [path.read_bytes() for path in files])
        print(f"| {name} | {len(files):,} | {close:,} | {wrong:,} |")


if __name__ == "__main__":
    main()
