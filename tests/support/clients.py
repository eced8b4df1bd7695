"""A plain HTTP client of one server with one key, which raises for no status."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; header names are in lower case."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.raw.decode(errors="replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.raw)


@dataclass(frozen=True, slots=True)
class Client:
    """Asks the server on a port of this machine, over a new connection each time."""

    port: int
    key: str | None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; the body is sent as JSON unless it is None or bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        known = {"Content-Type": "application/json"} | (
            {"Authorization": f"Bearer {self.key}"} if self.key else {}
        )
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, data, known | headers)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, headers, answer.read())
        finally:
            connection.close()
