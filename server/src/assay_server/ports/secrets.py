"""Secrets at rest: what other systems' keys pass through on their way into the metadata database."""

from __future__ import annotations

from typing import Protocol

from assay_server.errors import AssayError


class SecretUnreadable(AssayError):
    """A stored secret cannot be decrypted: it was changed, or the master key is another one."""

    code = "secret_unreadable"


class Secrets(Protocol):
    """Authenticated encryption under one master key. Thread-safe."""

    def encrypt(self, text: str) -> bytes:
        """Ciphertext to store; the same text gives other bytes every time."""
        ...

    def decrypt(self, data: bytes) -> str:
        """The text behind a ciphertext. Raises SecretUnreadable."""
        ...
