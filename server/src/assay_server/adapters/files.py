"""The data directory: private to one owner, used by one server at a time."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class DataDirectoryInUse(RuntimeError):
    """Another server owns the directory."""


class DataDirectory:
    """Holds an exclusive lock on a directory for the life of the process."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock = -1

    def acquire(self) -> None:
        """Create the directory (0700) and lock it. Raises DataDirectoryInUse naming the owner's process."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(self.path, 0o700)
        fd = os.open(self.path / "owner.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(fd)
            raise DataDirectoryInUse(
                f"{self.path} is in use by another Assay server (process {owner}); stop it or choose another --data"
            ) from None
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._lock = fd

    def release(self) -> None:
        """Give the directory up."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
