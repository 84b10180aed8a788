"""Signals in a training loop."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from mmcli.core.errors import InterruptedRunError
from mmcli.training.interrupt import Interrupt


@pytest.fixture(autouse=True)
def handlers_of_a_process_in_the_foreground() -> Iterator[None]:
    """A shell's job in the background ignores SIGINT, and so would `Interrupt`."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_sets_the_flag(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        interrupt.check("nowhere")
        os.kill(os.getpid(), number)
        assert interrupt.requested == number
        with pytest.raises(InterruptedRunError) as caught:
            interrupt.check("work/4-gan")
    assert caught.value.exit_code == 128 + number
    assert caught.value.where == "work/4-gan"
    assert signal.getsignal(number) is before


def test_second_signal_acts_as_before_the_block() -> None:
    seen: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        assert (interrupt.requested, seen) == (signal.SIGINT, [])
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        with pytest.raises(KeyboardInterrupt):  # so does a third
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_restored_after_an_error() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(ZeroDivisionError), Interrupt():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_other_threads_run_without_handlers() -> None:
    seen: list[int | None] = []

    def work() -> None:
        with Interrupt() as interrupt:
            seen.append(interrupt.requested)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]


def test_ignored_signals_stay_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with Interrupt() as interrupt:
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupt.requested is None
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
