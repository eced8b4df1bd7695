"""The tee knows at the end what was said, however the bytes were cut."""

from __future__ import annotations

import json
from typing import Any

import pytest

from assay_server.engines.gateway.messages import read_request
from assay_server.engines.gateway.recording import Timing, span_fields
from assay_server.engines.gateway.tee import Tee

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1100,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 60},
}


def event(**body: Any) -> bytes:
    return b"data: " + json.dumps({"model": "gpt-4o-2024-08-06", **body}).encode() + b"\n\n"


def delta(finish: str | None = None, **delta: Any) -> bytes:
    return event(choices=[{"index": 0, "delta": delta, "finish_reason": finish}])


def tool_delta(index: int, **call: Any) -> bytes:
    return delta(tool_calls=[{"index": index, **call}])


STREAM = (
    delta(role="assistant", content="")
    + delta(content="Héllo")
    + delta(content=" wörld")
    + tool_delta(0, id="a", function={"name": "search", "arguments": ""})
    + tool_delta(0, function={"arguments": '{"q":'})
    + tool_delta(1, id="b", function={"name": "stop", "arguments": "{}"})
    + tool_delta(0, function={"arguments": ' "x"}'})
    + delta("tool_calls")
    + event(choices=[], usage=USAGE)
    + b": a comment\n\n"
    + b"data: [DONE]\n\n"
)


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
@pytest.mark.parametrize("ends", [b"\n\n", b"\r\n\r\n"])
def test_streams_are_put_together(size: int, ends: bytes) -> None:
    stream = STREAM.replace(b"\n\n", ends)
    tee = Tee(streaming=True)
    passed = b"".join(tee.feed(stream[at : at + size]) for at in range(0, len(stream), size))
    assert passed + tee.rest() == stream
    [choice] = tee.choices()
    assert choice["message"]["content"] == "Héllo wörld"
    assert choice["finish_reason"] == "tool_calls"
    calls = [
        (c["id"], c["function"]["name"], c["function"]["arguments"]) for c in choice["message"]["tool_calls"]
    ]
    assert calls == [("a", "search", '{"q": "x"}'), ("b", "stop", "{}")]
    assert tee.usage == USAGE
    assert tee.model == "gpt-4o-2024-08-06"
    assert tee.first_token_at is not None


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_usage_nobody_asked_for_is_kept_back(size: int) -> None:
    tee = Tee(streaming=True, hide_usage=True)
    passed = b"".join(tee.feed(STREAM[at : at + size]) for at in range(0, len(STREAM), size)) + tee.rest()
    assert passed == STREAM.replace(event(choices=[], usage=USAGE), b"")
    assert tee.usage == USAGE


def test_an_unfinished_event_is_passed_on_at_the_end() -> None:
    tee = Tee(streaming=True, hide_usage=True)
    assert tee.feed(b"data: half") == b""
    assert tee.rest() == b"data: half"


def test_whole_bodies() -> None:
    body = {"model": "gpt-4o", "choices": [{"index": 0, "message": {"content": "hi"}}], "usage": USAGE}
    tee = Tee(streaming=False)
    assert tee.feed(json.dumps(body).encode()) == json.dumps(body).encode()
    assert tee.choices() == body["choices"]
    assert tee.usage == USAGE


def test_bodies_that_are_no_json_are_the_error() -> None:
    tee = Tee(streaming=False)
    tee.feed(b"<html>Bad gateway")
    assert tee.choices() == []
    assert tee.error == "<html>Bad gateway"


def test_hostile_tool_indexes_do_not_eat_memory() -> None:
    tee = Tee(streaming=True)
    for index in (10**9, -5, "x", None):
        tee.feed(tool_delta(index, function={"arguments": "x"}))  # type: ignore[arg-type]
    assert len(json.dumps(tee.choices())) < 100_000


def test_span_fields() -> None:
    asked = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0.2,
        "stream": True,
    }
    request = read_request("chat/completions", json.dumps(asked).encode(), {})
    tee = Tee(streaming=True)
    tee.feed(STREAM)
    fields = span_fields(request, tee, provider="openai", timing=Timing(start=100.0, end=101.5))
    assert fields["input"] == asked["messages"]
    assert fields["output"][0]["message"]["content"] == "Héllo wörld"
    assert fields["metadata"] == {
        "model": "gpt-4o-2024-08-06", "provider": "openai", "temperature": 0.2, "stream": True,
    }  # fmt: skip
    metrics = fields["metrics"]
    assert metrics["start"] == 100.0
    assert metrics["end"] == 101.5
    assert (metrics["prompt_tokens"], metrics["completion_tokens"], metrics["tokens"]) == (1000, 100, 1100)
    assert metrics["prompt_cached_tokens"] == 400
    assert metrics["completion_reasoning_tokens"] == 60
    assert metrics["time_to_first_token"] == pytest.approx(tee.first_token_at - 100.0)  # type: ignore[operator]
    # 600 fresh prompt tokens at $2.50, 400 cached ones at $1.25, 100 completion tokens at $10, per million
    assert metrics["estimated_cost"] == pytest.approx(0.003)
    assert fields["span_attributes"] == {"name": "Chat Completion", "type": "llm"}
    assert "error" not in fields


def test_span_of_an_error_reply() -> None:
    request = read_request("chat/completions", b'{"model": "gpt-4o", "messages": []}', {})
    tee = Tee(streaming=False)
    tee.feed(b'{"error": {"message": "Slow down"}}')
    fields = span_fields(request, tee, provider="openai", timing=Timing(start=1.0, end=2.0))
    assert fields["error"] == {"message": "Slow down"}
    assert "estimated_cost" not in fields["metrics"]
