"""A lock that a forked child never finds taken."""

from __future__ import annotations

import os
import threading
from types import TracebackType


class ForkSafeLock:
    """A mutex held across slow work (requests). A thread that held it in the parent does not exist in the
    child, so each process gets its own.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), threading.Lock()
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()
