"""Versions as callers write them: a transaction id in decimal, or its 16 hex digits."""

from __future__ import annotations

from assay.core.ids import parse_xact
from assay_server.errors import BadRequest


def parse_version(text: str | int) -> int:
    """The transaction id of a version. Raises BadRequest for what is none."""
    try:
        return parse_xact(text)
    except ValueError as error:
        raise BadRequest(str(error), code="version_invalid") from None
