"""A folder in the data directory: one file per blob, written beside its place and moved there when it is whole."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from assay_server.ports.blobs import BlobInfo, BlobMissing, check_key

_PIECE = 256 << 10
_INCOMING = ".incoming"  # no key begins with a dot


class LocalBlobStore:
    """Files are 0600 in folders that are 0700; a crash leaves at most half a file in `.incoming`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when missing. What an earlier run left half written is removed."""
        self._folder = folder
        self._incoming = folder / _INCOMING
        self._moving = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)
        for left in self._incoming.iterdir():
            left.unlink()

    def create(self, key: str) -> LocalBlobWriter:
        """See BlobStore."""
        return LocalBlobWriter(self, check_key(key), self._incoming / secrets.token_hex(16))

    def info(self, key: str) -> BlobInfo | None:
        """See BlobStore."""
        try:
            found = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return BlobInfo(key, found.st_size, found.st_mtime)

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See BlobStore."""
        try:
            file = open(self._path(key), "rb", buffering=0)  # noqa: SIM115 the pieces close it
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise BlobMissing(key) from None
        return _pieces(file, start, length)

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """See BlobStore."""
        for folder, _, names in os.walk(self._path(prefix)):
            for name in names:
                info = self.info(Path(folder, name).relative_to(self._folder).as_posix())
                if info is not None:  # deleted a moment ago
                    yield info

    def delete(self, key: str) -> None:
        """See BlobStore."""
        with suppress(FileNotFoundError, NotADirectoryError):
            self._path(key).unlink()

    def settle(self, written: Path, key: str) -> None:
        """Move a file that is whole and on disk to the place of its key, durably."""
        target = self._path(key)
        with self._moving:  # so that nobody meets a folder whose entry is not on disk yet
            _make_folders(target.parent, below=self._folder)
        os.replace(written, target)
        _sync_folder(target.parent)

    def _path(self, key: str) -> Path:
        return self._folder / check_key(key)


class LocalBlobWriter:
    """See BlobWriter."""

    def __init__(self, store: LocalBlobStore, key: str, path: Path) -> None:
        self._store = store
        self._key = key
        self._path = path
        self._file: BinaryIO | None = open(path, "xb", opener=_private)  # noqa: SIM115 commit or discard closes it

    def write(self, data: bytes) -> None:
        """See BlobWriter."""
        assert self._file is not None, "the blob was committed or discarded"
        self._file.write(data)

    def commit(self) -> None:
        """See BlobWriter."""
        assert self._file is not None, "the blob was committed or discarded"
        self._file.flush()
        os.fsync(self._file.fileno())
        self._store.settle(self._path, self._key)
        self._file.close()
        self._file = None

    def discard(self) -> None:
        """See BlobWriter."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)


def _private(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_CLOEXEC, 0o600)


def _pieces(file: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = length
        while left is None or left > 0:
            piece = file.read(_PIECE if left is None else min(_PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def _make_folders(folder: Path, *, below: Path) -> None:
    if folder == below or folder.is_dir():
        return
    _make_folders(folder.parent, below=below)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A new name survives a crash only when the folder that holds it is on disk too."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
