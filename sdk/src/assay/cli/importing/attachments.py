"""Files behind rows: read from one side, stored on the other under the same key."""

from __future__ import annotations

from typing import Any, cast

from assay.cli.importing.report import Report
from assay.cli.importing.rows import attachments
from assay.cli.importing.site import Row, Site
from assay.core.errors import ApiError, AssayError


class Files:
    """Copies the attachments of rows, each once."""

    def __init__(self, source: Site, target: Site, report: Report) -> None:
        self._source, self._target, self._report = source, target, report
        self._seen: set[str] = set()

    def copy_from(self, rows: list[Row], where: str) -> None:
        """Copy what some rows refer to. What cannot be had is reported, and the rows keep their references.

        Raises Unreachable, or ApiError of 401 or 403, when a side cannot be used at all.
        """
        for reference in (found for row in rows for found in attachments(row)):
            key = str(reference["key"])
            if key in self._seen:
                continue
            self._seen.add(key)
            try:
                copied = self._copy(reference)
            except ApiError as error:
                if error.status in (401, 403):
                    raise
                self._report.refuse("attachments", where, key, str(error))
                continue
            except _NotUploaded as error:
                self._report.refuse("attachments", where, key, str(error))
                continue
            self._report.took("attachments", where, key)
            (self._report.copied if copied else self._report.there)("attachments")

    def _copy(self, reference: dict[str, Any]) -> bool:
        named = {
            "key": str(reference["key"]),
            "filename": str(reference.get("filename") or "file"),
            "content_type": str(reference.get("content_type") or "application/octet-stream"),
        }
        try:
            announced = self._target.post("/attachment", {**named, "org_id": self._target.org_id})
        except ApiError as error:
            if error.status == 409:
                return False
            raise
        try:
            data = self._read(named)
        except _NotUploaded as error:
            self._status(named["key"], {"upload_status": "error", "error_message": str(error)})
            raise
        headers = {
            "Content-Type": named["content_type"],
            **cast("dict[str, str]", announced.get("headers") or {}),
        }
        self._target.call("PUT", str(announced["signedUrl"]), body=data, headers=headers)
        self._status(named["key"], {"upload_status": "done"})
        return True

    def _read(self, named: dict[str, str]) -> bytes:
        found = self._source.get("/attachment", **named, org_id=self._source.org_id)
        status = cast("dict[str, Any]", found.get("status") or {})
        if status.get("upload_status") not in (None, "done"):
            why = status.get("error_message") or ""
            raise _NotUploaded(f"its upload is {status['upload_status']!r} on the source {why}".strip())
        return self._source.call("GET", str(found["downloadUrl"]), headers={"Accept": "*/*"}).body

    def _status(self, key: str, status: dict[str, str]) -> None:
        self._target.post("/attachment/status", {"key": key, "org_id": self._target.org_id, "status": status})


class _NotUploaded(AssayError):
    """The source has no bytes of a file."""
