"""A plain HTTP client of one server with one key that keeps its connection and raises for no status."""

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


class Client:
    """Asks one server; not to be shared between threads."""

    def __init__(self, port: int, key: str | None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Content-Type": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; the body is sent as JSON unless it is None or bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, {**self._headers, **headers})
        answer = self._connection.getresponse()
        raw = answer.read()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, raw)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
