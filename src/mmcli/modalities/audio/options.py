"""Options of audio fields, and of their encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig, FieldConfig


@dataclass(frozen=True)
class AudioConfig(FieldConfig):
    """What `preprocess` can be told of an audio field."""

    panel: ClassVar[str] = "Audio fields"

    sample_rate_hz: int = option(8000, "Sampling rate of sounds.", ge=1000, le=192_000)
    seconds: float = option(0.64, "Length of the windows of sounds that are generated; rounded up to 16 frames.", ge=0.02, le=60.0)
    n_fft: int = option(256, "Window of the Fourier transform in samples.", ge=32, le=4096)
    hop_length: int = option(80, "Samples between two frames.", ge=8, le=4096)
    feature: str = option("stft", "What the bands of a spectrogram are.", choices=("stft", "mel", "bands", "mfcc"))
    n_bands: int = option(64, "Bands of mel and band-split features, and under mfcc.", ge=4, le=2048)
    n_coefficients: int = option(20, "Coefficients of mfcc.", ge=2, le=2048)
    high_pass_hz: float | None = option(None, "Take lower frequencies out of sounds.", ge=1.0, le=96_000, absent="none")
    low_pass_hz: float | None = option(None, "Take higher frequencies out of sounds.", ge=1.0, le=96_000, absent="none")
    denoise: bool = option(False, "Quieten steady noise of sounds by a spectral gate.")
    trim_db: float | None = option(
        None, "Cut off ends that are this much quieter than the loudest moment.", ge=1.0, le=120.0, absent="none"
    )
    loudness_db: float | None = option(None, "Bring sounds to this root mean square, dB of full scale.", ge=-80.0, le=-0.1, absent="none")
    align: str = option("centre", "Where such a window lies in a longer sound.", choices=("centre", "start"))
    windows: bool = option(False, "Cut longer sounds into windows, each a record of its own.")
    overlap: float = option(0.0, "Share by which windows overlap.", ge=0.0, le=0.9)
    silence: str = option("keep", "What happens to digital silence.", choices=("keep", "reject"))
    min_seconds: float = option(0.0, "Shortest sound that is read.", ge=0.0, le=600.0)
    max_seconds: float = option(600.0, "Longest sound that is read; it is kept whole.", ge=0.01, le=3600.0)
    stretch: float = option(0.08, "Copies of sounds: largest change of duration.", ge=0.0, le=0.5)
    pitch_semitones: float = option(0.5, "Copies of sounds: largest change of pitch.", ge=0.0, le=12.0)
    move_seconds: float = option(0.05, "Copies of sounds: largest shift in time.", ge=0.0, le=60.0)
    gain_db: float = option(6.0, "Copies of sounds: largest change of level.", ge=0.0, le=60.0)
    noise_db: float | None = option(40.0, "Copies of sounds: white noise this far below the sound.", ge=1.0, le=120.0, absent="none")

    def __post_init__(self) -> None:
        if self.hop_length > self.n_fft:
            raise UsageError("hop_length is longer than the window", "--hop-length", "let it be at most --n-fft")
        if self.low_pass_hz and self.high_pass_hz and self.low_pass_hz <= self.high_pass_hz:
            fix = "let the high-pass be the lower one"
            raise UsageError("these filters leave nothing between them", "--high-pass-hz, --low-pass-hz", fix)
        if self.high_pass_hz and self.high_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError("the high-pass leaves nothing below half the sampling rate", "--high-pass-hz", "lower it")
        if self.low_pass_hz and self.low_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError("the low-pass takes nothing out: it is not below half the sampling rate", "--low-pass-hz", "lower it")
        if self.feature == "mfcc" and self.n_coefficients > self.n_bands:
            raise UsageError("there are more coefficients than bands", "--n-coefficients", "let it be at most --n-bands")
        if self.feature != "stft" and self.n_bands > self.n_fft // 2:
            raise UsageError("there are more bands than the Fourier transform has bins", "--n-bands", "let it be at most half of --n-fft")


@dataclass(frozen=True)
class AudioEncoderConfig(EncoderConfig):
    """How `embed` reads sounds."""

    panel: ClassVar[str] = "Audio encoder"

    audio_method: str = option("gru", "Recurrent cell of the encoder of sounds.", choices=("gru", "lstm"))


def first_options(num_items: int) -> list[str]:
    """Lines of a configuration for a first run: short windows, however many sounds there are."""
    del num_items
    return ["seconds = 0.64      # length of the windows of sounds that are generated"]
