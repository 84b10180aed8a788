"""How many sounds are longer than a window, and what of them is outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from mmcli.core.ledger import Ledger

if TYPE_CHECKING:
    from mmcli.modalities.audio.codec import AudioCodec


@dataclass(frozen=True)
class Lengths:
    """Lengths of a field's sounds against the lengths that are used.

    Attributes:
        of_all: Number of sounds.
        longer: Number of sounds longer than a window.
        outside: Fraction of the length of those that is outside their window.
        window_s: Length of a window in seconds.
        unread: Number of sounds longer than encoders read.
        most_s: Length that encoders read in seconds.
    """

    of_all: int
    longer: int
    outside: float
    window_s: float
    unread: int
    most_s: float

    @classmethod
    def of(cls, codec: AudioCodec, samples: npt.NDArray[np.int64]) -> Self:
        """Compare lengths `[n]` in samples with those of a codec."""
        long = samples[samples > codec.samples]
        outside = float((long - codec.samples).sum() / long.sum()) if len(long) else 0.0
        unread = int((codec.frames_of(samples) > codec.most_frames).sum())
        most_s = codec.most_frames * codec.hop_length / codec.sample_rate_hz
        return cls(len(samples), len(long), outside, codec.samples / codec.sample_rate_hz, unread, most_s)

    def window(self) -> str:
        """The window in words, with what is outside of it."""
        return f"--seconds ({self.window_s:.3g} s); {100 * self.outside:.2g} % of their length is outside of their window"

    def account(self, name: str, ledger: Ledger, *, rows: bool) -> None:
        """Note the sounds longer than a window, which is a row, or than encoders read."""
        if rows:
            ledger.change(name, f"longer than {self.window()}", count=self.longer, of=self.of_all)
        else:
            ledger.change(name, f"longer than the {self.most_s:.1f} s that encoders read", count=self.unread, of=self.of_all)

    def warning(self) -> dict[str, str]:
        """Warning for the facts of a field, if there is one."""
        if not self.longer:
            return {}
        unread = f"; {self.unread:,} are longer than the {self.most_s:.1f} s that encoders read" if self.unread else ""
        found = f"{self.longer:,} of {self.of_all:,} sounds are longer than {self.window()}, which generators make and scores see{unread}"
        return {"warning": f"{found}; --windows splits them into records, a larger --seconds keeps more"}
