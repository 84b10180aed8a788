"""Files that a user names: what is no regular file is refused for its true reason, without being opened."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from mmcli.core import userfile
from mmcli.core.errors import InputError, UsageError


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "dangling").symlink_to("nothing")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    (tmp_path / "file").write_bytes(b"12345678")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("pipe", "is a pipe, not a regular file"),
        ("folder", "is a folder, not a regular file"),
        ("socket", "is a socket, not a regular file"),
        ("/dev/zero", "is a device, not a regular file"),
        ("dangling", "cannot be read: No such file or directory"),
        ("file/x", "cannot be read: Not a directory"),
        ("a\0b", "cannot be read: embedded null byte"),
        ("file", ""),
    ],
)
def test_what_cannot_be_read_is_told(name: str, why: str, odd: Path) -> None:
    assert userfile.unfit(odd / name) == why
    if why and "\0" not in name:
        with pytest.raises(InputError) as caught:
            userfile.check(odd / name, "file", "check the path")
        assert caught.value.what == ("no such file" if name == "file/x" else f"this file {why}")
        with pytest.raises(UsageError, match=why):
            userfile.read(odd / name, 100, "the file", UsageError, "")


def test_sizes_are_bounded_before_anything_is_read(odd: Path) -> None:
    userfile.check(odd / "file", "file", "", 8)
    with pytest.raises(InputError, match="this file is larger than 0 MiB"):
        userfile.check(odd / "file", "file", "", 7)
    assert userfile.read(odd / "file", 8, "the file", InputError, "") == b"12345678"
    with pytest.raises(InputError, match="the file is larger than"):
        userfile.read(odd / "file", 7, "the file", InputError, "")


def test_a_file_is_not_written_over_something_else(odd: Path) -> None:
    userfile.check_target(odd / "file", "--sheet")
    userfile.check_target(odd / "new", "--sheet")
    for name in ("pipe", "folder", "/dev/full"):
        with pytest.raises(UsageError, match="the file to write is a"):
            userfile.check_target(odd / name, "--sheet")


def test_text_is_utf8_without_its_mark(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9")
    assert userfile.read_text(tmp_path / "t", 100, "the file", InputError, "") == "café"
    (tmp_path / "t").write_bytes(b"one\ntwo \xff")
    with pytest.raises(UsageError, match="the list is not UTF-8 text") as caught:
        userfile.read_text(tmp_path / "t", 100, "the list", UsageError, "")
    assert caught.value.where.endswith("/t, line 2")
