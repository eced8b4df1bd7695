"""OpenInference's and Traceloop's instrumentations, unchanged, over the real OpenAI client and our gateway.

What the client got (printed by the program), what the instrumentation said, and what SQL answers must agree.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.server.otlp.instrumented_program import ASK, CONVERSATION, EMBEDDING_MODEL, MODEL, TOOL_CALL, TOOLS
from tests.support.servers import KEY, ServerProcess

ECHO = "The scripted model has no scenario for this and repeats it: "


class Program:
    """What one run of the program got, and the rows it left."""

    def __init__(self, server: ServerProcess, name: str) -> None:
        command = [sys.executable, "-m", "tests.server.otlp.instrumented_program", name, server.url, KEY]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        self.name, self._server = name, server
        self.got: dict[str, Any] = json.loads(done.stdout)

    def row(self, call: str) -> dict[str, Any]:
        """The row of a call; that of the program's own span must be around it."""
        found = self._server.sql(f"SELECT * FROM project_logs('{self.name} {call}') ORDER BY is_root DESC")
        root, row = found
        assert root["span_attributes"] == {"name": "root"}
        assert (root["is_root"], row["is_root"]) == (True, False)
        assert (row["span_parents"], row["root_span_id"]) == ([root["span_id"]], root["root_span_id"])
        assert row["span_attributes"]["type"] == "llm"
        return row


@pytest.fixture(scope="module", params=["openinference", "traceloop"])
def program(server: ServerProcess, request: pytest.FixtureRequest) -> Program:
    return Program(server, request.param)


def test_a_chat_completion(program: Program) -> None:
    got, row = program.got["chat"], program.row("chat")
    assert row["input"] == ASK
    message = {"role": "assistant", "content": f"{ECHO}Hello"}
    assert got["choices"][0]["message"]["content"] == message["content"]
    assert row["output"] == [{"index": 0, "message": message, "finish_reason": "stop"}]
    expected = {"model": MODEL, "provider": "openai", "temperature": 0.2, "service.name": "shop"}
    assert {name: row["metadata"].get(name) for name in expected} == expected
    usage = got["usage"]
    cost = usage["prompt_tokens"] * 0.15e-6 + usage["completion_tokens"] * 0.6e-6
    assert row["metrics"]["prompt_tokens"] == usage["prompt_tokens"]
    assert row["metrics"]["completion_tokens"] == usage["completion_tokens"]
    assert row["metrics"]["tokens"] == usage["total_tokens"]
    assert row["metrics"]["estimated_cost"] == pytest.approx(cost)
    assert row["error"] is None


def test_tool_calls(program: Program) -> None:
    row = program.row("tools")
    (choice,) = row["output"]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"] == program.got["tools"]["choices"][0]["message"]["tool_calls"]
    assert row["metadata"]["tools"] == TOOLS


def test_a_conversation_goes_in_as_it_was(program: Program) -> None:
    asked, calling, told = program.row("conversation")["input"]
    assert asked == CONVERSATION[0]
    assert told == CONVERSATION[2]
    (call,) = calling["tool_calls"]
    arguments = call["function"].pop("arguments")
    assert json.loads(arguments) == {"zone": "UTC"}
    assert call == {**TOOL_CALL, "function": {"name": "now"}}


def test_a_stream(program: Program) -> None:
    row = program.row("stream")
    (choice,) = row["output"]
    assert choice["message"] == {"role": "assistant", "content": f"{ECHO}Hello"}
    usage = program.got["stream"][-1]["usage"]
    length = row["metrics"]["end"] - row["metrics"]["start"]
    assert 0 < row["metrics"]["time_to_first_token"] <= length
    assert "otel.events" not in row["metadata"]
    assert row["metrics"]["tokens"] == usage["total_tokens"]


def test_a_failed_call(program: Program) -> None:
    row = program.row("failure")
    assert row["error"].startswith(("BadRequestError: ", "openai.BadRequestError: "))
    assert program.got["failure"] in row["error"]
    assert row["output"] is None


def test_embeddings(program: Program) -> None:
    row = program.row("embeddings")
    assert row["metadata"]["model"] == EMBEDDING_MODEL
    assert row["metrics"]["prompt_tokens"] == program.got["embeddings"]["usage"]["prompt_tokens"]
    assert "hi there" in str(row["input"])
