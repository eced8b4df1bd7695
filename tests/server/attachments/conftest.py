"""One server with small limits, and requests that show their headers."""

from __future__ import annotations

import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from tests.support.servers import ServerProcess, running_server

MAX_BODY, MAX_ATTACHMENT = 256 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """One response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    limits = {"ASSAY_MAX_BODY": str(MAX_BODY), "ASSAY_MAX_ATTACHMENT": str(MAX_ATTACHMENT)}
    with running_server(tmp_path_factory.mktemp("attachments") / "data", **limits) as made:
        yield made


def send(method: str, url: str, body: bytes | None = None, **headers: str) -> Answer:
    """A request to an absolute URL with no credential, as a client sends it to a signed one."""
    parts = urlsplit(url)
    assert parts.scheme == "http"
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, parts.path, body, sent)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()
