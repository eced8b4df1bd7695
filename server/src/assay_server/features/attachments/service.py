"""What is known of an attachment: a record beside its bytes in the blob store.

A key names no project: whoever may do a thing to some rows may do it to a file whose key they know, and keys are
made to be unguessable. Whether an upload is done is never taken from what a client says: it is done when the
bytes are there.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from assay.core.times import iso_now
from assay_server.engines.authz import Actor, require_somewhere
from assay_server.errors import Conflict, NotFound
from assay_server.ports.blobs import BlobMissing, get_blob, put_blob

if TYPE_CHECKING:
    from assay_server.ports.blobs import BlobStore


class Attachment(msgspec.Struct, frozen=True):
    """What was announced; `error` is why the upload failed, where the client said so."""

    key: str
    filename: str
    content_type: str
    created: str
    error: str | None = None


def announce(blobs: BlobStore, actor: Actor, *, key: str, filename: str, content_type: str) -> str:
    """Note a file to come: the key of the blob its bytes go to.

    May be repeated until the bytes are there. Raises Conflict after that: rows refer to what is stored.
    """
    require_somewhere(actor, "create", "attachment")
    blob = blob_of(actor, key)
    if blobs.info(blob) is not None:
        raise Conflict(
            f"Attachment {key[:100]!r} is stored already and cannot change; use a new key.",
            code="attachment_exists",
        )
    _write(blobs, blob, Attachment(key, filename, content_type, iso_now()))
    return blob


def report(blobs: BlobStore, actor: Actor, key: str, *, status: str, error: str | None) -> None:
    """Note what the client says became of an upload. Raises NotFound, or Conflict for bytes that are not there."""
    require_somewhere(actor, "create", "attachment")
    attachment, state = find(blobs, actor, key)
    if status == "done" and state != "done":
        raise Conflict(
            f"No bytes of attachment {key[:100]!r} arrived; upload it again.", code="attachment_not_uploaded"
        )
    if state != "done":
        failed = (error or "the upload failed") if status == "error" else None
        _write(blobs, blob_of(actor, key), msgspec.structs.replace(attachment, error=failed))


def find(blobs: BlobStore, actor: Actor, key: str) -> tuple[Attachment, str]:
    """An attachment of the actor's organization and "uploading", "done" or "error". Raises NotFound."""
    require_somewhere(actor, "read", "attachment")
    blob = blob_of(actor, key)
    try:
        record = get_blob(blobs, _record(blob))
    except BlobMissing:
        raise NotFound(
            f"There is no attachment {key[:100]!r}; its upload was never begun.", code="attachment_not_found"
        ) from None
    attachment = msgspec.json.decode(record, type=Attachment)
    if blobs.info(blob) is not None:
        return attachment, "done"
    return attachment, "error" if attachment.error is not None else "uploading"


def blob_of(actor: Actor, key: str) -> str:
    """The key of the blob for the bytes of an attachment: below the organization, hashed as clients choose keys."""
    digest = hashlib.sha256(key.encode()).hexdigest()
    return f"attachments/{actor.org_id}/{digest[:2]}/{digest}"


def _record(blob: str) -> str:
    return f"{blob}.json"


def _write(blobs: BlobStore, blob: str, attachment: Attachment) -> None:
    put_blob(blobs, _record(blob), msgspec.json.encode(attachment))
