"""What every blob store must do, run on each implementation."""

from __future__ import annotations

import stat
import time
from pathlib import Path

import pytest

from assay_server.adapters.blobs.local import LocalBlobStore
from assay_server.adapters.blobs.memory import MemoryBlobStore
from assay_server.ports.blobs import BlobMissing, BlobStore, get_blob, put_blob

LARGE = bytes(range(256)) * 4096  # 1 MiB: several pieces


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, folder: Path) -> BlobStore:
    return LocalBlobStore(folder) if request.param == "local" else MemoryBlobStore()


@pytest.mark.parametrize("data", [b"", b"\x00", LARGE], ids=["empty", "one byte", "1 MiB"])
def test_what_is_written_is_read_back(store: BlobStore, data: bytes) -> None:
    before = time.time()
    writer = store.create("a/b")
    for at in range(0, len(data), 100_000):
        writer.write(data[at : at + 100_000])
    writer.commit()
    assert get_blob(store, "a/b") == data
    info = store.info("a/b")
    assert info is not None
    assert (info.key, info.size) == ("a/b", len(data))
    assert before - 2 < info.modified < time.time() + 2


def test_nothing_is_visible_before_commit_nor_after_discard(store: BlobStore) -> None:
    writer = store.create("a/b")
    writer.write(b"half")
    assert (store.info("a/b"), list(store.list("a"))) == (None, [])
    writer.discard()
    assert (store.info("a/b"), list(store.list("a"))) == (None, [])
    with pytest.raises(BlobMissing):
        store.read("a/b")


def test_discard_after_commit_keeps_the_blob(store: BlobStore) -> None:
    writer = store.create("a")
    writer.write(b"kept")
    writer.commit()
    writer.discard()
    assert get_blob(store, "a") == b"kept"


def test_a_later_commit_takes_the_place_as_a_whole(store: BlobStore) -> None:
    put_blob(store, "a", LARGE)
    reading = store.read("a")
    first = next(reading)
    put_blob(store, "a", b"new")
    assert get_blob(store, "a") == b"new"
    assert first + b"".join(reading) == LARGE


@pytest.mark.parametrize(
    ("start", "length"),
    [(0, 0), (0, 1), (1, 5), (300_000, 600_000), (5, None), (1 << 20, None), (1 << 21, 7)],
)
def test_ranges(store: BlobStore, start: int, length: int | None) -> None:
    put_blob(store, "a", LARGE)
    wanted = LARGE[start:] if length is None else LARGE[start : start + length]
    assert b"".join(store.read("a", start, length)) == wanted


def test_list_holds_what_is_below_and_nothing_beside(store: BlobStore) -> None:
    for key in ("a/1", "a/b/2", "ab/3", "a-b"):
        put_blob(store, key, key.encode())
    assert {(info.key, info.size) for info in store.list("a")} == {("a/1", 3), ("a/b/2", 5)}
    assert list(store.list("none")) == []


def test_delete_twice(store: BlobStore) -> None:
    put_blob(store, "a/1", b"x")
    store.delete("a/1")
    store.delete("a/1")
    assert store.info("a/1") is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "..",
        "a/../b",
        ".incoming/x",
        "a b",
        "a\n",
        "ä",
        "a\x00",
        "x" * 201,
        "a/" * 8 + "a",
    ],
)
def test_keys_that_could_leave_the_store_are_refused(store: BlobStore, key: str) -> None:
    for use in (store.create, store.info, store.read, store.delete, lambda bad: list(store.list(bad))):
        with pytest.raises(ValueError, match="is not a blob key"):
            use(key)


def test_a_key_below_a_blob_is_missing(store: BlobStore) -> None:
    put_blob(store, "a", b"x")
    assert store.info("a/b") is None
    store.delete("a/b")
    with pytest.raises(BlobMissing):
        store.read("a/b")


def test_local_files_are_private_and_survive_a_restart(folder: Path) -> None:
    store = LocalBlobStore(folder)
    put_blob(store, "org/ab/file", b"kept")
    half = store.create("org/half")
    half.write(b"half")
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*")) if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})
    assert len(list((folder / ".incoming").iterdir())) == 1
    assert get_blob(LocalBlobStore(folder), "org/ab/file") == b"kept"
    assert list((folder / ".incoming").iterdir()) == []
    half.discard()
