"""Log requests too large for one body: uploaded as a file first, then taken from there."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import msgspec

from assay_server.engines.authz import Actor, require_somewhere
from assay_server.errors import NotFound, TooLarge
from assay_server.ports.blobs import BlobMissing, get_blob

if TYPE_CHECKING:
    from assay_server.ports.blobs import BlobStore
    from assay_server.settings import Settings

KEPT_SECONDS = 24 * 3600
"""How long an upload stays: the request that refers to it may be sent again when its answer was lost."""

_TIMES_LARGER = 4  # than a body: it is held in memory once, as every body is


class OverflowRef(msgspec.Struct, tag="logs3_overflow"):
    """What stands in place of the rows of a body."""

    key: str
    size_bytes: int | None = None


class OverflowBody(msgspec.Struct):
    """Body of POST /logs3 whose rows were uploaded before."""

    rows: OverflowRef


def overflow_ref(body: bytes) -> OverflowRef | None:
    """The reference in a body, or None when it holds its rows itself."""
    if len(body) > 4096:
        return None
    try:
        return msgspec.json.decode(body, type=OverflowBody).rows
    except msgspec.DecodeError:
        return None


def reserve(blobs: BlobStore, settings: Settings, actor: Actor, size: int) -> tuple[str, str]:
    """A key for an upload of `size` bytes: `(key, key of its blob)`. Raises TooLarge.

    Uploads that nobody needs any more are removed on the way.
    """
    require_somewhere(actor, "create", "upload")
    limit = settings.max_body * _TIMES_LARGER
    if size > limit:
        raise TooLarge(
            f"{size:,} bytes of rows; one upload takes at most {limit:,}. Log large values as attachments.",
            code="body_too_large",
            limit=limit,
        )
    folder = _folder(actor)
    for old in [info.key for info in blobs.list(folder) if info.modified < time.time() - KEPT_SECONDS]:
        blobs.delete(old)
    key = str(uuid.uuid4())
    return key, f"{folder}/{key}"


def uploaded_body(blobs: BlobStore, actor: Actor, ref: OverflowRef) -> bytes:
    """The body behind a reference. Raises NotFound: it was never uploaded, by another organization, or long ago."""
    try:
        return get_blob(blobs, f"{_folder(actor)}/{ref.key}")
    except (BlobMissing, ValueError):
        raise NotFound(
            f"No rows were uploaded under {ref.key[:100]!r}; ask POST /logs3/overflow for a new upload.",
            code="overflow_not_found",
        ) from None


def _folder(actor: Actor) -> str:
    return f"overflow/{actor.org_id}"
