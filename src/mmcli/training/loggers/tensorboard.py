"""TensorBoard's event files, written by TensorFlow; the package tensorboard is needed only to look at them."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.training.loggers.run_log import RunLog, as_markdown
from mmcli.training.observer import Samples

Array = npt.NDArray[Any]
_START_TAG = "_hparams_/session_start_info"
_SCALAR, _TENSOR, _BLOBS = 1, 2, 3  # SummaryMetadata.DataClass
_WAV = b"\x10\x0b"  # AudioPluginData whose field 2, the encoding, is WAV


class TensorBoardLog(RunLog):
    """Scalars, images, audio, texts and hyper-parameters of a run.

    Args:
        root: Folder of all runs; each has a folder with its name and its start.
    """

    tool = "tensorboard"

    def __init__(self, root: Path, name: str, checkpoint: Path, settings: Mapping[str, Any], samples: Callable[[], Samples] | None) -> None:
        super().__init__(name, checkpoint, settings, samples)
        self._root = root

    def open(self, known: str | None) -> str:
        run = known or f"{self._name}/{time.strftime('%Y%m%d-%H%M%S')}"
        self._writer = tf.summary.create_file_writer(str(self._root / run))
        return run

    def settings(self, settings: Mapping[str, Any]) -> None:
        table = "\n".join(["| option | value |", "|---|---|", *(f"| {key} | {value} |" for key, value in settings.items())])
        with self._writer.as_default(step=0):
            _write(_START_TAG, tf.zeros((0,)), "hparams", 0, session_start(settings, time.time()))
            _write("settings", tf.constant(table), "text", _TENSOR)
        self._writer.flush()

    def scalars(self, figures: Mapping[str, float], step: int) -> None:
        with self._writer.as_default(step=step):
            for tag, value in figures.items():
                _write(tag, tf.constant(value, tf.float32), "scalars", _SCALAR)

    def samples(self, samples: Samples, step: int) -> None:
        with self._writer.as_default(step=step):
            _write_image("samples/generated", samples.sheet)
            _write_image("samples/the_records_themselves", samples.real)
            for number, item in enumerate(samples.items):
                _write_sound(f"samples/{number}/generated", item.wave, item.rate_hz)
                _write_sound(f"samples/{number}/the_record_itself", item.real_wave, item.rate_hz)
            if texts := as_markdown(samples):
                _write("samples/texts", tf.constant(texts), "text", _TENSOR)
        self._writer.flush()

    def end(self, outcome: str) -> None:
        self._writer.close()


def _write(tag: str, tensor: tf.Tensor, plugin: str, data_class: int, content: bytes = b"") -> None:
    """Write a tensor in the form that a plugin of TensorBoard reads; `tf.summary.scalar` and so on need the package tensorboard."""
    metadata = tf.compat.v1.SummaryMetadata(data_class=data_class)
    metadata.plugin_data.plugin_name, metadata.plugin_data.content = plugin, content
    tf.summary.write(tag, tensor, metadata=metadata)


def _write_image(tag: str, sheet: Array | None) -> None:
    if sheet is not None:
        height, width = np.shape(sheet)[:2]
        _write(tag, tf.stack([str(width), str(height), tf.io.encode_png(sheet)]), "images", _BLOBS)


def _write_sound(tag: str, wave: Array | None, rate_hz: int) -> None:
    if wave is not None:
        wav = tf.audio.encode_wav(np.asarray(wave, np.float32)[:, None], rate_hz)
        _write(tag, tf.stack([[wav, ""]]), "audio", _BLOBS, _WAV)


def session_start(settings: Mapping[str, Any], seconds: float) -> bytes:
    """The message HParamsPluginData with the start of a session, which is part of the package tensorboard.

    Its field 3 is SessionStartInfo: field 1 maps names to values of google.protobuf.Value, field 5 is the time.
    """
    entries = b"".join(_field(1, _field(1, key.encode()) + _field(2, _value(value))) for key, value in settings.items())
    return _field(3, entries + b"\x29" + struct.pack("<d", seconds))


def _value(value: Any) -> bytes:
    """A google.protobuf.Value: field 2 is a number, 3 a string, 4 a bool."""
    if isinstance(value, bool):
        return b"\x20" + (b"\x01" if value else b"\x00")
    if isinstance(value, int | float):
        return b"\x11" + struct.pack("<d", float(value))
    return _field(3, str(value).encode())


def _field(number: int, content: bytes) -> bytes:
    """A field with a length, in protobuf's wire format."""
    size, length = b"", len(content)
    while length > 0x7F:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content
