"""The write-ahead log: a row is acknowledged when its record is on disk here, and replayed from here after a crash.

Segments `NNNNNNNNNNNN.wal` hold records `length u32 | crc32 u32 | payload`, little-endian; a payload is one request's
rows in msgpack. A torn record at the end of the last segment is what a crash leaves and is cut off; a bad record
anywhere else is corruption and stops the start with a clear error. One thread writes: all records that wait while one
fsync runs share the next one (group commit).
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from assay_server.engines.ingest.rows import RowWrite

log = logging.getLogger(__name__)

SEGMENT_BYTES = 64 << 20
_HEADER = struct.Struct("<II")


class Record(msgspec.Struct, array_like=True, gc=False):
    """The rows of one request, with the transaction they committed under."""

    xact: int
    rows: list[RowWrite]


class CorruptLog(RuntimeError):
    """A record before the end of the log does not match its checksum."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


def encode(record: Record) -> bytes:
    """Frame one record."""
    payload = _encoder.encode(record)
    return _HEADER.pack(len(payload), zlib.crc32(payload)) + payload


class WriteAheadLog:
    """Appends framed records durably and calls back when they are; trims segments once applied."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._segments = sorted(folder.glob("*.wal"))
        self._earlier = tuple(self._segments)  # what an earlier run left behind
        self._last_xact: dict[Path, int] = {}  # newest transaction in each closed segment
        self._waiting: list[tuple[bytes, int, Callable[[Exception | None], None]]] = []
        self._wake = threading.Condition()
        self._closing = False
        self._current_xact = 0
        self._fd = -1
        self._size = 0
        self._torn = False  # bytes of a failed write may stand behind the last record
        self._thread = threading.Thread(target=self._run, name="wal", daemon=True)

    def replay(self, after: int) -> Iterator[Record]:
        """Every whole record of earlier runs newer than transaction `after`, oldest first."""
        for at, segment in enumerate(self._earlier):
            for record in self._read(segment, last=at == len(self._earlier) - 1):
                self._last_xact[segment] = record.xact
                if record.xact > after:
                    yield record

    def start(self) -> None:
        """Open a fresh segment and begin to write."""
        self._rotate()
        self._thread.start()

    def append(self, frame: bytes, xact: int, done: Callable[[Exception | None], None]) -> None:
        """Queue one framed record; `done(error)` runs on the log's thread once it is durable (or failed)."""
        with self._wake:
            self._waiting.append((frame, xact, done))
            self._wake.notify()

    def size(self) -> tuple[int, int]:
        """Segments of the log, and their bytes."""
        with self._wake:
            segments = list(self._segments)
        sizes: list[int] = []
        for segment in segments:
            with suppress(OSError):  # trimmed meanwhile
                sizes.append(segment.stat().st_size)
        return len(sizes), sum(sizes)

    def trim(self, applied: int) -> None:
        """Delete closed segments whose every record is at or below transaction `applied`."""
        with self._wake:
            done = [s for s in self._segments[:-1] if self._last_xact.get(s, 0) <= applied]
            self._segments = [s for s in self._segments if s not in done]
        for segment in done:
            self._last_xact.pop(segment, None)
            segment.unlink(missing_ok=True)

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(10)
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._waiting and not self._closing:
                    self._wake.wait()
                batch, self._waiting = self._waiting, []
            if not batch:
                return
            error = self._commit(b"".join(frame for frame, _, _ in batch))
            if error is None:
                self._current_xact = max(xact for _, xact, _ in batch)
            for _, _, done in batch:
                done(error)
            if self._size > SEGMENT_BYTES:
                try:
                    self._rotate()
                except OSError as error:  # the segment grows on until there is room for another
                    log.error("write-ahead log: no new segment: %s", error)

    def _commit(self, data: bytes) -> Exception | None:
        try:
            if self._torn:
                self._take_back()
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
            os.fdatasync(self._fd)
            self._size += len(data)
            return None
        except OSError as error:  # disk full, I/O error
            log.error("write-ahead log: %s", error)
            self._torn = True
            with suppress(OSError):  # else before the next record: nothing is written behind a torn one
                self._take_back()
            return error

    def _take_back(self) -> None:
        os.ftruncate(self._fd, self._size)
        os.lseek(self._fd, self._size, os.SEEK_SET)
        self._torn = False

    def _rotate(self) -> None:
        number = int(self._segments[-1].stem) + 1 if self._segments else 1
        path = self.folder / f"{number:012d}.wal"
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _sync_names(self.folder)
        except OSError:
            os.close(opened)
            path.unlink(missing_ok=True)
            raise
        if self._fd >= 0:
            os.close(self._fd)
            self._last_xact[self._segments[-1]] = self._current_xact
        self._fd, self._size = opened, 0
        with self._wake:
            self._segments.append(path)

    def _read(self, segment: Path, *, last: bool) -> Iterator[Record]:
        with segment.open("rb") as file:
            while header := file.read(_HEADER.size):
                payload = b""
                if len(header) == _HEADER.size:
                    length, checksum = _HEADER.unpack(header)
                    payload = file.read(length)
                    if len(payload) == length and zlib.crc32(payload) == checksum:
                        yield _decoder.decode(payload)
                        continue
                if last or not file.read(1):
                    log.warning("write-ahead log: cut a torn record off the end of %s", segment.name)
                    return
                raise CorruptLog(
                    f"{segment} is damaged before its end; restore it from a backup or move it away"
                )


def _sync_names(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
