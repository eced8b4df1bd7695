"""Assembles a chat completion from the bytes that pass by on their way to the client."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec

_LONGEST_CAPTURE = 64 << 20


class Tee:
    """Takes the chunks of one reply and knows, at the end, what was said.

    `feed` returns what to pass on to the client. With `hide_usage` the usage event of a stream is kept back:
    the gateway asked for it, the client did not, and clients that read `choices[0]` of every event would
    break on it.
    """

    def __init__(self, *, streaming: bool, hide_usage: bool = False) -> None:
        self.usage: Mapping[str, Any] = {}
        self.model: str | None = None
        self.first_token_at: float | None = None
        """Unix seconds at which the first content arrived; None before that and for whole bodies."""
        self.error: Any = None
        self._streaming = streaming
        self._hide_usage = hide_usage
        self._rest = bytearray()
        self._choices: dict[int, dict[str, Any]] = {}

    def feed(self, chunk: bytes) -> bytes:
        """Take one chunk; returns the bytes the client gets now."""
        if len(self._rest) < _LONGEST_CAPTURE:
            self._rest += chunk
        if not self._streaming:
            return chunk
        passed = bytearray()
        while (end := _event_end(self._rest)) is not None:
            event = bytes(self._rest[:end])
            del self._rest[:end]
            if not self._read_event(event):
                passed += event
        return bytes(passed) if self._hide_usage else chunk

    def rest(self) -> bytes:
        """What is left to pass on when the reply has ended: an event without its closing blank line."""
        return bytes(self._rest) if self._hide_usage and self._streaming else b""

    def choices(self) -> list[dict[str, Any]]:
        """The answer so far, as the `choices` list of a whole completion."""
        if not self._streaming:
            self._read_body()
        return [self._choices[index] for index in sorted(self._choices)]

    def _read_body(self) -> None:
        body = _json(bytes(self._rest))
        if not isinstance(body, dict):
            self.error = self.error or bytes(self._rest[:2000]).decode(errors="replace")
            return
        self._read_head(body)
        for place, choice in enumerate(body.get("choices") or ()):
            self._choices[place] = choice

    def _read_head(self, body: Mapping[str, Any]) -> None:
        self.usage = body.get("usage") or self.usage
        self.model = body.get("model") or self.model
        self.error = body.get("error") or self.error

    def _read_event(self, event: bytes) -> bool:
        """Take in one event; returns whether it is the usage event to keep back."""
        lines = event.replace(b"\r\n", b"\n").split(b"\n")
        data = b"\n".join(line[5:].lstrip() for line in lines if line.startswith(b"data:"))
        body = _json(data)
        if not isinstance(body, dict):
            return False
        self._read_head(body)
        choices = body.get("choices") or ()
        for choice in choices:
            self._read_delta(choice)
        return self._hide_usage and not choices and bool(body.get("usage"))

    def _read_delta(self, choice: Mapping[str, Any]) -> None:
        index = choice.get("index", 0)
        kept = self._choices.setdefault(
            index, {"index": index, "message": {"role": "assistant", "content": None}, "finish_reason": None}
        )
        kept["finish_reason"] = choice.get("finish_reason") or kept["finish_reason"]
        message, delta = kept["message"], choice.get("delta") or {}
        for name in ("content", "refusal", "reasoning_content"):
            if isinstance(piece := delta.get(name), str):
                message[name] = (message.get(name) or "") + piece
        for call in delta.get("tool_calls") or ():
            _extend_call(message.setdefault("tool_calls", []), call)
        if self.first_token_at is None and (delta.get("content") or delta.get("tool_calls")):
            self.first_token_at = time.time()


def _extend_call(calls: list[dict[str, Any]], piece: Mapping[str, Any]) -> None:
    index = piece.get("index", 0)
    while len(calls) <= index < len(calls) + 256:
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
    if index >= len(calls):
        return
    call, function = calls[index], piece.get("function") or {}
    call["id"] = piece.get("id") or call["id"]
    call["function"]["name"] += function.get("name") or ""
    call["function"]["arguments"] += function.get("arguments") or ""


def _event_end(buffer: bytearray) -> int | None:
    """Index after the blank line that closes the first event, None when it is not complete."""
    ends = [place + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (place := buffer.find(mark)) >= 0]
    return min(ends) if ends else None


def _json(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError):
        return None
