"""How OpenAI's requests, answers and stream chunks become span columns. Plain values in, plain values out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Protocol, cast

from assay.core.spans import COMPLETION_TOKENS, PROMPT_TOKENS, TOTAL_TOKENS

Event = dict[str, Any]
"""Columns to log on a span."""

_NOT_LOGGED = frozenset({"extra_headers", "extra_query", "extra_body", "timeout"})
_TOKEN_NAMES = {
    "prompt_tokens": PROMPT_TOKENS,
    "input_tokens": PROMPT_TOKENS,
    "completion_tokens": COMPLETION_TOKENS,
    "output_tokens": COMPLETION_TOKENS,
    "total_tokens": TOTAL_TOKENS,
}
_DETAIL_PREFIXES = {
    "prompt_tokens_details": "prompt_",
    "input_tokens_details": "prompt_",
    "completion_tokens_details": "completion_",
    "output_tokens_details": "completion_",
}
_JOINED = frozenset({"content", "refusal", "reasoning", "reasoning_content", "arguments"})
"""Text of a chat delta that arrives in pieces."""

_FIRST = (*_JOINED, "tool_calls")
"""Fields of a chat delta that show the model has begun to answer."""

_ANSWER_FACTS = ("model", "system_fingerprint", "service_tier", "status", "incomplete_details")
"""Top-level fields of an answer kept as metadata."""

_SCRIPTED = "scripted model"
"""The fingerprint under which an Assay gateway's stand-in answers."""


class Collector(Protocol):
    """Puts the chunks of one stream together."""

    first_at: float | None
    """When the first piece of the answer came (unix seconds); None before."""

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        ...

    def event(self) -> Event:
        """The columns for everything taken so far."""
        ...


def plain(value: Any) -> Any:
    """A response object as JSON values; dicts pass through."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json", warnings=False, exclude_unset=True) if callable(dump) else value


def request_params(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a call worth logging: those given, without transport options and secrets."""
    return {
        key: _schema(value)
        for key, value in kwargs.items()
        if key not in _NOT_LOGGED and type(value).__name__ not in ("NotGiven", "Omit")
    }


def usage_metrics(usage: Any) -> dict[str, float]:
    """Token counts by their metric names; `*_details` become `prompt_cached_tokens`,
    `completion_reasoning_tokens`…
    """
    found = plain(usage)
    if not isinstance(found, dict):
        return {}
    metrics: dict[str, float] = {}
    for key, value in cast("dict[str, Any]", found).items():
        if key in _TOKEN_NAMES and _is_number(value):
            metrics[_TOKEN_NAMES[key]] = value
        elif key in _DETAIL_PREFIXES and isinstance(value, dict):
            details = cast("dict[str, Any]", value).items()
            metrics.update({_DETAIL_PREFIXES[key] + name: n for name, n in details if _is_number(n)})
    return metrics


def chat_event(answer: Any) -> Event:
    """Output = choices."""
    found = plain(answer)
    return _event(found, found.get("choices"))


def response_event(answer: Any) -> Event:
    """Output = output items (messages, tool calls, reasoning)."""
    found = plain(answer)
    event = _event(found, found.get("output"))
    if found.get("error"):
        event["error"] = found["error"]
    return event


def embedding_event(answer: Any) -> Event:
    """Output = how many vectors of what length; the vectors themselves tell a reader nothing."""
    vectors = cast("list[Any]", _field(answer, "data") or [])
    vector = _field(vectors[0], "embedding") if vectors else None
    length = len(cast("list[float]", vector)) if isinstance(vector, list) else None
    return {
        "output": {"count": len(vectors), "embedding_length": length},
        "metadata": {"model": _field(answer, "model")},
        "metrics": usage_metrics(_field(answer, "usage")),
    }


def moderation_event(answer: Any) -> Event:
    """Output = results."""
    found = plain(answer)
    return _event(found, found.get("results"))


class ChatStream:
    """Chunks of a chat completion: deltas joined into messages, by choice."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self._choices: dict[int, dict[str, Any]] = {}
        self._answer: dict[str, Any] = {}

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        found = cast("dict[str, Any]", plain(chunk))
        self._answer.update(
            {k: v for k, v in found.items() if k in (*_ANSWER_FACTS, "usage") and v is not None}
        )
        for part in cast("list[dict[str, Any]]", found.get("choices") or []):
            index = int(part.get("index") or 0)
            choice = self._choices.setdefault(index, {"index": index, "message": {}, "finish_reason": None})
            delta = cast("dict[str, Any]", part.get("delta") or {})
            if self.first_at is None and (
                delta.get("content") or delta.get("tool_calls") or delta.get("refusal")
            ):
                self.first_at = time.time()
            join_delta(choice["message"], delta)
            if part.get("finish_reason") is not None:
                choice["finish_reason"] = part["finish_reason"]

    def event(self) -> Event:
        """Output = the choices, as a call without streaming returns them."""
        return _event(self._answer, [self._choices[index] for index in sorted(self._choices)])


class ResponsesStream:
    """Events of the responses API; the closing one carries the whole answer."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        self._answer: dict[str, Any] = {}
        self._items: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Take the next event."""
        kind = str(_field(chunk, "type"))
        if self.first_at is None and kind.endswith(".delta"):
            self.first_at = time.time()
        if kind.endswith(".delta"):
            return  # converting each of thousands of deltas would cost more than all the rest
        found = cast("dict[str, Any]", plain(chunk))
        if kind == "response.output_item.done":
            self._items.append(found.get("item"))
        elif kind == "error":
            self._answer["error"] = {"code": found.get("code"), "message": found.get("message")}
        elif isinstance(found.get("response"), dict):
            self._answer = found["response"]

    def event(self) -> Event:
        """Output = the items of the final answer, or those finished before the stream broke off."""
        return response_event({**self._answer, "output": self._answer.get("output") or self._items})


def join_delta(message: dict[str, Any], delta: Mapping[str, Any]) -> None:
    """Add one chat delta to a message: text grows, tool calls are matched by index, the rest is set."""
    for key, value in delta.items():
        if value is None:
            message.setdefault(key, None)
        elif key in _JOINED and isinstance(value, str):
            message[key] = (message.get(key) or "") + value
        elif key == "tool_calls":
            calls = cast("list[dict[str, Any]]", message.get(key) or [])
            message[key] = calls
            for part in cast("list[dict[str, Any]]", value):
                index = int(part.get("index") or 0)
                while len(calls) <= index:
                    calls.append({})
                join_delta(calls[index], {k: v for k, v in part.items() if k != "index"})
        elif isinstance(value, dict) and isinstance(message.get(key, {}), dict):
            join_delta(message.setdefault(key, {}), cast("dict[str, Any]", value))
        else:
            message[key] = value


def _event(answer: Mapping[str, Any], output: Any) -> Event:
    facts = {key: answer[key] for key in _ANSWER_FACTS if answer.get(key) is not None}
    if facts.get("system_fingerprint") == _SCRIPTED:
        facts["provider"] = _SCRIPTED  # the gateway had no key for the provider that was asked for
    return {"output": output, "metadata": facts, "metrics": usage_metrics(answer.get("usage"))}


def _field(value: Any, name: str) -> Any:
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else getattr(value, name, None)


def _schema(value: Any) -> Any:
    """A pydantic class given as response format, by its JSON schema."""
    build = getattr(value, "model_json_schema", None)
    return build() if isinstance(value, type) and callable(build) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
