"""AES-256-GCM under a master key from a file in the data directory, or from a setting."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from assay_server.ports.secrets import SecretUnreadable

_FORMAT = b"\x01"  # first byte of every ciphertext, so that another format can follow
_NONCE_BYTES = 12
_KEY_BYTES = 32
_SALT = b"assay master key"


class LocalSecrets:
    """`format byte | nonce | ciphertext and tag`."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 bytes; see `from_settings`."""
        self._cipher = AESGCM(key)

    @classmethod
    def from_settings(cls, key_file: Path, secret_key: str = "") -> LocalSecrets:
        """Use the setting when there is one, else the file, which is created (0600) when missing.

        Raises ValueError when the file does not hold a key.
        """
        return cls(_stretch(secret_key) if secret_key else _key_from_file(key_file))

    def encrypt(self, text: str) -> bytes:
        """Ciphertext to store."""
        nonce = os.urandom(_NONCE_BYTES)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, text.encode(), _FORMAT)

    def decrypt(self, data: bytes) -> str:
        """The text behind a ciphertext. Raises SecretUnreadable."""
        nonce, sealed = data[1 : 1 + _NONCE_BYTES], data[1 + _NONCE_BYTES :]
        try:
            if data[:1] != _FORMAT or len(nonce) != _NONCE_BYTES:
                raise InvalidTag
            return self._cipher.decrypt(nonce, sealed, _FORMAT).decode()
        except InvalidTag:
            raise SecretUnreadable(
                "A stored secret cannot be read with this master key. Start the server with the "
                "ASSAY_SECRET_KEY or the secret.key file it was stored with, or store the secret again."
            ) from None


def _stretch(secret_key: str) -> bytes:
    """A key from a passphrase; scrypt makes guessing a weak one slow."""
    return hashlib.scrypt(secret_key.encode(), salt=_SALT, n=1 << 14, r=8, p=1, dklen=_KEY_BYTES)


def _key_from_file(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return _parse(path)
    with os.fdopen(fd, "w") as file:
        file.write(os.urandom(_KEY_BYTES).hex() + "\n")
        file.flush()
        os.fsync(file.fileno())  # what is encrypted with it must never outlive it
    return _parse(path)


def _parse(path: Path) -> bytes:
    text = path.read_text(encoding="ascii", errors="replace").strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise ValueError(
            f"{path} does not hold a master key ({2 * _KEY_BYTES} hex digits); restore it from a backup"
        )
    return key
