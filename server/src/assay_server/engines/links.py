"""Links to one file that need no credential: whoever has one may do what it says until it runs out.

A link is sealed with the server's own key: it can be neither read nor changed outside, and tells nothing of
organizations or keys. It is good for one blob and one purpose, and for uploads up to a size.
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Literal

import msgspec

from assay_server.errors import Forbidden
from assay_server.ports.secrets import SecretUnreadable

if TYPE_CHECKING:
    from assay_server.ports.secrets import Secrets

LINK_SECONDS = 15 * 60
_MARK = "file link"  # other things are sealed with the same key; they must not pass for links


class FileLink(msgspec.Struct, frozen=True, tag=_MARK):
    """What a link allows.

    `expires` is in unix seconds. An upload may bring up to `size` bytes, or with `exact` that many; `filename`
    and `content_type` are what a download is called.
    """

    purpose: Literal["upload", "download"]
    key: str
    expires: float
    size: int = 0
    exact: bool = False
    filename: str = ""
    content_type: str = ""


def expiry() -> float:
    """When a link that is made now runs out, in unix seconds."""
    return time.time() + LINK_SECONDS


def seal_link(secrets: Secrets, link: FileLink) -> str:
    """The link as text for a URL."""
    sealed = secrets.encrypt(msgspec.json.encode(link).decode())
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_link(secrets: Secrets, token: str, purpose: Literal["upload", "download"]) -> FileLink:
    """The link behind the text. Raises Forbidden `link_invalid` or `link_expired`."""
    try:
        sealed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        link = msgspec.json.decode(secrets.decrypt(sealed), type=FileLink)
    except (ValueError, SecretUnreadable, msgspec.MsgspecError):
        link = None
    if link is None or link.purpose != purpose:
        raise Forbidden(
            f"This is not a link for a {purpose} made by this server; ask for a new one.", code="link_invalid"
        )
    if link.expires < time.time():
        raise Forbidden("This link has run out; ask for a new one.", code="link_expired")
    return link
