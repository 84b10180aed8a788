"""The catalogue's M cases: manifests and folders that are broken, hostile or odd."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from mmcli.artifacts.records import read as records_of
from mmcli.core.display import visible
from mmcli.core.errors import InputError, SafetyError
from mmcli.data.layouts.archives import open_tree
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import read_raw

CANARY = "canary-1f6c"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A raw folder beside a secret that no row may reach."""
    (tmp_path / "secret.png").write_text(CANARY)
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "ok.png").write_bytes(b"x")
    return folder


def read(folder: Path, layout: str = "auto") -> tuple[list[RawRecord], list[RawReject]]:
    results = list(read_raw(folder, layout=layout).records())
    return [r for r in results if isinstance(r, RawRecord)], [r for r in results if isinstance(r, RawReject)]


def read_row(folder: Path, file_name: str) -> list[RawReject]:
    rows = [{"id": "good", "file_name": "ok.png"}, {"id": "bad", "file_name": file_name}]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    records, rejects = read(folder)
    assert [r.id for r in records] == ["good"]
    assert all(visible(r.path, 10_000) == r.path for r in rejects if r.id == "bad")
    return [r for r in rejects if r.id == "bad"]


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",  # M01
        "sub/../../secret.png",
        "/etc/passwd",  # M02
        "C:\\x.png",
        "C:x.png",
        "\\\\srv\\x.png",
        "file:///etc/passwd",  # M03
        "file:/etc/passwd",
        "http://localhost/x.png",
        "zip://a::b",
        "sub\\..\\..\\secret.png",  # M04
        "a\0.png",  # M05
    ],
)
def test_m01_to_m05_names_that_leave_the_folder_are_refused(root, name):
    assert [r.code for r in read_row(root, name)] == ["PATH_REFUSED"]


@pytest.mark.parametrize("name", ["%2e%2e/secret.png", "a" * 5000 + ".png", "a/" * 3000 + "x.png", "ok.png/x.png", ".", "no.png"])
def test_m05_names_of_nothing_are_not_found(root, name):
    assert [r.code for r in read_row(root, name)] == ["NOT_FOUND"]


def test_m06_symbolic_links_are_refused(root):
    (root / "out.png").symlink_to(root.parent / "secret.png")
    (root / "chain.png").symlink_to(root / "out.png")
    (root / "loop.png").symlink_to(root / "loop.png")
    (root / "up").symlink_to(root.parent)
    for name in ("out.png", "chain.png", "loop.png", "up/secret.png"):
        assert [r.code for r in read_row(root, name)] == ["SYMLINK_REFUSED"], name
    _, rejects = read(root, "same-stem")
    assert sum(r.code == "SYMLINK_REFUSED" for r in rejects) == 4


def test_m07_a_hard_link_is_a_file(root):
    os.link(root.parent / "secret.png", root / "hard.png")
    records, _ = read(root)
    assert [r.id for r in records] == ["hard", "ok"]


def test_m08_pipes_and_sockets_do_not_block(root):
    os.mkfifo(root / "pipe.png")
    with socket.socket(socket.AF_UNIX) as sock:
        here = Path.cwd()
        os.chdir(root)  # a socket's address is short
        try:
            sock.bind("sock.wav")
        finally:
            os.chdir(here)
        begin = time.monotonic()
        assert [r.code for r in read_row(root, "pipe.png")] == ["NOT_REGULAR"]
        assert [r.code for r in read_row(root, "sock.wav")] == ["NOT_REGULAR"]
        assert time.monotonic() - begin < 2


