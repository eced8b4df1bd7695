"""Answers that are read while they arrive: exports of any size, and the live stream."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, cast

from assay.cli.server import Server
from assay.core.errors import ApiError, Unreachable

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


def stream(
    server: Server, method: str, path: str, *, accept: str, body: Any = None, silence: float = 300.0
) -> Iterator[bytes]:
    """The bytes of one answer in pieces; the request leaves when the first is asked for.

    `silence` is how many seconds may pass without a byte. Raises NoAccess without a key, ApiError for a status
    other than 200, Unreachable when there is no answer or it breaks off.
    """
    from urllib3 import PoolManager, Timeout
    from urllib3.exceptions import HTTPError

    _ = server.transport  # without a key there is nothing to ask
    headers = {"Authorization": f"Bearer {server.config.api_key}", "Accept": accept}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        response = PoolManager().request(
            method,
            server.config.url + path,
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
            preload_content=False,
            retries=False,
            timeout=Timeout(connect=10, read=silence),
        )
        with response:
            if response.status != 200:
                raise _refusal(response, f"{method} {path}")
            yield from response.stream(amt=None, decode_content=True)
    except (HTTPError, OSError) as error:
        raise Unreachable(f"no answer from {server.config.url}, or it broke off: {error}") from error


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a stream, without their ends; an unfinished last line is left out."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r")


def _refusal(response: BaseHTTPResponse, what: str) -> ApiError:
    text = response.data[:2000].decode("utf-8", "replace")
    try:
        answer = cast("dict[str, Any]", json.loads(text))
        text = str(cast("dict[str, Any]", answer["error"])["message"])
    except (ValueError, KeyError, TypeError):
        pass  # not our envelope: an intermediary answered, and its text is what there is
    return ApiError(f"{what}: {response.status} {text}", status=response.status)
