"""An OpenAI-shaped HTTP API with fixed answers, for the real client library to talk to."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 7,
    "total_tokens": 27,
    "prompt_tokens_details": {"cached_tokens": 12, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 4},
}
RESPONSES_USAGE = {
    "input_tokens": 20,
    "output_tokens": 7,
    "total_tokens": 27,
    "input_tokens_details": {"cached_tokens": 12},
    "output_tokens_details": {"reasoning_tokens": 4},
}
FIRST_TOKEN_DELAY = 0.05
CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "search_songs", "arguments": '{"mood":"calm"}'},
}


def chat_answer(body: dict[str, Any]) -> dict[str, Any]:
    """A text answer, or a tool call when tools are offered."""
    message: dict[str, Any] = {"role": "assistant", "content": '{"title": "Rain"}'}
    if body.get("tools"):
        message = {"role": "assistant", "content": None, "tool_calls": [CALL]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if body.get("tools") else "stop"}
    return {**_chat_head("chat.completion"), "choices": [choice], "usage": USAGE}


def chat_chunks(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The same answer in pieces."""
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"content": "Ra"},
        {"content": "in"},
    ]
    if body.get("tools"):
        function = {"name": "search_songs", "arguments": ""}
        deltas = [
            {"role": "assistant", "tool_calls": [{"index": 0, **CALL, "function": function}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": '{"mood":'}}]},
            {"tool_calls": [{"index": 0, "function": {"arguments": '"calm"}'}}]},
        ]  # fmt: skip
    head = _chat_head("chat.completion.chunk")
    chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    end = "tool_calls" if body.get("tools") else "stop"
    chunks.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": end}]})
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append({**head, "choices": [], "usage": USAGE})
    return chunks


def _chat_head(kind: str) -> dict[str, Any]:
    return {"id": "c1", "object": kind, "created": 1, "model": "tiny-2026-01", "system_fingerprint": "fp"}


def response_answer() -> dict[str, Any]:
    """An answer of the responses API."""
    text = {"type": "output_text", "text": "Rain", "annotations": []}
    item = {"id": "m1", "type": "message", "role": "assistant", "status": "completed", "content": [text]}
    return {
        "id": "r1", "object": "response", "created_at": 1, "model": "tiny-2026-01", "status": "completed",
        "output": [item], "usage": RESPONSES_USAGE, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    }  # fmt: skip


def response_events() -> list[dict[str, Any]]:
    """The same answer as events."""
    answer = response_answer()
    started = {**answer, "output": [], "usage": None, "status": "in_progress"}
    delta = {"item_id": "m1", "output_index": 0, "content_index": 0, "delta": "Rain", "logprobs": []}
    return [
        {"type": "response.created", "sequence_number": 0, "response": started},
        {"type": "response.output_text.delta", "sequence_number": 1, **delta},
        {
            "type": "response.output_item.done",
            "sequence_number": 2,
            "output_index": 0,
            "item": answer["output"][0],
        },
        {"type": "response.completed", "sequence_number": 3, "response": answer},
    ]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        path = self.path.removeprefix("/v1")
        if body.get("model") == "missing":
            error = {"message": "no such model", "type": "invalid_request_error", "code": "model_not_found"}
            self._json({"error": error}, 404)
        elif path == "/chat/completions" and body.get("stream"):
            self._events(chat_chunks(body), breaks=body["model"] == "breaks")
        elif path == "/chat/completions":
            self._json(chat_answer(body))
        elif path == "/responses" and body.get("stream"):
            self._events(response_events())
        elif path == "/responses":
            self._json(response_answer())
        elif path == "/embeddings":
            data = [{"object": "embedding", "index": n, "embedding": [0.5] * 3} for n in range(2)]
            usage = {"prompt_tokens": 5, "total_tokens": 5}
            self._json({"object": "list", "data": data, "model": "tiny-embed", "usage": usage})
        else:
            result = {
                "flagged": False,
                "categories": {},
                "category_scores": {},
                "category_applied_input_types": {},
            }
            self._json({"id": "m", "model": "tiny-moderation", "results": [result]})

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _json(self, answer: dict[str, Any], status: int = 200) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _events(self, events: list[dict[str, Any]], *, breaks: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        time.sleep(FIRST_TOKEN_DELAY)
        for event in events[: 2 if breaks else None]:
            name = f"event: {event['type']}\n" if "type" in event else ""
            self.wfile.write(f"{name}data: {json.dumps(event)}\n\n".encode())
        if breaks:
            self.wfile.write(b'data: {"error": {"message": "the model fell over"}}\n\n')
        else:
            self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True


@contextmanager
def running_openai_api() -> Iterator[str]:
    """Serve on a free loopback port; gives the base URL for a client."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    http.daemon_threads = True
    thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}/v1"
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