def test_m08_a_folder_is_no_file(root):
    (root / "sub").mkdir()
    assert [r.code for r in read_row(root, "sub")] == ["NOT_REGULAR"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_m09_unreadable_files_and_folders(root):
    (root / "no.png").write_bytes(b"x")
    (root / "no.png").chmod(0)
    (root / "shut").mkdir(mode=0)
    try:
        assert [r.code for r in read_row(root, "no.png")] == ["PERMISSION"]
        assert "PERMISSION" in [r.code for r in read(root)[1] if r.id == "shut"]
    finally:
        (root / "shut").chmod(0o700)


def test_m10_a_file_that_vanishes(root):
    (root / "late.png").write_bytes(b"x")
    raw = read_raw(root)
    (root / "late.png").unlink()
    codes = {r.id: r.code for r in raw.records() if isinstance(r, RawReject)}
    assert codes == {"late": "CHANGED"}


@pytest.mark.parametrize("name", ["late.png", "sub/late.txt"])
def test_m10_a_file_that_grows(root, name):
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_bytes(b"x")
    raw = read_raw(root, layout="same-stem")
    (root / name).write_bytes(b"xyz")
    assert [(r.path, r.code) for r in raw.records() if isinstance(r, RawReject)] == [(name, "CHANGED")]


def test_m11_many_files_take_bounded_memory_and_time(tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    for i in range(10_000):
        (folder / f"{i:05d}.txt").touch()
    code = (
        "import sys\nfrom pathlib import Path\nfrom mmcli.data.layouts.folder import read_raw\n"
        "raw = read_raw(Path(sys.argv[1])); raw.fingerprint()\nassert sum(1 for _ in raw.records()) == 10_000\n"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    begin = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True)
    assert time.monotonic() - begin < 10
    assert int(done.stdout) < 200_000  # kilobytes


ODD_NAMES = [
    "new\nline",
    'quo"te',
    "😀",
    "bidi\u202e",
    "esc\x1b[31m",
    "-rf",
    "dot.",
    "blank ",
    "Case",
    "case",
    b"\xff\xfe".decode("utf-8", "surrogateescape"),
]


def test_m12_odd_names_are_processed_and_harmless(root):
    for name in ODD_NAMES:
        (root / f"{name}.png").write_bytes(b"x")
    records, rejects = read(root)
    assert not rejects
    assert len({r.id for r in records}) == len(ODD_NAMES) + 1
    for record in records:
        record.id.encode()
        record.fields["image"].source.encode()
        assert record.fields["image"].path.is_file()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"width,height\n1,2\n", "no column contains texts"),
        (b"text,text\na,b\n", "'text' occurs twice"),
        ("text,file_name\na,b\n".encode("utf-16-le"), "NUL"),
        (b"te\0xt,a\nb,c\n", "NUL"),
        (b"", "empty"),
        (b"file_name,note\n", "no readable row"),
    ],
)
def test_m13_tables_that_cannot_be_used_say_why(root, content, words):
    (root / "metadata.csv").write_bytes(content)
    with pytest.raises(InputError, match=words):
        read(root)


def test_m13_bad_rows_are_skipped(root):
    rows = [
        b"id,text", b"1,good", b"2", b"3,a,b", b"4,a\0b", b"5,\xff\xfe", b"6," + b"x" * 200_000, b'7,"un"quoted"', b"8,last",
    ]  # fmt: skip
    (root / "metadata.csv").write_bytes(b"\n".join(rows) + b"\n")
    (root / "ok.png").unlink()
    records, rejects = read(root)
    assert [r.id for r in records] == ["1", "6", "8"]
    assert [(r.code, r.path.split(":")[1]) for r in rejects] == [("ROW_INVALID", line) for line in ("3", "4", "5", "6", "8")]


def test_m13_other_delimiters_are_seen(root):
    (root / "metadata.csv").write_text("file_name;text\nok.png;a, b\n")
    records, _ = read(root)
    assert records[0].fields["text"].text == "a, b"


