"""Options of audio fields, and of their encoders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import option
from mmcli.modalities.options import EncoderConfig, FieldConfig

MAX_WINDOW_VALUES = 2**26  # of the spectrogram of a window


@dataclass(frozen=True)
class AudioConfig(FieldConfig):
    """Options of `preprocess` for audio fields."""

    panel: ClassVar[str] = "Audio fields"

    sample_rate_hz: int = option(8000, "Sampling rate of sounds in Hz.", ge=1000, le=192_000)
    seconds: float = option(
        0.64, "Length in seconds of the windows that generators produce, rounded up to a multiple of 16 frames.", ge=0.02, le=60.0
    )
    n_fft: int = option(256, "Window length of the Fourier transform in samples.", ge=32, le=4096)
    hop_length: int = option(80, "Number of samples between consecutive frames.", ge=8, le=4096)
    feature: str = option("stft", "Type of spectrogram features.", choices=("stft", "mel", "bands", "mfcc"))
    n_bands: int = option(64, "Number of bands of mel, bands and mfcc features.", ge=4, le=2048)
    n_coefficients: int = option(20, "Number of mfcc coefficients.", ge=2, le=2048)
    high_pass_hz: float | None = option(None, "Cutoff of the high-pass filter in Hz.", ge=1.0, le=96_000, absent="none")
    low_pass_hz: float | None = option(None, "Cutoff of the low-pass filter in Hz.", ge=1.0, le=96_000, absent="none")
    denoise: bool = option(False, "Reduce stationary noise with a spectral gate.")
    trim_db: float | None = option(None, "Trim both ends that are this many dB below the peak level.", ge=1.0, le=120.0, absent="none")
    loudness_db: float | None = option(None, "Normalise sounds to this root mean square level in dBFS.", ge=-80.0, le=-0.1, absent="none")
    align: str = option("centre", "Position of such a window in a longer sound.", choices=("centre", "start"))
    windows: bool = option(False, "Split longer sounds into windows, each a record of its own.")
    overlap: float = option(0.0, "Overlap of windows, as a fraction of their length.", ge=0.0, le=0.9)
    silence: str = option("keep", "Keep or reject sounds of digital silence.", choices=("keep", "reject"))
    min_seconds: float = option(0.0, "Minimum duration in seconds; shorter sounds are rejected.", ge=0.0, le=600.0)
    max_seconds: float = option(600.0, "Maximum duration in seconds; longer sounds are rejected.", ge=0.01, le=3600.0)
    stretch: float = option(0.08, "Augmented copies: maximum relative change of duration.", ge=0.0, le=0.5)
    pitch_semitones: float = option(0.5, "Augmented copies: maximum change of pitch in semitones.", ge=0.0, le=12.0)
    move_seconds: float = option(0.05, "Augmented copies: maximum shift in seconds.", ge=0.0, le=60.0)
    gain_db: float = option(6.0, "Augmented copies: maximum change of level in dB.", ge=0.0, le=60.0)
    noise_db: float | None = option(40.0, "Augmented copies: level of white noise in dB below the sound.", ge=1.0, le=120.0, absent="none")

    def __post_init__(self) -> None:
        if self.hop_length > self.n_fft:
            raise UsageError("hop_length exceeds the window length", "--hop-length", f"use at most {self.n_fft}, or raise --n-fft")
        if self.low_pass_hz and self.high_pass_hz and self.low_pass_hz <= self.high_pass_hz:
            fix = "use a high-pass cutoff below the low-pass cutoff"
            raise UsageError("the high-pass and low-pass filters leave no band", "--high-pass-hz, --low-pass-hz", fix)
        if self.high_pass_hz and self.high_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError("the high-pass cutoff is not below half the sampling rate", "--high-pass-hz", self._below_half())
        if self.low_pass_hz and self.low_pass_hz >= self.sample_rate_hz / 2:
            raise UsageError(
                "the low-pass has no effect: its cutoff is not below half the sampling rate", "--low-pass-hz", self._below_half()
            )
        if self.feature == "mfcc" and self.n_coefficients > self.n_bands:
            raise UsageError("more coefficients than bands", "--n-coefficients", f"use at most {self.n_bands}, or raise --n-bands")
        if self.feature != "stft" and self.n_bands > self.n_fft // 2:
            fix = f"use at most {self.n_fft // 2}, or raise --n-fft"
            raise UsageError("more bands than bins of the Fourier transform", "--n-bands", fix)
        width = {"stft": self.n_fft // 2, "mfcc": self.n_coefficients}.get(self.feature, self.n_bands)
        if (self.seconds * self.sample_rate_hz / self.hop_length + 16) * width > MAX_WINDOW_VALUES:
            what = f"the spectrogram of a window has more than {MAX_WINDOW_VALUES:,} values"
            raise UsageError(what, "--seconds, --hop-length", "use shorter windows or a larger hop")

    def _below_half(self) -> str:
        return f"use at most {self.sample_rate_hz / 2 - 1:g}, or raise --sample-rate-hz"


@dataclass(frozen=True)
class AudioEncoderConfig(EncoderConfig):
    """Options of `embed` for audio encoders."""

    panel: ClassVar[str] = "Audio encoder"

    audio_method: str = option("gru", "Recurrent cell of the audio encoder.", choices=("gru", "lstm"))
