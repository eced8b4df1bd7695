"""`POST /function/invoke` on a real server: threads, refusals, permissions."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers import KEY, Refused, ServerProcess, running_server

TRACE = "a" * 32
SAID = [{"role": "user", "content": "näh?"}, {"role": "assistant", "content": "no"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("threads") / "data") as running:
        yield running


@pytest.fixture
def project(server: ServerProcess, request: pytest.FixtureRequest) -> str:
    """A project with a trace of one model call, and one of no model call."""
    made = server.request("POST", "/v1/project", {"name": request.node.name})["id"]
    model = {"span_attributes": {"type": "llm"}, "input": SAID[:1], "output": [{"message": SAID[1]}]}
    rows = [{"id": "m", "root_span_id": TRACE, **model}, {"id": "none", "root_span_id": "none", "input": "x"}]
    server.request("POST", f"/v1/project_logs/{made}/insert", {"events": rows})
    return made


def asked(project: str, trace: str = TRACE, **more: Any) -> dict[str, Any]:
    ref = {"object_type": "project_logs", "object_id": project, "root_span_id": trace}
    names = {"global_function": "project_default", "function_type": "preprocessor", "mode": "json"}
    return {**names, "input": {"trace_ref": ref}, **more}


def refused(server: ServerProcess, body: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        server.request("POST", "/function/invoke", body)
    return caught.value.status, caught.value.body["error"]["code"]


@pytest.mark.parametrize("name", ["project_default", "thread"])
def test_a_thread(server: ServerProcess, project: str, name: str) -> None:
    assert server.request("POST", "/function/invoke", asked(project, global_function=name)) == SAID
    assert server.request("POST", "/function/invoke", asked(project, "none")) == []


def test_a_thread_as_events(server: ServerProcess, project: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connection.request("POST", "/function/invoke", json.dumps(asked(project, stream=True)), headers)
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream; charset=utf-8")
    first, second, rest = answer.read().decode().split("\n\n")
    connection.close()
    assert first.startswith("event: json_delta\ndata: ")
    assert json.loads(first.partition("data: ")[2]) == SAID
    assert (second, rest) == ("event: done\ndata: ", "")


def test_what_cannot_be_asked(server: ServerProcess, project: str) -> None:
    assert refused(server, asked(project, "nothing")) == (404, "trace_not_found")
    assert refused(server, asked("11111111-1111-4111-8111-111111111111")) == (404, "project_not_found")
    for wrong in (None, {}, {"trace_ref": {}}, {"trace_ref": {"object_type": "prompt"}}):
        assert refused(server, asked(project, input=wrong)) == (400, "body_invalid")
    for other in ({"global_function": "Factuality", "function_type": "scorer"}, {"function_id": project}, {}):
        assert refused(server, other) == (501, "not_built")
    playground = {"object_type": "playground_logs", "object_id": "p", "root_span_id": TRACE}
    assert refused(server, asked(project, input={"trace_ref": playground})) == (501, "not_built")


def test_a_default_that_is_not_run_is_not_replaced(server: ServerProcess, project: str) -> None:
    default = {"type": "function", "id": "11111111-1111-4111-8111-111111111111"}
    server.request("PATCH", f"/v1/project/{project}", {"settings": {"default_preprocessor": default}})
    assert refused(server, asked(project)) == (501, "not_built")
    assert server.request("POST", "/function/invoke", asked(project, global_function="thread")) == SAID
    default = {"type": "global", "name": "thread", "function_type": "preprocessor", "id": None}
    server.request("PATCH", f"/v1/project/{project}", {"settings": {"default_preprocessor": default}})
    assert server.request("POST", "/function/invoke", asked(project)) == SAID