def test_m14_bad_lines_are_rejected_one_by_one(root):
    lines = [
        '{"id": "1", "text": "a"}',
        "{not json}",
        '{"id": "2", "text": "a", "x": NaN}',
        '{"id": "3", "id": "4", "text": "a"}',
        '{"text": ' + "[" * 10_000 + "]" * 10_000 + "}",
        '{"text": "a", "n": ' + "9" * 5000 + "}",
        '{"text": "' + "x" * 2**21 + '"}',
        "[1, 2]",
        '{"id": ["a"], "text": "b"}',
        '{"id": "lone", "text": "\\ud800"}',
        '{"id": "5", "text": "z", "split": "elsewhere"}',
        '{"id": "6", "text": "z"}',
    ]
    (root / "metadata.jsonl").write_text("\n".join(lines))
    records, rejects = read(root)
    assert [r.id for r in records] == ["1", "6"]
    codes = [r.code for r in rejects if r.id != "ok.png"]
    assert codes == ["ROW_INVALID"] * 8 + ["TXT_ENCODING", "ROW_INVALID"]


def test_m15_duplicates_and_unpaired_files(root):
    (root / "spare.png").write_bytes(b"x")
    rows = [
        {"id": "a", "file_name": "ok.png", "text": "one"},
        {"id": "a", "file_name": "ok.png", "text": "two"},
        {"file_name": "ok.png", "text": "three"},
        {"file_name": "ok.png", "text": "four"},
        {"id": "b", "text": "without a file"},
    ]
    (root / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    records, rejects = read(root)
    assert [(r.id, r.group) for r in records] == [("a", None), ("ok.png", None), ("ok.png#2", "ok.png"), ("b", None)]
    assert [(r.code, r.path) for r in rejects] == [("DUP_ID", "metadata.jsonl:2"), ("UNPAIRED", "spare.png")]


def captions(folder: Path, count: int, **column: Callable[[int], object]) -> Path:
    rows = [{"id": f"{i:05d}", "caption": f"a cat and {i % 7} dogs", **{k: f(i) for k, f in column.items()}} for i in range(count)]
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return folder


@pytest.mark.parametrize(
    ("label", "words"),
    [
        (lambda i: f"class {i}", "2,000 different labels in 2,000 records"),
        (lambda i: "one", "all labels are the same: one"),
        (lambda i: None if i % 4 else f"class {i % 8}", "1,500 of 2,000 records have no label"),
    ],
)
def test_m16_odd_labels_are_told_with_figures(run, tmp_path, label, words):
    (tmp_path / "raw").mkdir()
    done = run(captions(tmp_path / "raw", 2_000, label=label))
    assert f"warning: {words}" in done.stderr


def test_m16_an_empty_label_column_is_no_label(run, tmp_path):
    (tmp_path / "raw").mkdir()
    done = run(captions(tmp_path / "raw", 50, label=lambda i: ""))
    assert not [line for line in done.stderr.splitlines() if line.startswith("warning") and "label" in line]
    assert set(records_of(done.out).labels) == {None}


def png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, 40, 90)).save(buffer, "PNG")
    return buffer.getvalue()


def test_m19_the_same_bytes_in_two_splits(run, tmp_path):
    for split in ("train", "test"):
        for i in range(12):
            path = tmp_path / "raw" / split / "ab"[i % 2] / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(i if i < 3 or split == "train" else 100 + i))
    done = run(tmp_path / "raw")
    assert "warning: image: 3 items are in more than one split with the same content" in done.stderr
    shutil.rmtree(done.out)
    assert run(tmp_path / "raw", "--strict").code == 3


def test_m20_one_image_and_many_texts_cannot_be_joined(run, tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "00007.png").write_bytes(png(7))
    for i in range(400):
        (tmp_path / "raw" / f"{i:05d}.txt").write_text(f"a cat and {i % 7} dogs")
    done = run(tmp_path / "raw")
    assert "warning: image: only 1 of 400 records have it" in done.stderr
    program = [sys.executable, "-m", "mmcli", "embed", str(done.out), "-o", str(tmp_path / "embeddings")]
    embed = subprocess.run(program, capture_output=True, text=True, timeout=60)
    assert embed.returncode == 3
    assert "(image: 1, text: 400)" in embed.stderr


