"""Blobs in a dictionary: for tests, and the proof that the port does not need files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from assay_server.ports.blobs import BlobInfo, BlobMissing, check_key


@dataclass(slots=True)
class MemoryBlobStore:
    """Forgets everything when it goes."""

    blobs: dict[str, tuple[bytes, float]] = field(default_factory=dict)

    def create(self, key: str) -> MemoryBlobWriter:
        """See BlobStore."""
        return MemoryBlobWriter(self, check_key(key))

    def info(self, key: str) -> BlobInfo | None:
        """See BlobStore."""
        found = self.blobs.get(check_key(key))
        return None if found is None else BlobInfo(key, len(found[0]), found[1])

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See BlobStore."""
        if check_key(key) not in self.blobs:
            raise BlobMissing(key)
        data = self.blobs[key][0][start:]
        return iter([data if length is None else data[:length]])

    def list(self, prefix: str) -> Iterator[BlobInfo]:
        """See BlobStore."""
        inside = f"{check_key(prefix)}/"
        for key, (data, modified) in list(self.blobs.items()):
            if key.startswith(inside):
                yield BlobInfo(key, len(data), modified)

    def delete(self, key: str) -> None:
        """See BlobStore."""
        self.blobs.pop(check_key(key), None)


@dataclass(slots=True)
class MemoryBlobWriter:
    """See BlobWriter."""

    store: MemoryBlobStore
    key: str
    parts: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        """See BlobWriter."""
        self.parts.append(bytes(data))

    def commit(self) -> None:
        """See BlobWriter."""
        self.store.blobs[self.key] = (b"".join(self.parts), time.time())

    def discard(self) -> None:
        """See BlobWriter."""
        self.parts.clear()
