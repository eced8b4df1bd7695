"""The scripted model: deterministic, labelled, and speaking OpenAI's format to the letter."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from assay_server.engines.gateway.messages import ModelReply, read_request
from assay_server.engines.gateway.providers.scripted import ScenarioFailed, ScriptedModel
from assay_server.engines.gateway.scenario_files import ScenarioInvalid, load_scenarios
from assay_server.engines.gateway.tokens import count_prompt, count_text
from assay_server.errors import BadRequest

WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
            "required": ["city", "unit"],
        },
    },
}


@pytest.fixture(scope="module")
def model() -> ScriptedModel:
    return ScriptedModel(load_scenarios())


def read(reply: ModelReply) -> bytes:
    async def joined() -> bytes:
        return b"".join([chunk async for chunk in reply.chunks])

    return asyncio.run(joined())


def send(model: ScriptedModel, endpoint: Any = "chat/completions", **fields: Any) -> ModelReply:
    body = {"model": "gpt-4o-mini", **fields}
    return model.send(read_request(endpoint, json.dumps(body).encode(), {}))


def chat(model: ScriptedModel, **body: Any) -> dict[str, Any]:
    body.setdefault("messages", [{"role": "user", "content": "Good morning"}])
    return json.loads(read(send(model, **body)))


def test_labels_itself_everywhere(model: ScriptedModel) -> None:
    reply = send(model, messages=[{"role": "user", "content": "hi"}])
    assert reply.scripted
    assert reply.provider == "scripted model"
    assert reply.headers["x-assay-scripted"] == "1"
    body = json.loads(read(reply))
    assert body["system_fingerprint"] == "scripted model"
    assert body["model"] == "gpt-4o-mini"


def test_same_request_same_answer_and_other_seed_other_dice(model: ScriptedModel) -> None:
    asked = {"tools": [WEATHER], "tool_choice": "required"}
    answers = {seed: [chat(model, seed=seed, **asked)["choices"] for _ in range(2)] for seed in range(12)}
    assert all(first == second for first, second in answers.values())
    units = {
        json.loads(first[0]["message"]["tool_calls"][0]["function"]["arguments"])["unit"]
        for first, _ in answers.values()
    }
    assert units == {"C", "F"}


def test_usage_follows_the_documented_rule(model: ScriptedModel) -> None:
    messages = [{"role": "system", "content": "abcd"}, {"role": "user", "content": "abcde"}]
    body = chat(model, messages=messages)
    text = body["choices"][0]["message"]["content"]
    assert body["usage"]["prompt_tokens"] == (4 + 1) + (4 + 2)
    assert body["usage"]["completion_tokens"] == -(-len(text) // 4)
    assert body["usage"]["total_tokens"] == 11 + count_text(text)
    assert count_prompt(messages, [WEATHER["function"]]) > 11


def test_forced_tool_gets_arguments_that_fit_its_schema(model: ScriptedModel) -> None:
    choice = {"type": "function", "function": {"name": "weather"}}
    body = chat(model, tools=[WEATHER], tool_choice=choice, messages=[{"role": "user", "content": "Oslo"}])
    call = body["choices"][0]["message"]["tool_calls"][0]
    arguments = json.loads(call["function"]["arguments"])
    assert call["function"]["name"] == "weather"
    assert arguments["city"] == "Oslo"
    assert arguments["unit"] in ("C", "F")
    assert body["choices"][0]["finish_reason"] == "stop"


def test_response_schema_is_met(model: ScriptedModel) -> None:
    schema = {
        "type": "object",
        "properties": {
            "grade": {"type": "integer", "minimum": 3, "maximum": 5},
            "tags": {"type": "array", "items": {"enum": ["x"]}, "minItems": 2},
        },
        "required": ["grade", "tags"],
    }
    body = chat(
        model, response_format={"type": "json_schema", "json_schema": {"name": "s", "schema": schema}}
    )
    value = json.loads(body["choices"][0]["message"]["content"])
    assert 3 <= value["grade"] <= 5
    assert value["tags"] == ["x", "x"]


def test_several_choices(model: ScriptedModel) -> None:
    body = chat(model, n=3)
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]


def test_each_suffix_goes_on_from_the_shared_messages(model: ScriptedModel) -> None:
    suffixes = [[{"role": "user", "content": text}] for text in ("first facet", "second facet")]
    body = chat(model, suffix_messages=suffixes)
    assert [choice["message"]["content"].split(": ")[1] for choice in body["choices"]] == [
        "first facet",
        "second facet",
    ]
    assert body["usage"]["prompt_tokens"] > chat(model)["usage"]["prompt_tokens"]
    assert body["id"] != chat(model)["id"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"messages": []}, "at least one message"),
        ({"messages": "hi"}, "must be a list"),
        ({"messages": [{"content": "no role"}]}, r"messages\[0\]"),
        ({"messages": [{"role": "user", "content": "x"}], "tools": [{"type": "function"}]}, r"tools\[0\]"),
        ({"messages": [{"role": "user", "content": "x"}], "tool_choice": "required"}, "no tools are offered"),
        ({"messages": [{"role": "user", "content": "x"}], "n": 99}, "`n`"),
        ({"messages": [{"role": "user", "content": "x"}], "suffix_messages": [[]]}, r"suffix_messages\[0\]"),
        ({"messages": [{"role": "user", "content": "x"}], "suffix_messages": {}}, "at most 16 lists"),
    ],
)
def test_bad_requests_say_what_is_wrong(model: ScriptedModel, body: dict[str, Any], says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        send(model, **body)


def test_forcing_a_tool_that_is_not_offered(model: ScriptedModel) -> None:
    choice = {"type": "function", "function": {"name": "nuke"}}
    with pytest.raises(BadRequest, match="'nuke'"):
        send(model, tools=[WEATHER], tool_choice=choice, messages=[{"role": "user", "content": "x"}])


def test_stream_carries_the_same_answer(model: ScriptedModel) -> None:
    asked = {"messages": [{"role": "user", "content": "three little words"}], "seed": 4}
    whole = chat(model, **asked)
    reply = send(model, stream=True, stream_options={"include_usage": True}, **asked)
    assert reply.streaming
    lines = [line for line in read(reply).decode().split("\n\n") if line]
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    text = "".join(choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"])
    assert text == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == whole["usage"]
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert len(chunks) > 5


def test_stream_without_usage_wish_has_no_usage(model: ScriptedModel) -> None:
    text = read(send(model, stream=True, messages=[{"role": "user", "content": "x"}])).decode()
    assert '"usage"' not in text


def test_embeddings_put_texts_that_share_words_close_together(model: ScriptedModel) -> None:
    texts = ["slow jazz for dinner", "dinner with slow jazz", "iron tundra abyss"]
    body = json.loads(read(send(model, "embeddings", input=texts)))
    a, b, c = (item["embedding"] for item in body["data"])
    assert len(a) == 256
    assert abs(sum(x * x for x in a) - 1) < 1e-9
    assert sum(x * y for x, y in zip(a, b, strict=True)) > 0.7
    assert sum(x * y for x, y in zip(a, c, strict=True)) < 0.4
    assert body["usage"]["prompt_tokens"] == sum(count_text(text) for text in texts)


@pytest.mark.parametrize("given", [None, [], [1, 2], {"text": "x"}])
def test_embeddings_of_something_else_are_refused(model: ScriptedModel, given: Any) -> None:
    with pytest.raises(BadRequest, match="`input`"):
        send(model, "embeddings", input=given)


def test_scenarios_from_a_folder_come_first(tmp_path: Path) -> None:
    (tmp_path / "parrot.py").write_text(
        "from assay_server.engines.gateway.scenario import Reply\n"
        "PRIORITY = 10\n"
        "def matches(request): return 'parrot' in request.system\n"
        "def reply(request): return Reply(text='Polly says ' + request.last_user)\n"
    )
    model = ScriptedModel(load_scenarios([tmp_path]))
    asked = [{"role": "system", "content": "be a parrot"}, {"role": "user", "content": "hello"}]
    assert chat(model, messages=asked)["choices"][0]["message"]["content"] == "Polly says hello"
    assert "repeats it" in chat(model)["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("source", "says"),
    [("PRIORITY = 1\n", "must define"), ("def matches(", "failed to load"), ("1 / 0\n", "ZeroDivisionError")],
)
def test_a_broken_scenario_file_is_named(tmp_path: Path, source: str, says: str) -> None:
    (tmp_path / "broken.py").write_text(source)
    with pytest.raises(ScenarioInvalid, match=says) as caught:
        load_scenarios([tmp_path])
    assert "broken.py" in str(caught.value)


def test_a_missing_scenario_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioInvalid, match="nowhere is not a folder"):
        load_scenarios([tmp_path / "nowhere"])


def test_a_scenario_that_raises_is_named(tmp_path: Path) -> None:
    (tmp_path / "fragile.py").write_text(
        "PRIORITY = 1\ndef matches(request): return True\ndef reply(request): return {}['gone']\n"
    )
    model = ScriptedModel(load_scenarios([tmp_path]))
    with pytest.raises(ScenarioFailed, match="fragile"):
        chat(model)
