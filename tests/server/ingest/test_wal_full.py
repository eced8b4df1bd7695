"""The write-ahead log on a disk that is full: senders are told, and nothing is lost or damaged once there is room."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from assay_server.engines.ingest.wal import Record, WriteAheadLog, encode
from tests.support.stores import writes


class Disk:
    """Stands in front of the system calls of the log: takes `room` bytes, then refuses like a full disk."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        self.files = True
        self.truncates = True
        self._write, self._open, self._truncate = os.write, os.open, os.ftruncate
        patch.setattr("assay_server.engines.ingest.wal.os.write", self.write)
        patch.setattr("assay_server.engines.ingest.wal.os.open", self.open)
        patch.setattr("assay_server.engines.ingest.wal.os.ftruncate", self.truncate)

    def write(self, fd: int, data: bytes) -> int:
        if self.room is None:
            return self._write(fd, data)
        if self.room == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self._write(fd, data[: self.room])
        self.room -= written
        return written

    def open(self, path: os.PathLike[str], flags: int, mode: int = 0o777) -> int:
        if flags & os.O_CREAT and not self.files:
            raise OSError(errno.EMFILE, "Too many open files")
        return self._open(path, flags, mode)

    def truncate(self, fd: int, size: int) -> None:
        if not self.truncates:
            raise OSError(errno.EIO, "Input/output error")
        self._truncate(fd, size)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def commit(log: WriteAheadLog, *xacts: int) -> list[Exception | None]:
    """Append one record after the other; what each call back got."""

    async def one(xact: int) -> Exception | None:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Exception | None] = loop.create_future()
        frame = encode(Record(xact, writes({"id": str(xact), "input": "x" * 100})))
        log.append(frame, xact, lambda error: loop.call_soon_threadsafe(outcome.set_result, error))
        return await asyncio.wait_for(outcome, 10)

    async def run() -> list[Exception | None]:
        return [await one(xact) for xact in xacts]

    return asyncio.run(run())


def kept(folder: Path) -> list[int]:
    return [record.xact for record in WriteAheadLog(folder).replay(0)]


@pytest.mark.parametrize("truncates", [True, False])
def test_a_full_disk_is_reported_and_recovered_from(tmp_path: Path, disk: Disk, truncates: bool) -> None:
    log = WriteAheadLog(tmp_path)
    log.start()
    assert commit(log, 1) == [None]
    disk.room, disk.truncates = 30, truncates
    refused = commit(log, 2, 3)
    assert [type(error) for error in refused] == [OSError, OSError]
    disk.room, disk.truncates = None, True
    assert commit(log, 4) == [None]
    log.close()
    assert kept(tmp_path) == [1, 4]


def test_a_segment_that_cannot_be_opened_does_not_stop_the_log(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay_server.engines.ingest.wal.SEGMENT_BYTES", 10)
    log = WriteAheadLog(tmp_path)
    log.start()
    disk.files = False
    assert commit(log, 1, 2) == [None, None]
    assert len(list(tmp_path.glob("*.wal"))) == 1
    disk.files = True
    assert commit(log, 3, 4) == [None, None]
    log.close()
    assert len(list(tmp_path.glob("*.wal"))) >= 2
    assert kept(tmp_path) == [1, 2, 3, 4]
