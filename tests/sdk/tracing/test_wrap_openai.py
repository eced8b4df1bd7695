"""The real OpenAI client, wrapped, against an API of that shape."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

import openai
import pydantic
import pytest

import assay
from tests.sdk.tracing.support.openai_api import CALL, FIRST_TOKEN_DELAY, running_openai_api
from tests.sdk.tracing.support.server import LogServer

MESSAGES: list[Any] = [{"role": "user", "content": "a song for the rain"}]
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": "search_songs", "parameters": {"type": "object"}}}
]
TOKENS = {
    "prompt_tokens": 20,
    "completion_tokens": 7,
    "tokens": 27,
    "prompt_cached_tokens": 12,
    "completion_reasoning_tokens": 4,
}


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    """The base URL of the API."""
    with running_openai_api() as url:
        yield url


@pytest.fixture
def client(api: str, logger: assay.Logger) -> Iterator[openai.OpenAI]:
    """A wrapped client whose spans go to the test server."""
    with openai.OpenAI(base_url=api, api_key="sk", max_retries=0) as client:
        yield assay.wrap_openai(client)


def in_async_client(api: str, work: Any) -> Any:
    """Run a coroutine function with a wrapped async client."""

    async def main() -> Any:
        async with openai.AsyncOpenAI(base_url=api, api_key="sk", max_retries=0) as client:
            return await work(assay.wrap_openai(client))

    return asyncio.run(main())


def llm_span(server: LogServer) -> dict[str, Any]:
    """The one LLM span, after a flush."""
    assay.flush()
    (row,) = [r for r in server.rows.values() if r["span_attributes"].get("type") == "llm"]
    assert "end" in row["metrics"]
    return row


def tokens_of(row: dict[str, Any]) -> dict[str, Any]:
    """The token metrics of a span."""
    return {key: row["metrics"][key] for key in TOKENS if key in row["metrics"]}


def test_a_chat_call_is_an_llm_span(client: openai.OpenAI, server: LogServer) -> None:
    with assay.start_span("agent") as agent:
        answer = client.chat.completions.create(
            model="tiny", messages=MESSAGES, temperature=0.3, user=openai.omit
        )
    assert answer.choices[0].message.content == '{"title": "Rain"}'
    row = llm_span(server)
    assert row["span_parents"] == [agent.span_id]
    assert row["span_attributes"]["name"] == "Chat Completion"
    assert row["input"] == MESSAGES
    assert row["output"][0]["message"]["content"] == '{"title": "Rain"}'
    assert row["metadata"] == {
        "provider": "openai", "model": "tiny-2026-01", "temperature": 0.3, "system_fingerprint": "fp",
    }  # fmt: skip
    assert tokens_of(row) == TOKENS
    assert row["context"]["caller_filename"] == __file__


def test_tool_calls_are_in_the_output(client: openai.OpenAI, server: LogServer) -> None:
    client.chat.completions.create(model="tiny", messages=MESSAGES, tools=TOOLS)
    row = llm_span(server)
    assert row["output"][0]["message"]["tool_calls"] == [CALL]
    assert row["metadata"]["tools"] == TOOLS


@pytest.mark.parametrize("tools", [False, True])
def test_a_stream_is_put_together(client: openai.OpenAI, server: LogServer, tools: bool) -> None:
    options: dict[str, Any] = {"tools": TOOLS} if tools else {}
    stream = client.chat.completions.create(
        model="tiny", messages=MESSAGES, stream=True, stream_options={"include_usage": True}, **options
    )
    assert stream.response.status_code == 200
    assert len(list(stream)) == 5
    row = llm_span(server)
    (choice,) = row["output"]
    if tools:
        assert choice["message"]["tool_calls"] == [CALL]
        assert choice["finish_reason"] == "tool_calls"
    else:
        assert choice["message"] == {"role": "assistant", "content": "Rain"}
    assert tokens_of(row) == TOKENS
    metrics = row["metrics"]
    assert FIRST_TOKEN_DELAY <= metrics["time_to_first_token"] <= metrics["end"] - metrics["start"]


def test_a_stream_left_early_keeps_what_came(client: openai.OpenAI, server: LogServer) -> None:
    with client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].delta.content == "Ra":
                break
    assert llm_span(server)["output"][0]["message"]["content"] == "Ra"


def test_a_stream_that_breaks_logs_the_error(client: openai.OpenAI, server: LogServer) -> None:
    stream = client.chat.completions.create(model="breaks", messages=MESSAGES, stream=True)
    with pytest.raises(openai.APIError, match="fell over"):
        list(stream)
    row = llm_span(server)
    assert row["error"].startswith("APIError: the model fell over")
    assert row["output"][0]["message"]["content"] == "Ra"


def test_errors_are_logged_and_raised(client: openai.OpenAI, server: LogServer) -> None:
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="missing", messages=MESSAGES)
    row = llm_span(server)
    assert "no such model" in row["error"]
    assert row["metadata"]["model"] == "missing"


def test_parsed_answers_stay_parsed(client: openai.OpenAI, server: LogServer) -> None:
    class Song(pydantic.BaseModel):
        title: str

    answer = client.chat.completions.parse(model="tiny", messages=MESSAGES, response_format=Song)
    assert answer.choices[0].message.parsed == Song(title="Rain")
    row = llm_span(server)
    assert row["metadata"]["response_format"]["properties"]["title"]["type"] == "string"


def test_the_stream_helper_is_traced(client: openai.OpenAI, server: LogServer) -> None:
    with client.chat.completions.stream(model="tiny", messages=MESSAGES) as stream:
        for _ in stream:
            pass
        assert stream.get_final_completion().choices[0].message.content == "Rain"
    assert llm_span(server)["output"][0]["message"]["content"] == "Rain"


@pytest.mark.parametrize("stream", [False, True])
def test_raw_responses(client: openai.OpenAI, server: LogServer, stream: bool) -> None:
    raw: Any = client.chat.completions.with_raw_response.create(
        model="tiny", messages=MESSAGES, stream=stream
    )
    assert raw.status_code == 200
    parsed = raw.parse()
    text = (
        "".join(c.choices[0].delta.content or "" for c in parsed)
        if stream
        else parsed.choices[0].message.content
    )
    assert text in llm_span(server)["output"][0]["message"]["content"]


def test_responses_api(client: openai.OpenAI, server: LogServer) -> None:
    answer = client.responses.create(model="tiny", input="a song", instructions="be brief")
    assert answer.output_text == "Rain"
    row = llm_span(server)
    assert (row["input"], row["metadata"]["instructions"]) == ("a song", "be brief")
    assert row["output"][0]["content"][0]["text"] == "Rain"
    assert tokens_of(row) == TOKENS


def test_responses_api_streamed(client: openai.OpenAI, server: LogServer) -> None:
    kinds = [event.type for event in client.responses.create(model="tiny", input="a song", stream=True)]
    assert kinds[-1] == "response.completed"
    row = llm_span(server)
    assert row["output"][0]["content"][0]["text"] == "Rain"
    assert tokens_of(row) == TOKENS
    assert row["metrics"]["time_to_first_token"] >= FIRST_TOKEN_DELAY


def test_embeddings_and_moderations(client: openai.OpenAI, server: LogServer) -> None:
    client.embeddings.create(model="tiny-embed", input=["a", "b"])
    client.moderations.create(input="x")
    assay.flush()
    row = server.span("Embedding")
    assert row["output"] == {"count": 2, "embedding_length": 3}
    assert row["metrics"]["prompt_tokens"] == 5
    assert server.span("Moderation")["output"][0]["flagged"] is False


def test_async_calls(api: str, logger: assay.Logger, server: LogServer) -> None:
    async def work(client: openai.AsyncOpenAI) -> str | None:
        answer = await client.chat.completions.create(model="tiny", messages=MESSAGES)
        return answer.choices[0].message.content

    assert in_async_client(api, work) == '{"title": "Rain"}'
    assert tokens_of(llm_span(server)) == TOKENS


def test_async_streams(api: str, logger: assay.Logger, server: LogServer) -> None:
    async def work(client: openai.AsyncOpenAI) -> str:
        stream = await client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True)
        chunks: AsyncIterator[Any] = stream
        return "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])

    assert in_async_client(api, work) == "Rain"
    row = llm_span(server)
    assert row["output"][0]["message"]["content"] == "Rain"
    assert row["metrics"]["time_to_first_token"] >= FIRST_TOKEN_DELAY


def test_async_errors(api: str, logger: assay.Logger, server: LogServer) -> None:
    async def work(client: openai.AsyncOpenAI) -> None:
        await client.responses.create(model="missing", input="x")

    with pytest.raises(openai.NotFoundError):
        in_async_client(api, work)
    assert "no such model" in llm_span(server)["error"]


def test_wrapping_twice_and_copies(client: openai.OpenAI, server: LogServer) -> None:
    again = assay.wrap_openai(client)
    assert again is client
    assert isinstance(again, openai.OpenAI)
    again.with_options(timeout=5).chat.completions.create(model="tiny", messages=MESSAGES)
    llm_span(server)  # exactly one


def test_without_a_logger_the_client_works_untraced(api: str, server: LogServer) -> None:
    with openai.OpenAI(base_url=api, api_key="sk") as plain:
        client = assay.wrap_openai(plain)
        assert client.chat.completions.create(model="tiny", messages=MESSAGES).model == "tiny-2026-01"
        assert len(list(client.chat.completions.create(model="tiny", messages=MESSAGES, stream=True))) == 4
    assert server.requests == []


def test_another_object_is_refused() -> None:
    with pytest.raises(assay.ConfigError, match="no OpenAI client"):
        assay.wrap_openai(object())


def test_wrap_openai_does_not_import_openai() -> None:
    code = "import sys, assay; assay.wrap_openai; sys.exit('openai' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
