"""Rows on disk: what could not be sent, or was not meant to be.

A spool is a directory of JSONL files, one per process and file generation; a line is
`{"target": how to find the object, "row": the wire row without routing columns}`.
"""

from __future__ import annotations

import os
import time
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from assay.client.notices import Notices
from assay.client.records import Row
from assay.client.sender import SendCounts, Sender
from assay.client.targets import Target, target_from
from assay.core.errors import AssayError, ConfigError

if TYPE_CHECKING:
    from assay.client.http import Transport

SUFFIX = ".jsonl"
_ROWS_A_PUSH = 1_000


class _Line(msgspec.Struct):
    target: dict[str, Any]
    row: msgspec.Raw


def default_spool_dir() -> Path:
    """`~/.local/state/assay/spool` (`XDG_STATE_HOME` is honoured)."""
    base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(base) / "assay" / "spool"


class Spool:
    """Writes rows to a file of its own in a directory; takes the place of the server when working offline."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.counts = SendCounts()
        self._path: Path | None = None
        self._pid = 0

    def send(self, pending: deque[Row]) -> None:
        """Append rows, one line each, and empty `pending`.

        Raises ConfigError when the directory cannot be written.
        """
        lines = [
            msgspec.json.encode({"target": row.target.describe(), "row": msgspec.Raw(row.body)})
            for row in pending
        ]
        try:
            with os.fdopen(
                os.open(self._file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab"
            ) as file:
                file.write(b"\n".join(lines) + b"\n")
        except OSError as error:
            raise ConfigError(f"cannot write the spool {self.directory}: {error}") from error
        self.counts.sent += len(lines)
        pending.clear()

    def _file(self) -> Path:
        if (
            self._path is None or self._pid != os.getpid()
        ):  # a forked child must not write into its parent's file
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._pid = os.getpid()
            stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
            self._path = self.directory / f"{stamp}-{self._pid}-{uuid.uuid4().hex[:8]}{SUFFIX}"
        return self._path


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """What `push` did: rows delivered, rows the server refused, lines nobody can read, files finished and
    removed.
    """

    sent: int
    rejected: int
    unreadable: int
    files: int


def push(directory: Path | str, transport: Transport) -> PushReport:
    """Send every spooled row; a file is removed once all its rows are settled. Sending one twice does no
    harm.

    Raises Unreachable or a transient ApiError when the server goes away; the unfinished files stay.
    """
    sender = Sender(transport, Notices())
    targets: dict[bytes, Target] = {}
    files = unreadable = 0
    for path in sorted(Path(directory).glob(f"*{SUFFIX}")):
        pending: deque[Row] = deque()
        for row in _rows_of(path, targets):
            if row is None:
                unreadable += 1
                continue
            pending.append(row)
            if len(pending) >= _ROWS_A_PUSH:
                sender.send(pending)
        sender.send(pending)
        path.unlink()
        files += 1
    counts = sender.counts
    return PushReport(sent=counts.sent, rejected=counts.rejected, unreadable=unreadable, files=files)


def _rows_of(path: Path, targets: dict[bytes, Target]) -> Iterator[Row | None]:
    """The rows of one file; None for a line cut short by a crash. Rows of one object share one target."""
    with path.open("rb") as file:
        for text in file:
            if not text.strip():
                continue
            try:
                line = msgspec.json.decode(text, type=_Line)
                key = msgspec.json.encode(line.target, order="sorted")
                if key not in targets:
                    targets[key] = target_from(line.target)
            except (msgspec.DecodeError, AssayError):
                yield None
                continue
            yield Row(targets[key], bytes(line.row))
