"""Files in rows: the row holds a reference, the bytes go to the server's object store.

The bytes are uploaded on the background thread after the row is logged. A failing upload is reported once and
never raises: the reference then reads back with the status "error".
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from assay.client.encode import Referenced
from assay.core.errors import AssayError

if TYPE_CHECKING:
    from assay.client.state import State

_TYPE = "braintrust_attachment"  # the names the wire format gives to stored files …
_EXTERNAL_TYPE = "external_attachment"  # … and to those that are elsewhere


class Attachment(Referenced):
    """A file to log: `Attachment(data=b"…", filename="a.png", content_type="image/png")`, or a path as
    `data`.
    """

    def __init__(self, *, data: bytes | bytearray | str | Path, filename: str, content_type: str) -> None:
        self._data = data
        self._uploaded = False
        self._lock = threading.Lock()
        self.reference = {
            "type": _TYPE,
            "filename": filename,
            "content_type": content_type,
            "key": str(uuid.uuid4()),
        }

    def as_reference(self) -> dict[str, str]:
        """`{type, filename, content_type, key}`."""
        return self.reference

    @property
    def data(self) -> bytes:
        """The bytes; a path is read now (OSError when it cannot)."""
        return Path(self._data).read_bytes() if isinstance(self._data, str | Path) else bytes(self._data)

    def upload(self, state: State) -> None:
        """Store the bytes once and report the outcome to the server.

        Raises AssayError when the server cannot be had, OSError when the file cannot be read.
        """
        with self._lock:
            if self._uploaded:
                return
            key = self.reference["key"]
            try:
                self._put(state)
                status = {"upload_status": "done"}
            except (AssayError, OSError) as error:
                _report(state, key, {"upload_status": "error", "error_message": str(error)})
                raise
            _report(state, key, status)
            self._uploaded = True

    def _put(self, state: State) -> None:
        content_type = self.reference["content_type"]
        asked = {k: self.reference[k] for k in ("key", "filename", "content_type")}
        answer = state.transport.post("/attachment", {**asked, "org_id": state.org_id})
        headers = {"Content-Type": content_type, **cast("dict[str, str]", answer.get("headers") or {})}
        state.transport.retrying("PUT", str(answer["signedUrl"]), body=self.data, headers=headers)


class JSONAttachment(Attachment):
    """A JSON value too large for the row itself; stored as a file."""

    def __init__(self, data: Any, *, filename: str = "data.json", pretty: bool = False) -> None:
        text = json.dumps(data, indent=2 if pretty else None, default=repr)
        super().__init__(data=text.encode(), filename=filename, content_type="application/json")


class ExternalAttachment(Referenced):
    """A file that stays where it is, such as `s3://bucket/key`; the server passes its address on."""

    def __init__(self, *, url: str, filename: str, content_type: str) -> None:
        self.reference = {
            "type": _EXTERNAL_TYPE,
            "filename": filename,
            "content_type": content_type,
            "url": url,
        }

    def as_reference(self) -> dict[str, str]:
        """`{type, filename, content_type, url}`."""
        return self.reference


class ReadonlyAttachment(Referenced):
    """A file found in a fetched row; logged again, it is the same reference."""

    def __init__(self, reference: Mapping[str, str], state: State) -> None:
        self.reference = dict(reference)
        self._state = state
        self._data: bytes | None = None

    def as_reference(self) -> dict[str, str]:
        """What the row holds."""
        return self.reference

    @property
    def data(self) -> bytes:
        """The bytes, downloaded when they are first asked for.

        Raises AssayError when the upload has not been finished or the server cannot be had.
        """
        if self._data is None:
            found = self.metadata()
            status = cast("dict[str, Any]", found.get("status") or {})
            state = status.get("upload_status")
            if state not in (None, "done"):
                name, why = self.reference.get("filename"), status.get("error_message") or ""
                raise AssayError(f"{name}: its upload is {state!r} {why}")
            self._data = self._state.transport.retrying("GET", str(found["downloadUrl"])).body
        return self._data

    def status(self) -> dict[str, Any]:
        """How far its upload is, asked again every time: `{upload_status, error_message?}`."""
        return cast("dict[str, Any]", self.metadata()["status"])

    def metadata(self) -> dict[str, Any]:
        """`{downloadUrl, status: {upload_status, error_message?}}`."""
        query = {k: self.reference.get(k) for k in ("key", "url", "filename", "content_type")}
        return cast(
            "dict[str, Any]", self._state.transport.get("/attachment", org_id=self._state.org_id, **query)
        )


def with_attachments(state: State, value: Any) -> Any:
    """A fetched value with a ReadonlyAttachment in the place of every reference; changed where it is."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if members.get("type") in (_TYPE, _EXTERNAL_TYPE):
            return ReadonlyAttachment(members, state)
        for key, member in members.items():
            members[key] = with_attachments(state, member)
        return members
    if isinstance(value, list):
        items = cast("list[Any]", value)
        items[:] = [with_attachments(state, item) for item in items]
        return items
    return value


def _report(state: State, key: str, status: dict[str, str]) -> None:
    state.transport.post("/attachment/status", {"key": key, "org_id": state.org_id, "status": status})