def test_m17_folders_without_data(tmp_path):
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    (tmp_path / "file").touch()
    for name in ("empty", "file", "missing"):
        with pytest.raises(InputError):
            read_raw(tmp_path / name)


def make_tar(path: Path, build: Callable[[tarfile.TarFile], None], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:
        build(archive)
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> Callable[[tarfile.TarFile], None]:
    def add(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.size = kind, target, 1 if kind == tarfile.REGTYPE else 0
        archive.addfile(info, io.BytesIO(b"x"))

    return add


def twice(archive: tarfile.TarFile) -> None:
    member("a.png")(archive)
    member("./a.png")(archive)


BAD_MEMBERS = {
    "up": member("../evil.png"),
    "inner": member("a/../../evil.png"),
    "absolute": member("/tmp/evil.png"),
    "backslash": member("a\\b.png"),
    "symlink": member("a.png", tarfile.SYMTYPE, "/etc/passwd"),
    "hardlink": member("a.png", tarfile.LNKTYPE, "/etc/passwd"),
    "device": member("a.png", tarfile.CHRTYPE),
    "fifo": member("a.png", tarfile.FIFOTYPE),
    "twice": twice,
}


@pytest.mark.parametrize("name", BAD_MEMBERS)
def test_m18_a_tar_with_a_harmful_member_is_refused(tmp_path, name):
    (tmp_path / "raw").mkdir()
    shard = make_tar(tmp_path / "raw" / "x.tar", BAD_MEMBERS[name])
    with pytest.raises(SafetyError):
        read(tmp_path / "raw", "webdataset")
    with pytest.raises(SafetyError):
        list(open_tree(shard).stream(lambda name: True))
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["raw", "x.tar"]


def test_m18_bombs_are_refused(tmp_path):
    def fill(archive: tarfile.TarFile) -> None:
        info = tarfile.TarInfo("zeros.bin")
        info.size = 100 * 2**20
        with Path("/dev/zero").open("rb") as zeros:
            archive.addfile(info, zeros)

    bomb = make_tar(tmp_path / "bomb.tar.gz", fill, "w:gz")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.bin", bytes(100 * 2**20))
    for path in (bomb, tmp_path / "bomb.zip"):
        assert path.stat().st_size < 2**20
        with pytest.raises(SafetyError, match="compression ratio"):
            list(open_tree(path).stream(lambda name: True))


def test_m18_a_tar_header_cannot_ask_for_memory(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 2**33
    (tmp_path / "x.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))
    (tmp_path / "raw").mkdir()
    (tmp_path / "x.tar").rename(tmp_path / "raw" / "x.tar")
    with pytest.raises(InputError, match="corrupted"):
        read(tmp_path / "raw", "webdataset")


@pytest.mark.parametrize("name", ["../evil", "/evil", "a\\..\\evil", "C:evil"])
def test_m18_a_zip_with_a_harmful_name_is_refused(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"x")
    with pytest.raises(SafetyError):
        list(open_tree(tmp_path / "x.zip").stream(lambda name: True))


def test_m18_a_zip_with_a_link_or_a_double_name_is_refused(tmp_path):
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, b"/etc/passwd")
    with zipfile.ZipFile(tmp_path / "twice.zip", "w") as archive:
        archive.writestr("a", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a", b"2")
    for path in (tmp_path / "link.zip", tmp_path / "twice.zip"):
        with pytest.raises(SafetyError):
            list(open_tree(path).stream(lambda name: True))


@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9])
def test_a_truncated_archive_is_damaged(tmp_path, cut):
    def fill(archive: tarfile.TarFile) -> None:
        for i in range(20):
            info = tarfile.TarInfo(f"{i}.bin")
            info.size = 4096
            archive.addfile(info, io.BytesIO(os.urandom(4096)))

    whole = make_tar(tmp_path / "whole.tar.gz", fill, "w:gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(InputError, match="corrupted"):
        [m.read() for m in open_tree(tmp_path / "cut.tar.gz").stream(lambda name: True)]
