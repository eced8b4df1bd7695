"""The file itself: a zip of known members and a manifest that names each with its checksum.

Nothing is ever unpacked to disk, and a member is read only as far as its stated size, so a hostile file can
waste neither space nor a path. Members that are not on the list are a reason to refuse the whole file.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, cast

from assay.core.errors import AssayError

FORMAT = "assay-capsule/1"
MANIFEST = "manifest.json"
JSON_MEMBERS = (
    "experiment.json",
    "comparison.json",
    "evidence.json",
    "models.json",
    "prompts.json",
    "scorers.json",
)
LINE_MEMBERS = ("spans.jsonl", "dataset.jsonl")
TEXT_MEMBERS = ("diff.patch", "lockfile.txt")
MEMBERS = (*JSON_MEMBERS, *LINE_MEMBERS, *TEXT_MEMBERS)
REQUIRED = ("experiment.json", "comparison.json", "evidence.json", "spans.jsonl")

MAX_TOTAL = 4 << 30
"""Bytes of all members together, uncompressed."""

MAX_DOCUMENT = 256 << 20
"""Bytes of a member that is read whole."""

MAX_LINE = 64 << 20
"""Bytes of one row."""

MAX_RATIO = 300
"""Most that a member may grow by; JSON of rows shrinks to a fifth or a fiftieth, a zip bomb to a thousandth."""

_RATIO_MATTERS = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_CHUNK = 1 << 20


class CapsuleError(AssayError):
    """A file that is no capsule, is broken, or must not be opened; the message says why."""


class Writer:
    """Writes members one after the other and the manifest last; the file appears when it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.{os.getpid()}.part")
        self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED)
        self._files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, chunks: Iterable[bytes], **about: Any) -> None:
        """Write one member; `about` goes into the manifest beside size and checksum."""
        if name not in MEMBERS:
            raise ValueError(f"{name} is no member of a capsule")
        digest, size = hashlib.sha256(), 0
        with self._open(name) as file:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                file.write(chunk)
        self._files[name] = {"bytes": size, "sha256": digest.hexdigest(), **about}

    def add_rows(self, name: str, rows: Iterable[Any]) -> int:
        """Write rows, one JSON document a line; returns how many."""
        count = 0

        def lines() -> Iterator[bytes]:
            nonlocal count
            for row in rows:
                count += 1
                yield _json(row) + b"\n"

        self.add(name, lines())
        self._files[name]["rows"] = count
        return count

    def add_json(self, name: str, value: Any) -> None:
        """Write one JSON document."""
        self.add(name, [_json(value)])

    def close(self, about: Mapping[str, Any]) -> str:
        """Write the manifest, move the file into place, and return the capsule's digest."""
        manifest = _json({"format": FORMAT, **about, "files": self._files})
        with self._open(MANIFEST) as file:
            file.write(manifest)
        self._zip.close()
        os.replace(self._part, self._path)
        return hashlib.sha256(manifest).hexdigest()

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._zip.close()
        self._part.unlink(missing_ok=True)

    def _open(self, name: str) -> IO[bytes]:
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        return self._zip.open(entry, "w", force_zip64=True)


class Capsule:
    """An opened file; use it in a `with` block. Raises CapsuleError for anything that is not a sound capsule."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, OSError, NotImplementedError) as error:
            raise CapsuleError(f"{path} is no capsule: {error}") from error
        try:
            self._entries = _checked_entries(self._zip, path.stat().st_size)
            raw = self.read(MANIFEST)
            self.digest = hashlib.sha256(raw).hexdigest()
            self.manifest = _manifest(_parsed(raw, MANIFEST))
        except BaseException:
            self._zip.close()
            raise

    @property
    def names(self) -> list[str]:
        """The members there are, the manifest left out, in the usual order."""
        return [name for name in MEMBERS if name in self._entries]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member in pieces."""
        if name not in self._entries:
            raise CapsuleError(f"{name} is missing")
        try:
            with self._zip.open(self._entries[name]) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
            raise CapsuleError(f"{name} cannot be read: {error}") from error

    def read(self, name: str) -> bytes:
        """A whole member."""
        entry = self._entries.get(name)
        if entry is not None and entry.file_size > MAX_DOCUMENT:
            raise CapsuleError(f"{name} has {entry.file_size:,} bytes: more than can be read at once")
        return b"".join(self.chunks(name))

    def json(self, name: str) -> Any:
        """A member that is one JSON document."""
        return _parsed(self.read(name), name)

    def rows(self, name: str) -> Iterator[Any]:
        """The rows of a member, one a line."""
        for number, line in enumerate(self._lines(name), start=1):
            yield _parsed(line, f"{name}, line {number},")

    def checksum(self, name: str) -> str:
        """The SHA-256 of a member as it is."""
        digest = hashlib.sha256()
        for chunk in self.chunks(name):
            digest.update(chunk)
        return digest.hexdigest()

    def _lines(self, name: str) -> Iterator[bytes]:
        rest = b""
        for chunk in self.chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            if len(rest) > MAX_LINE:
                raise CapsuleError(f"{name} has a row of more than {MAX_LINE:,} bytes")
            yield from whole
        if rest:
            yield rest

    def __enter__(self) -> Capsule:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()


def _checked_entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The members by name, after refusing everything a capsule never has."""
    entries = archive.infolist()
    found: dict[str, zipfile.ZipInfo] = {}
    if len(entries) > len(MEMBERS) + 1:
        raise CapsuleError(f"it has {len(entries)} members: a capsule has at most {len(MEMBERS) + 1}")
    for entry in entries:
        name = entry.filename
        if name not in (MANIFEST, *MEMBERS):
            raise CapsuleError(f"{name[:100]!r} is no member of a capsule")
        if name in found:
            raise CapsuleError(f"{name} is in it twice")
        if entry.flag_bits & 0x1 or entry.compress_type not in _PLAIN_METHODS:
            raise CapsuleError(f"{name} is encrypted or compressed in a way capsules do not use")
        if (entry.external_attr >> 16) & 0o170000 not in (0, 0o100000):
            raise CapsuleError(f"{name} is no plain file")
        if entry.file_size > max(_RATIO_MATTERS, MAX_RATIO * entry.compress_size):
            raise CapsuleError(f"{name} would grow from {entry.compress_size:,} to {entry.file_size:,} bytes")
        found[name] = entry
    if sum(entry.compress_size for entry in entries) > size:
        raise CapsuleError("its members claim more bytes than the file has")
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL:
        raise CapsuleError(f"its members have {total:,} bytes together: more than {MAX_TOTAL:,}")
    if MANIFEST not in found:
        raise CapsuleError(f"it has no {MANIFEST}")
    return found


def _manifest(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise CapsuleError(f"{MANIFEST} is no JSON object")
    manifest = cast("dict[str, Any]", value)
    if manifest.get("format") != FORMAT:
        raise CapsuleError(f"its format is {manifest.get('format')!r}, and this program reads {FORMAT}")
    files = manifest.get("files")
    shapely = isinstance(files, dict) and all(
        isinstance(about, dict) and isinstance(cast("dict[str, Any]", about).get("sha256"), str)
        for about in cast("dict[str, Any]", files).values()
    )
    if not shapely:
        raise CapsuleError(f"{MANIFEST} does not list the members with their checksums")
    return manifest


def _parsed(data: bytes, what: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CapsuleError(f"{what} is not JSON: {error}") from error


def _json(value: Any) -> bytes:
    # ASCII, so that a lone surrogate in logged text cannot make the file unreadable.
    return json.dumps(value, separators=(",", ":")).encode()
