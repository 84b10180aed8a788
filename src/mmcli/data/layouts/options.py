"""Options of reading raw folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.options import Options, option
from mmcli.data.layouts.base import Choice


@dataclass(frozen=True)
class ColumnsConfig(Options):
    """Which columns and fields of a raw folder are read."""

    panel: ClassVar[str] = ""

    columns: tuple[str, ...] = option((), "Columns or fields to read; none: all that say something.", metavar="NAME,...")
    leave_out: tuple[str, ...] = option((), "Columns or fields not to read.", metavar="NAME,...")

    def __post_init__(self) -> None:
        both = next((name for name in self.columns if name in self.leave_out), None)
        if both is not None:
            raise UsageError(f"{visible(both, 60)} is both to be read and to be left out", "--columns, --leave-out", "name it once")

    def choice(self) -> Choice:
        """The choice, with the encoding if a modality has that option."""
        return Choice(self.columns, self.leave_out, getattr(self, "encoding", None))
