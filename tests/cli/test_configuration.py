"""Configuration files that are none, or that no option could have."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mmcli.cli.configuration import MAX_CONFIG_BYTES, load_table
from mmcli.core import userfile
from mmcli.core.errors import InputError, UsageError

NINES = "9" * 5000


def refused(path: Path | str, stage: str = "demo-data") -> UsageError:
    with pytest.raises(UsageError) as caught:
        load_table(str(path), stage)
    assert caught.value.fix
    return caught.value


def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name, said in (("pipe", "a pipe"), ("link", "a pipe"), ("folder", "a folder"), ("socket", "a socket")):
            error = refused(tmp_path / name)
            assert error.what == f"the configuration file is {said}, not a regular file"
            assert error.where == str(tmp_path / name)
    for device in ("/dev/zero", "/dev/full", "/dev/null"):
        assert refused(device).what == "the configuration file is a device, not a regular file"
    assert refused(tmp_path / "missing").what == "the configuration file cannot be read: No such file or directory"
    assert refused(tmp_path / "folder" / "x" / "y").what == "the configuration file cannot be read: No such file or directory"
    assert refused("-").what == "the configuration file cannot be read: No such file or directory"  # not standard input
    assert refused("").where == "--config"


def test_a_pipe_on_standard_input_is_refused_and_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("seed = 7\n")
    command = [sys.executable, "-m", "mmcli", "demo-data", "-o", "out", "--dry-run", "--config", "/dev/stdin"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)}  # noqa: PTH100
    done = subprocess.run(command, stdin=subprocess.PIPE, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env)
    assert done.returncode == 2
    assert "is a pipe" in done.stderr
    with (tmp_path / "c.toml").open() as handle:
        done = subprocess.run(command, stdin=handle, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env)
    assert "seed = 7" in done.stdout


def test_no_more_than_the_bound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("#" * (MAX_CONFIG_BYTES - 1) + "\n")
    assert load_table(str(path), "demo-data")[0] == {}
    path.write_text("#" * MAX_CONFIG_BYTES + "\n")
    assert refused(path).what == "the configuration file is larger than 1 MiB"
    os.truncate(path, 2**40)  # without blocks
    assert refused(path).what == "the configuration file is larger than 1 MiB"
    os.truncate(path, 8)
    assert userfile.read(path, 8, "the file", InputError, "") == b"#" * 8
    with pytest.raises(InputError, match="larger than"):
        userfile.read(path, 7, "the file", InputError, "")


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        (f"seed = {NINES}", "an integer has thousands of digits", "line 1"),
        (f"# {NINES}\n[demo-data]\nseed = -{NINES}", "an integer has thousands of digits", "line 3"),
        (f"[demo-data]\nx = [1,\n2, {NINES}]", "an integer has thousands of digits", "line 3"),
        (f"seed = 0x{'f' * 5000}", "an integer has more than 64 bits", "key seed"),
        (f"[preprocess.fields.photo]\nsize = [0b{'1' * 65}]", "an integer has more than 64 bits", "key preprocess.fields.photo.size"),
        (".".join("a" * 20_000) + " = 1", "a key has more than 100 parts", "line 1"),
        ("[demo-data]\nx = {" + " . ".join("a" * 20_000) + " = 1}", "a key has more than 100 parts", "line 2"),
        (".".join("a" * 90) + " = 1", "a key is nested more than 16 levels deep", f"key {'a.' * 16}a"),
        ("\nseed = " + "[" * 20_000 + "]" * 20_000, "arrays or tables are nested too deeply", "line 2"),
        ("x = 1\nseed = [\n" + "[\n" * 3000 + "]\n" * 3001, "arrays or tables are nested too deeply", "line 3002"),
        ("seed = " + "[" * 40 + "]" * 40, "a key is nested more than 16 levels deep", "key seed"),
    ],
)
def test_what_no_option_takes_is_told_by_line_or_key(text: str, what: str, where: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    error = refused(path)
    assert (error.what, error.where) == (what, f"{path}, {where}")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"seed = 1\nseed = 2", r"not TOML: Cannot overwrite a value \(at line 2, column 9\)"),
        (b"[demo-data]\n[demo-data]", r"not TOML: Cannot declare .* \(at line 2, column"),
        (b"seed = 1\n\0", r"not TOML: .* \(at line 2, column 1\)"),
        (b"seed = 1 # \0", r"not TOML: .* \(at line 1, column 12\)"),
        (b"seed = 1\rx = 2", r"not TOML: .* \(at line 1, column"),
        (b"seed = 1\n# \xff", "not UTF-8 text"),
        ("seed = 1".encode("utf-16"), "not UTF-8 text"),
    ],
)
def test_what_is_no_toml_is_told_by_line(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(data)
    error = refused(path)
    assert re.search(said, error.what)
    assert "not UTF-8" not in error.what or error.where == f"{path}, line {data.count(10) + 1}"


def test_a_byte_order_mark_and_rows_of_dots_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbfseed = 7 # " + b"." * 5000 + b"\n[demo-data]\nmissing = 0.25\n")
    assert load_table(str(path), "demo-data")[0] == {"seed": 7, "missing": 0.25}
