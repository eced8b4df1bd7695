"""The values that pass through the gateway: a request as read, a reply as it will be sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from assay_server.errors import BadRequest

Endpoint = Literal["chat/completions", "embeddings"]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call as the client sent it.

    `raw` are the bytes to forward and `body` the same JSON decoded; `model` is the name without provider
    prefix.
    """

    endpoint: Endpoint
    raw: bytes
    body: Mapping[str, Any]
    model: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def stream(self) -> bool:
        """Whether the client asked for server-sent events."""
        return self.body.get("stream") is True

    def altered(self, **changes: Any) -> ModelRequest:
        """The same call with some fields of the body replaced."""
        body = {**self.body, **changes}
        return ModelRequest(
            endpoint=self.endpoint,
            raw=msgspec.json.encode(body),
            body=body,
            model=changes.get("model", self.model),
            headers=self.headers,
        )


@dataclass(slots=True)
class ModelReply:
    """What goes back to the client: a status, headers, and the body as it arrives.

    `provider` is the name spans are labelled with. `chunks` must be iterated to the end or closed.
    """

    status: int
    headers: dict[str, str]
    chunks: AsyncGenerator[bytes, None]
    provider: str
    scripted: bool = False

    @property
    def streaming(self) -> bool:
        """Whether the body is a stream of server-sent events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")


def read_request(endpoint: Endpoint, raw: bytes, headers: Mapping[str, str]) -> ModelRequest:
    """Decode a request body.

    Raises BadRequest when it is not a JSON object, or has no `model`.
    """
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadRequest(f"The body is not valid JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object with `model` and `messages`.")
    model = body.get("model")
    if not isinstance(model, str) or not model:
        raise BadRequest('Name a model: `"model": "gpt-4o-mini"`; GET /v1/models lists them.')
    return ModelRequest(endpoint=endpoint, raw=raw, body=body, model=model, headers=headers)
