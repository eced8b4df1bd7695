"""Assembles a chat completion from the bytes that pass by on their way to the client."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

_LONGEST_CAPTURE = 64 << 20
_MOST_CALLS = 256
T = TypeVar("T")


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: int = 0
    id: str | None = None
    function: _Function | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    index: int = 0
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Head(msgspec.Struct):
    model: str | None = None
    usage: dict[str, Any] | None = None
    error: Any = None


class _Event(_Head):
    choices: list[_Choice] | None = None


class _Body(_Head):
    choices: list[dict[str, Any]] | None = None


_decode_event = msgspec.json.Decoder(_Event).decode
_decode_body = msgspec.json.Decoder(_Body).decode


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
        body = _decoded(_decode_body, bytes(self._rest))
        if body is None:
            self.error = self.error or bytes(self._rest[:2000]).decode(errors="replace")
            return
        self._read_head(body)
        self._choices = dict(enumerate(body.choices or ()))

    def _read_head(self, head: _Head) -> None:
        self.usage = head.usage or self.usage
        self.model = head.model or self.model
        self.error = head.error or self.error

    def _read_event(self, event: bytes) -> bool:
        """Take in one event; returns whether it is the usage event to keep back."""
        lines = event.replace(b"\r\n", b"\n").split(b"\n")
        data = b"\n".join(line[5:].lstrip() for line in lines if line.startswith(b"data:"))
        body = _decoded(_decode_event, data)
        if body is None:
            return False
        self._read_head(body)
        for choice in body.choices or ():
            self._read_choice(choice)
        return self._hide_usage and not body.choices and bool(body.usage)

    def _read_choice(self, choice: _Choice) -> None:
        kept = self._choices.setdefault(
            choice.index,
            {"index": choice.index, "message": {"role": "assistant", "content": None}, "finish_reason": None},
        )
        kept["finish_reason"] = choice.finish_reason or kept["finish_reason"]
        message, delta = kept["message"], choice.delta or _Delta()
        for name in ("content", "refusal", "reasoning_content"):
            if piece := getattr(delta, name):
                message[name] = (message.get(name) or "") + piece
        for call in delta.tool_calls or ():
            _extend_call(message.setdefault("tool_calls", []), call)
        if self.first_token_at is None and (delta.content or delta.tool_calls):
            self.first_token_at = time.time()


def _extend_call(calls: list[dict[str, Any]], piece: _Call) -> None:
    if not 0 <= piece.index < _MOST_CALLS:
        return
    while len(calls) <= piece.index:
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
    call, function = calls[piece.index], piece.function or _Function()
    call["id"] = piece.id or call["id"]
    call["function"]["name"] += function.name or ""
    call["function"]["arguments"] += function.arguments or ""


def _event_end(buffer: bytearray) -> int | None:
    """Index after the blank line that closes the first event, None when it is not complete."""
    ends = [place + len(mark) for mark in (b"\n\n", b"\r\n\r\n") if (place := buffer.find(mark)) >= 0]
    return min(ends) if ends else None


def _decoded(decode: Callable[[bytes], T], data: bytes) -> T | None:
    """The decoded value; None for what is not of its shape, which is passed on but not recorded."""
    try:
        return decode(data)
    except (msgspec.MsgspecError, RecursionError):
        return None
