"""Bytes of files: attachments, and requests too large for the log route.

`adapters/blobs` holds the implementations; `tests/conformance/test_blob_store.py` is what each must pass.

A key is one or more names joined by slashes (`attachments/<org>/<hash>`); names are letters, digits, `.`, `_` and
`-`, and do not begin with a dot. What a caller calls a file never becomes part of a key unless it was checked or
hashed before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}){0,7}")


class BlobMissing(LookupError):
    """Nothing is stored under the key."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """One stored blob; `size` in bytes, `modified` in unix seconds."""

    key: str
    size: int
    modified: float


class BlobWriter(Protocol):
    """A blob on its way in; invisible until `commit`."""

    def write(self, data: bytes) -> None:
        """Append bytes."""
        ...

    def commit(self) -> None:
        """Make the whole blob durable and visible under its key, in place of any before it."""
        ...

    def discard(self) -> None:
        """Forget what was written; does nothing after `commit`."""
        ...


class BlobStore(Protocol):
    """Thread-safe; every method blocks. A key that is malformed raises ValueError everywhere."""

    def create(self, key: str) -> BlobWriter:
        """Begin to write a blob. The caller must end with `commit` or `discard`."""
        ...

    def info(self, key: str) -> BlobInfo | None:
        """What is stored under a key, or None."""
        ...

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """`length` bytes from `start` on, in pieces; to the end without a length. Raises BlobMissing at once."""
        ...

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """Every blob whose key begins with `prefix` and a slash, in no particular order."""
        ...

    def delete(self, key: str) -> None:
        """Remove a blob; does nothing when there is none."""
        ...


def check_key(key: str) -> str:
    """The key itself. Raises ValueError when it is malformed, so that no key can leave its store."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a blob key")
    return key


def put_blob(store: BlobStore, key: str, data: bytes) -> None:
    """Store a small blob in one go."""
    writer = store.create(key)
    try:
        writer.write(data)
        writer.commit()
    finally:
        writer.discard()


def get_blob(store: BlobStore, key: str) -> bytes:
    """A whole blob in memory. Raises BlobMissing."""
    return b"".join(store.read(key))
