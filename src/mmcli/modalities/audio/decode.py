"""Untrusted sound bytes to a mono waveform: header first, bounded, finite."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import soundfile

from mmcli.modalities.base import Reject

MAX_BYTES = 256 * 2**20
MAX_SECONDS = 600.0
MAX_CHANNELS = 16
RATES_HZ = (1000, 768_000)
MAX_LEVEL = 1e4
FORMATS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3", "NIST", "AIFF", "W64"})
SUBTYPES = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III"})
Wave = npt.NDArray[np.float32]


def decode(data: bytes) -> tuple[Wave, int]:
    """Mono waveform `[samples] float32` and its sampling rate in Hz.

    Channels are averaged; where that would cancel (opposite phase), the loudest channel is taken.

    Raises:
        Reject: It is no sound of an allowed format, is damaged, or has an unusable size or rate.
    """
    try:
        file = soundfile.SoundFile(io.BytesIO(data))
    except (soundfile.LibsndfileError, OSError, ValueError) as error:
        raise Reject("AUD_UNIDENTIFIED", f"the content is no sound of a known format: {error}") from None
    with file:
        _check_header(file)
        try:
            channels = file.read(int(MAX_SECONDS * file.samplerate) + 1, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, OSError, ValueError) as error:
            raise Reject("AUD_CORRUPT", f"the sound cannot be decoded: {error}") from None
        rate = int(file.samplerate)
    if not len(channels):
        raise Reject("AUD_NO_FRAMES", "the file has no samples")
    if not np.isfinite(channels).all():
        raise Reject("AUD_NOT_FINITE", "samples are NaN or infinite")
    if np.abs(channels).max() > MAX_LEVEL:
        raise Reject("AUD_RANGE", "samples are far outside -1 to 1")
    return to_mono(channels), rate


def _check_header(file: soundfile.SoundFile) -> None:
    if file.format not in FORMATS or file.subtype not in SUBTYPES:
        raise Reject("AUD_CODEC_REFUSED", f"{file.format} with {file.subtype} is not read; convert it to WAV or FLAC")
    if not RATES_HZ[0] <= file.samplerate <= RATES_HZ[1]:
        raise Reject("AUD_SAMPLERATE", f"{file.samplerate:,} Hz")
    if not 1 <= file.channels <= MAX_CHANNELS:
        raise Reject("AUD_CHANNELS", f"{file.channels:,} channels")
    if file.frames == 0:
        raise Reject("AUD_NO_FRAMES", "the file has no samples")
    if file.frames > MAX_SECONDS * file.samplerate:
        raise Reject("AUD_TOO_LONG", f"{file.frames / file.samplerate:,.0f} s; at most {MAX_SECONDS:g} s are read")


def to_mono(channels: Wave) -> Wave:
    """Average of the channels `[samples, channels]`, or the loudest one where they cancel."""
    if channels.shape[1] == 1:
        return channels[:, 0]
    mean: Wave = channels.mean(axis=1, dtype=np.float32)
    power = np.square(channels, dtype=np.float64).sum(axis=0)
    if np.square(mean, dtype=np.float64).sum() < 0.01 * power.max():
        return np.ascontiguousarray(channels[:, int(power.argmax())])
    return mean
