"""What a layout of raw folders offers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Protocol, runtime_checkable

from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.listing import Listing


class Layout(Protocol):
    """A layout of raw folders."""

    name: ClassVar[str]

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether the folder matches this layout, judged by names and first bytes only."""
        ...

    def __init__(self, listing: Listing) -> None: ...

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        ...

    def records(self) -> Iterator[RawRecord | RawReject]:
        """Records and problems, in a stable order."""
        ...


@runtime_checkable
class Accounting(Protocol):
    """A layout that says which columns, folders and files it reads as what, and which it leaves out."""

    def account(self, ledger: Ledger) -> None:
        """Note them: `ledger.read("text", field, "column title")`, `ledger.leave_out("column url", "every value is an address")`."""
        ...
