"""The gateway over HTTP, used as people use it: with the openai package."""

from __future__ import annotations

import asyncio
import json

import httpx2
import openai
import pytest

from assay.core.refs import SpanRef, encode_ref
from assay_server.features.users.service import add_user
from assay_server.settings import Settings
from tests.server.gateway.gateway_site import Site

HI = [{"role": "user", "content": "hi"}]

scripted = pytest.mark.parametrize("site", ["scripted"], indirect=True)


def test_chat(site: Site) -> None:
    answer = site.client().chat.completions.create(model="gpt-4o", messages=HI)
    assert answer.choices[0].message.content == "Hello from upstream"
    assert site.upstream.requests[0]["headers"]["authorization"] == "Bearer sk-real"
    assert site.written.rows == []


def test_both_paths(site: Site) -> None:
    for base in ("/v1", "/v1/proxy"):
        client = openai.OpenAI(base_url=site.url + base, api_key=site.key)
        assert client.chat.completions.create(model="gpt-4o", messages=HI).usage is not None
        assert "gpt-4o" in [model.id for model in client.models.list()]


def test_stream(site: Site) -> None:
    chunks = list(site.client().chat.completions.create(model="gpt-4o", messages=HI, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "Hello from upstream"


def test_async_client(site: Site) -> None:
    async def run() -> str:
        async with openai.AsyncOpenAI(base_url=f"{site.url}/v1", api_key=site.key) as client:
            stream = await client.chat.completions.create(model="gpt-4o", messages=HI, stream=True)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

    assert asyncio.run(run()) == "Hello from upstream"


def test_embeddings(site: Site) -> None:
    found = site.client().embeddings.create(
        model="text-embedding-3-small", input="x", encoding_format="float"
    )
    assert found.data[0].embedding == [0.5, 0.5]


def test_provider_errors_arrive_as_they_are(site: Site) -> None:
    with pytest.raises(openai.RateLimitError, match="Slow down") as caught:
        site.client().chat.completions.create(model="gpt-fail", messages=HI)
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.response.headers["x-bt-used-endpoint"] == "openai"


def test_a_stream_that_breaks_off_ends_with_an_error_event(site: Site) -> None:
    with pytest.raises(openai.APIError, match="broke off"):
        list(site.client().chat.completions.create(model="gpt-break", messages=HI, stream=True))


def test_keys_are_checked(site: Site) -> None:
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=f"{site.url}/v1", api_key="wrong").models.list()
    assert httpx2.post(f"{site.url}/v1/chat/completions", json={}).status_code == 401


def test_viewers_may_not_spend(site: Site) -> None:
    services = site.services
    actor = services.auth.actor_for_key(site.key)
    with services.meta.begin() as connection:
        viewer = add_user(connection, actor.org_id, "viewer@example.com", given_name="V", role="viewer")
    token = services.auth.new_login_token(actor.org_id, viewer["id"])
    session = services.auth.login(token).token
    answer = httpx2.post(
        f"{site.url}/v1/chat/completions",
        json={"model": "gpt-4o", "messages": HI},
        headers={"x-assay-csrf": "1", "cookie": f"assay_session={session}"},
    )
    assert answer.status_code == 403
    assert site.upstream.requests == []


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"{", 400, "not valid JSON"),
        (b"{}", 400, "Name a model"),
        (b'{"model": "llama-3", "messages": []}', 404, "llama-3"),
    ],
)
def test_bad_requests(site: Site, body: bytes, status: int, says: str) -> None:
    headers = {"authorization": f"Bearer {site.key}"}
    answer = httpx2.post(f"{site.url}/v1/chat/completions", content=body, headers=headers)
    assert answer.status_code == status
    assert says in answer.json()["error"]["message"]


def test_large_bodies_are_refused(site: Site) -> None:
    site.services.settings = Settings(max_body=1000)
    body = json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": "x" * 2000}]})
    headers = {"authorization": f"Bearer {site.key}"}
    answer = httpx2.post(f"{site.url}/v1/chat/completions", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")


@scripted
def test_scripted_model_is_labelled(site: Site) -> None:
    raw = site.client().chat.completions.with_raw_response.create(model="gpt-4o", messages=HI)
    assert raw.headers["x-assay-scripted"] == "1"
    assert raw.parse().system_fingerprint == "scripted model"
    assert {model.owned_by for model in site.client().models.list()} == {"scripted model"}


@scripted
def test_scripted_tools_and_stream(site: Site) -> None:
    tool = {
        "type": "function",
        "function": {"name": "pick", "parameters": {"type": "object", "properties": {"n": {"enum": [7]}}}},
    }
    stream = site.client().chat.completions.create(
        model="gpt-4o", messages=HI, tools=[tool], tool_choice="required", stream=True,  # type: ignore[list-item]
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)
    pieces = [call for chunk in chunks for choice in chunk.choices for call in choice.delta.tool_calls or ()]
    assert pieces[0].function
    assert pieces[0].function.name == "pick"
    arguments = "".join((piece.function and piece.function.arguments) or "" for piece in pieces)
    assert json.loads(arguments) == {"n": 7}
    assert chunks[-1].usage
    assert chunks[-1].usage.completion_tokens > 0


# -- recording ---------------------------------------------------------------------------------------------


def with_parent(site: Site, parent: str) -> openai.OpenAI:
    return site.client(default_headers={"x-bt-parent": parent})


def test_a_call_with_a_parent_project_becomes_a_trace(site: Site) -> None:
    client = with_parent(site, "project_name:from gateway")
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=HI, temperature=0.5)
    fields, [row] = site.written.only(), site.written.rows
    actor = site.services.auth.actor_for_key(site.key)
    assert row.object_type == "project_logs"
    assert row.project_id == site.services.objects.resolve(actor, "project_logs", "from gateway").project_id
    assert row.span_parents is None
    assert raw.headers["x-bt-span-id"] == row.span_id
    assert fields["input"] == HI
    assert fields["output"][0]["message"]["content"] == "Hello from upstream"
    assert fields["metadata"] == {"model": "gpt-4o", "provider": "openai", "temperature": 0.5}
    assert fields["metrics"]["tokens"] == 1100
    assert fields["metrics"]["estimated_cost"] == pytest.approx(0.003)
    assert fields["metrics"]["end"] >= fields["metrics"]["start"]
    assert fields["span_attributes"] == {"name": "Chat Completion", "type": "llm"}


