"""The keypad data set: handwritten digits, their telephone tones, and sentences that name them.

The digits ship with scikit-learn, tones and sentences are made here, so nothing is downloaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.raw import FILE_SUFFIX, RawWriter
from mmcli.core.streams import Purpose, generator
from mmcli.data.datasets import keypad
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.demo_data.options import DemoDataConfig

FIELDS = {"caption": "text", "photo": "image", "sound": "audio"}
SIDE = 16  # pixels

CARD = """# The keypad data set

{count:,} records; each names one digit in up to three fields: a handwritten `photo`, the `sound` of
its telephone key, and a `caption`. {lacking:,} of them lack one field on purpose.

| field | what | from |
|---|---|---|
| `photo` | grey PNG, 16 x 16, scaled up from 8 x 8 with 17 levels | the test set of [1], as scikit-learn ships it |
| `sound` | WAV, 8 kHz, 16 bit, at most 0.5 s | made by `mmcli demo-data` |
| `caption` | an English sentence from a small grammar | made by `mmcli demo-data` |

`label` is the digit. Made with seed {seed}.

[1] E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, <https://doi.org/10.24432/C50P49>, licensed under CC BY 4.0.
"""


@dataclass(frozen=True)
class _Item:
    index: int  # in scikit-learn's order
    digit: int
    picture: npt.NDArray[np.uint8]  # [8, 8]
    lacks: str | None


def demo_data(job: Job[DemoDataConfig]) -> Write:
    """Write the keypad data set as a raw folder.

    Raises:
        EnvironmentUnfitError: The folder cannot be written.
        UsageError: `out` holds something else.
    """

    def write() -> Written:
        config, items = job.config, _choose(job.config)
        with RawWriter(job.folder) as writer, job.ui.progress("writing records", len(items), "records") as bar:
            for done, item in enumerate(items, 1):
                _write(writer, item, config.seed)
                bar.advance_to(done)
        present = {field: sum(item.lacks != field for item in items) for field in FIELDS}
        lacking = sum(item.lacks is not None for item in items)
        (job.folder / "README.md").write_text(CARD.format(count=len(items), lacking=lacking, seed=config.seed), encoding="utf-8")
        fields = {field: {"modality": modality} for field, modality in FIELDS.items()}
        return Written(fields, {"records": len(items), "present": present}, {"name": "keypad", "licence": "CC BY 4.0"})

    return write


def _choose(config: DemoDataConfig) -> list[_Item]:
    """The records to write, in order of their index; which field each lacks is drawn here."""
    from sklearn.datasets import load_digits

    bunch: Any = load_digits()
    chosen = generator(config.seed, Purpose.DEMO_ORDER).permutation(len(bunch.target))[: config.num_records]
    items = []
    for index in sorted(int(i) for i in chosen):
        rng = generator(config.seed, Purpose.DEMO_MISSING, index)
        lacks = tuple(FIELDS)[rng.integers(len(FIELDS))] if rng.random() < config.missing else None
        picture = np.round(bunch.images[index] * (255 / 16)).astype(np.uint8)
        items.append(_Item(index, int(bunch.target[index]), picture, lacks))
    return items


def _write(writer: RawWriter, item: _Item, seed: int) -> None:
    record_id = f"digit-{item.index:04d}"
    row: dict[str, Any] = {"id": record_id, "label": str(item.digit)}
    if item.lacks != "caption":
        row["caption"] = keypad.make_sentence(item.digit, generator(seed, Purpose.DEMO_SENTENCE, item.index))
    if item.lacks != "photo":
        path = writer.media_path("photo", record_id, ".png")
        _save_picture(path, item.picture)
        row["photo" + FILE_SUFFIX] = writer.relative(path)
    if item.lacks != "sound":
        path = writer.media_path("sound", record_id, ".wav")
        _save_tone(path, keypad.make_tone(str(item.digit), generator(seed, Purpose.DEMO_TONE, item.index)))
        row["sound" + FILE_SUFFIX] = writer.relative(path)
    writer.add(row)


def _save_picture(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    from PIL import Image

    Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS).save(path)


def _save_tone(path: Path, wave: npt.NDArray[np.float32]) -> None:
    import soundfile

    packed = BytesIO()  # soundfile does not say why a disk refuses a file
    soundfile.write(packed, wave, keypad.SAMPLE_RATE_HZ, subtype="PCM_16", format="WAV")
    path.write_bytes(packed.getvalue())
