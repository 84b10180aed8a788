"""Decode untrusted sound bytes to a mono waveform: header first, bounded, finite."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mmcli.modalities.audio import containers, headers, mpeg
from mmcli.modalities.audio.companding import TABLES
from mmcli.modalities.base import Reject

if TYPE_CHECKING:
    import soundfile

MAX_BYTES = 256 * 2**20
MAX_SECONDS = 600.0
MAX_SAMPLES = 64_000_000  # over all channels
MAX_LEVEL = 1e6
_PLAIN = {"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ALAW", "ULAW"}
SUBTYPES = frozenset({*_PLAIN, "VORBIS", "OPUS", "MPEG_LAYER_III"})
_UNKNOWN_FRAMES = 2**62  # libsndfile's number of frames of streams that do not state their length is above this
_BLOCK = 2**18  # frames
_MAX_HEADER = 4096  # bytes; a file without samples may have tags
_ANTIPHASE = 0.01
Wave = npt.NDArray[np.float32]


def decode(data: bytes, max_seconds: float = MAX_SECONDS) -> tuple[Wave, int]:
    """Decode a mono waveform `[samples] float32` and its sampling rate in Hz.

    Channels are averaged; if they would cancel (opposite phase), the loudest channel is used.
    Floating-point files that exceed [-1, 1] are scaled down.

    Raises:
        Reject: It is not a sound in an allowed format, is corrupted, or has an unusable size or rate.
    """
    kind = headers.container(data)
    if kind == "WAV":
        return _wav(data, max_seconds)
    containers.check_encoding(kind, data)
    with _opened(mpeg.with_length(data) if kind == "MP3" else containers.with_size(kind, data)) as file:
        _check(file, max_seconds, len(data))
        return _checked(_flac(file, data, max_seconds) if kind == "FLAC" else _read(file, "float32", max_seconds)), int(file.samplerate)


def _opened(data: bytes) -> soundfile.SoundFile:
    import soundfile

    try:
        file = soundfile.SoundFile(io.BytesIO(data))
        return file if file.frames < _UNKNOWN_FRAMES else _stream(data)
    except soundfile.LibsndfileError as error:
        raise Reject("AUD_CORRUPT", f"the header cannot be read: {error.error_string}") from None
    except (OSError, ValueError) as error:
        raise Reject("AUD_CORRUPT", f"the header cannot be read: {error}") from None


def _stream(data: bytes) -> soundfile.SoundFile:
    """A file that does not state its end: soundfile cannot seek after each block."""
    import soundfile

    class Stream(soundfile.SoundFile):
        def seekable(self) -> bool:
            return False

    return Stream(io.BytesIO(data))


def _checked(channels: Wave) -> Wave:
    """Check arbitrary samples and mix them down to one channel."""
    if not len(channels):
        raise Reject("AUD_NO_FRAMES", "the file has no samples")
    if not np.isfinite(channels).all():
        raise Reject("AUD_NOT_FINITE", "samples are NaN or infinite")
    peak = float(np.abs(channels).max())
    if peak > MAX_LEVEL:
        raise Reject("AUD_RANGE", "samples are far outside -1 to 1")
    return to_mono(channels / np.float32(peak) if peak > 1.0 else channels)


def _wav(data: bytes, max_seconds: float) -> tuple[Wave, int]:
    """PCM or float samples of a WAV file, as stored."""
    form = headers.wav_format(data)
    headers.check_wav(form)
    width = form.bits // 8
    frames = form.data_bytes // (width * form.channels)
    _check_length(frames, form.rate_hz, form.channels, max_seconds)
    order = headers.byte_order(data)
    samples = memoryview(data)[form.data_start : form.data_start + frames * width * form.channels]
    if form.codec == headers.FLOAT:
        wave = np.frombuffer(samples, f"{order}f{width}").astype(np.float32)
        return _checked(wave.reshape(frames, form.channels)), form.rate_hz
    if form.codec in TABLES:
        wave = TABLES[form.codec][np.frombuffer(samples, np.uint8)]
    elif width == 1:
        wave = (np.frombuffer(samples, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
    elif width == 3:
        wide = np.zeros((frames * form.channels, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(samples, np.uint8).reshape(-1, 3)[:, :: 1 if order == "<" else -1]
        wave = wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
    else:
        wave = np.frombuffer(samples, f"{order}i{width}").astype(np.float32) / np.float32(2 ** (form.bits - 1))
    return to_mono(wave.reshape(frames, form.channels)), form.rate_hz


def _check(file: soundfile.SoundFile, max_seconds: float, file_bytes: int) -> None:
    if file.subtype not in SUBTYPES:
        raise Reject("AUD_CODEC_REFUSED", f"{file.format} with {file.subtype} is not supported; convert it to WAV or FLAC")
    headers.check_rate_and_channels(file.samplerate, file.channels)
    if not file.frames and file_bytes > _MAX_HEADER:
        raise Reject("AUD_CORRUPT", "the header states no samples though more follows: its writer was interrupted; convert it again")
    if file.frames < _UNKNOWN_FRAMES:
        _check_length(file.frames, file.samplerate, file.channels, max_seconds)


def _check_length(frames: int, rate_hz: int, channels: int, max_seconds: float) -> None:
    if frames == 0:
        raise Reject("AUD_NO_FRAMES", "the file has no samples")
    if frames > max_seconds * rate_hz or frames * channels > MAX_SAMPLES:
        raise Reject("AUD_TOO_LONG", f"{frames / rate_hz:,.0f} s; the maximum is {max_seconds:g} s")


def _read(file: soundfile.SoundFile, dtype: str, max_seconds: float) -> npt.NDArray[np.float32]:
    import soundfile

    try:
        if file.frames < _UNKNOWN_FRAMES:
            return np.asarray(file.read(file.frames, dtype=dtype, always_2d=True))
        return _read_stream(file, dtype, max_seconds)
    except soundfile.LibsndfileError as error:
        raise Reject("AUD_CORRUPT", f"the sound cannot be decoded: {error.error_string}") from None
    except (OSError, ValueError) as error:
        raise Reject("AUD_CORRUPT", f"the sound cannot be decoded: {error}") from None


def _read_stream(file: soundfile.SoundFile, dtype: str, max_seconds: float) -> npt.NDArray[np.float32]:
    """Samples of a file that does not state their number."""
    blocks, frames = [], 0
    while True:
        block = np.empty((_BLOCK, file.channels), dtype)
        number = file.buffer_read_into(block, dtype)
        blocks.append(block[:number])
        frames += number
        _check_length(frames, file.samplerate, file.channels, max_seconds)
        if number < _BLOCK:
            return np.concatenate(blocks)


def _flac(file: soundfile.SoundFile, data: bytes, max_seconds: float) -> Wave:
    """Check the MD5 of a FLAC file's samples, which libsndfile does not verify."""
    digest, bits = headers.flac_digest(data)
    samples = _read(file, "int32", max_seconds)
    if file.frames < _UNKNOWN_FRAMES and len(samples) != file.frames:
        raise Reject("AUD_CORRUPT", f"the file ends after {len(samples):,} of {file.frames:,} samples")
    if any(digest) and _md5(samples, bits) != digest:
        raise Reject("AUD_CORRUPT", "the samples differ from their checksum")
    return samples.astype(np.float32) / np.float32(2**31)


def _md5(samples: npt.NDArray[np.generic], bits: int) -> bytes:
    width = (bits + 7) // 8
    values = np.ascontiguousarray(samples.astype("<i4") >> (32 - bits))
    packed = values.view(np.uint8).reshape(-1, 4)[:, :width]
    return hashlib.md5(packed.tobytes(), usedforsecurity=False).digest()


def to_mono(channels: Wave) -> Wave:
    """Average of the channels `[samples, channels]`, or the loudest one if they cancel."""
    if channels.shape[1] == 1:
        return channels[:, 0]
    mean: Wave = channels.mean(axis=1, dtype=np.float32)
    power = np.square(channels, dtype=np.float64).sum(axis=0)
    if np.square(mean, dtype=np.float64).sum() < _ANTIPHASE * power.max():
        return np.ascontiguousarray(channels[:, int(power.argmax())])
    return mean