def test_a_call_below_an_exported_span(site: Site) -> None:
    actor = site.services.auth.actor_for_key(site.key)
    project = site.services.objects.project(actor, None, "mine", create=True)["id"]
    slug = encode_ref(
        SpanRef(
            object_type="project_logs",
            object_id=project,
            row_id="6f1c3f0e-54a1-4f0a-9f6e-2f6c8f6f2d51",
            span_id="00f067aa0ba902b7",
            root_span_id="4bf92f3577b34da6a3ce929d0e0e4736",
            propagated_event={"metadata": {"tenant": "x"}, "span_attributes": {"purpose": "scorer"}},
        )
    )
    with_parent(site, slug).chat.completions.create(model="gpt-4o", messages=HI)
    fields, [row] = site.written.only(), site.written.rows
    assert row.root_span_id == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert row.span_parents == ["00f067aa0ba902b7"]
    assert row.span_id not in (None, "00f067aa0ba902b7")
    assert fields["metadata"]["tenant"] == "x"
    assert fields["span_attributes"] == {"name": "Chat Completion", "type": "llm", "purpose": "scorer"}


def test_a_recorded_stream_has_usage_the_client_did_not_ask_for(site: Site) -> None:
    client = with_parent(site, "project_name:p")
    chunks = list(client.chat.completions.create(model="gpt-4o", messages=HI, stream=True))
    assert all(chunk.choices for chunk in chunks)
    assert site.upstream.requests[0]["body"]["stream_options"] == {"include_usage": True}
    fields = site.written.only()
    assert fields["output"][0]["message"]["content"] == "Hello from upstream"
    assert fields["metrics"]["prompt_cached_tokens"] == 400
    assert fields["metrics"]["completion_reasoning_tokens"] == 60
    assert 0 <= fields["metrics"]["time_to_first_token"] < 5
    assert "stream_options" not in fields["metadata"]


@scripted
def test_a_recorded_scripted_call_is_labelled_and_priced_as_the_model_it_plays(site: Site) -> None:
    answer = with_parent(site, "project_name:p").chat.completions.create(model="gpt-4o", messages=HI)
    fields = site.written.only()
    assert fields["metadata"]["provider"] == "scripted model"
    assert answer.usage
    cost = (answer.usage.prompt_tokens * 2.5 + answer.usage.completion_tokens * 10) / 1e6
    assert fields["metrics"]["estimated_cost"] == pytest.approx(cost)


def test_provider_errors_are_recorded(site: Site) -> None:
    with pytest.raises(openai.RateLimitError):
        with_parent(site, "project_name:p").chat.completions.create(model="gpt-fail", messages=HI)
    assert site.written.only()["error"]["message"] == "Slow down"


def test_unanswered_calls_are_recorded(site: Site) -> None:
    with pytest.raises(openai.NotFoundError):
        with_parent(site, "project_name:p").chat.completions.create(model="llama-3", messages=HI)
    assert "llama-3" in site.written.only()["error"]


@pytest.mark.parametrize(
    ("parent", "status"), [("nonsense", 400), ("project_id:6f1c3f0e-54a1-4f0a-9f6e-2f6c8f6f2d51", 404)]
)
def test_a_bad_parent_is_refused_before_money_is_spent(site: Site, parent: str, status: int) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        with_parent(site, parent).chat.completions.create(model="gpt-4o", messages=HI)
    assert caught.value.status_code == status
    assert site.upstream.requests == []


# -- hanging up --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parent", [None, "project_name:p"])
def test_hanging_up_during_a_stream_cancels_the_provider(site: Site, parent: str | None) -> None:
    client = with_parent(site, parent) if parent else site.client()
    stream = client.chat.completions.create(model="gpt-slow", messages=HI, stream=True)
    assert next(iter(stream)).choices[0].delta.content == "Hello"
    stream.close()
    client.close()
    assert site.upstream.cancelled.wait(5)
    if parent:
        fields = site.written.only()
        assert fields["output"][0]["message"]["content"] == "Hello"
        assert "closed the connection" in fields["error"]


def test_hanging_up_while_waiting_cancels_the_provider(site: Site) -> None:
    with pytest.raises(openai.APITimeoutError):
        site.client(timeout=0.5).chat.completions.create(model="gpt-slow", messages=HI)
    assert site.upstream.cancelled.wait(5)
