"""Renders a scripted reply as OpenAI's chat completion: one body, or server-sent chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from assay_server.engines.gateway.scenario import ChatRequest, Reply
from assay_server.engines.gateway.tokens import count_prompt, count_text

FINGERPRINT = "scripted model"
_PIECE = re.compile(r"\s*\S+\s*")
_ARGUMENT_PIECE = 24


@dataclass(frozen=True, slots=True)
class Rendered:
    """The replies to one request, ready to be sent; `id` names the completion, `created` is in unix
    seconds.
    """

    id: str
    created: int
    request: ChatRequest
    replies: Sequence[Reply]

    @property
    def usage(self) -> dict[str, Any]:
        """The usage block, counted by the rule of `tokens`."""
        prompt = count_prompt(self.request.messages, self.request.tools)
        completion = sum(_reply_tokens(reply) for reply in self.replies)
        return {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }

    def body(self) -> bytes:
        """The whole answer as one JSON object."""
        choices = [
            {
                "index": i,
                "message": _message(self.id, i, reply),
                "logprobs": None,
                "finish_reason": self._finish(reply),
            }
            for i, reply in enumerate(self.replies)
        ]
        return msgspec.json.encode({**self._head("chat.completion"), "choices": choices, "usage": self.usage})

    def events(self, include_usage: bool) -> Iterator[bytes]:
        """The answer as server-sent events, word by word, closed by `[DONE]`."""
        head = self._head("chat.completion.chunk")
        if include_usage:
            head["usage"] = None
        for index, reply in enumerate(self.replies):
            for delta in _deltas(self.id, index, reply):
                yield _event({**head, "choices": [_chunk_choice(index, delta, None)]})
            yield _event({**head, "choices": [_chunk_choice(index, {}, self._finish(reply))]})
        if include_usage:
            yield _event({**head, "choices": [], "usage": self.usage})
        yield b"data: [DONE]\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.request.model,
            "system_fingerprint": FINGERPRINT,
        }

    def _finish(self, reply: Reply) -> str:
        # A call the client forced ends with "stop", one the model chose with "tool_calls".
        return "tool_calls" if reply.tool_calls and self.request.forced_tool is None else "stop"


def _reply_tokens(reply: Reply) -> int:
    calls = sum(count_text(call.name) + count_text(_arguments(call.arguments)) for call in reply.tool_calls)
    return count_text(reply.text) + calls


def _message(completion: str, index: int, reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None, "refusal": None}
    if reply.tool_calls:
        message["tool_calls"] = [
            {
                "id": _call_id(completion, index, place),
                "type": "function",
                "function": {"name": call.name, "arguments": _arguments(call.arguments)},
            }
            for place, call in enumerate(reply.tool_calls)
        ]
    return message


def _deltas(completion: str, index: int, reply: Reply) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": "" if reply.text else None}
    for piece in _PIECE.findall(reply.text):
        yield {"content": piece}
    for place, call in enumerate(reply.tool_calls):
        function = {"name": call.name, "arguments": ""}
        opened = {
            "index": place,
            "id": _call_id(completion, index, place),
            "type": "function",
            "function": function,
        }
        yield {"tool_calls": [opened]}
        text = _arguments(call.arguments)
        for start in range(0, len(text), _ARGUMENT_PIECE):
            yield {
                "tool_calls": [
                    {"index": place, "function": {"arguments": text[start : start + _ARGUMENT_PIECE]}}
                ]
            }


def _chunk_choice(index: int, delta: Mapping[str, Any], finish: str | None) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}


def _call_id(completion: str, index: int, place: int) -> str:
    return f"call_{completion.removeprefix('chatcmpl-')}_{index}_{place}"


def _arguments(arguments: Mapping[str, Any]) -> str:
    return msgspec.json.encode(arguments).decode()


def _event(value: Mapping[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"
