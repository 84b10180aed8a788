"""Signals in a training loop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from mmcli.core.errors import InterruptedRunError
from mmcli.training.interrupt import Interrupt


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


def test_second_signal_stops_at_once() -> None:
    with Interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(SystemExit) as caught:
            os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.code == 143


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


def test_third_signal_ends_a_process_that_hangs() -> None:
    code = (
        "import os, signal\n"
        "from mmcli.training.interrupt import Interrupt\n"
        "with Interrupt():\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except SystemExit:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGINT
