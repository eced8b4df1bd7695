"""Every route has a door: nobody without a credential, no viewer that writes, no stranger that sees."""

from __future__ import annotations

import http.client
import json
import re
import socket
from typing import Any

import pytest

from tests.server.security.conftest import Site
from tests.support.servers import KEY

OPEN = {("GET", "/health"), ("GET", "/ping"), ("GET", "/version"), ("POST", "/api/session/login")}
"""What answers without a credential, beside the pages of the UI and openapi.json. The login takes a token instead."""

LINKS = {("GET", "/files/{link}"), ("PUT", "/files/{link}")}
"""Where the path is the credential: nothing else opens them, a key of the owner as little as none."""

READS = {
    "/btql", "/btql/async", "/btql/explain", "/api/apikey/login", "/api/project/get", "/api/self/get_object_info",
    "/api/ai_secret/get", "/api/experiment/get", "/api/dataset/get", "/api/base_experiment/get_id",
    "/v1/{object_type}/{object_id}/fetch", "/function/invoke", "/api/session/link", "/api/session/logout",
    "/api/dataset_snapshot/get",
}  # fmt: skip
"""POST routes that change nothing of the organization."""

EMPTY_BATCHES = {"/v1/acl/batch_update", "/v1/insert"}
"""Routes with nothing to refuse in an empty body; `test_a_viewer_grants_nothing` and `…_inserts_nothing` fill it."""

OWN = {
    ("POST", "/v1/api_key"),
    ("DELETE", "/v1/api_key/{api_key_id}"),
    ("POST", "/api/session/end_others"),
    ("POST", "/v1/notification/read"),
}
"""A viewer may have keys of their own, which are a viewer's keys, sign their own browsers out, and read what they were
told."""


def ask(
    site: Site, method: str, path: str, body: Any = None, *, key: str | None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    try:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def _span(site: Site) -> dict[str, Any]:
    """An OpenTelemetry span that wants to go into the first organization's project."""
    parent = {"key": "braintrust.parent", "value": {"stringValue": f"project_id:{site.project}"}}
    return {"traceId": "1" * 32, "spanId": "2" * 16, "name": "x", "startTimeUnixNano": "1", "endTimeUnixNano": "2",
            "attributes": [parent]}  # fmt: skip


def operations(site: Site) -> list[tuple[str, str]]:
    paths = site.server.request("GET", "/openapi.json", key=None)["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def filled(site: Site, path: str) -> str:
    """A path with the ids of the first organization's objects in the places of its parameters."""
    path = path.replace("{object_type}/{object_id}", f"experiment/{site.experiment}")
    own = {"experiment": site.experiment, "dataset": site.dataset}
    return re.sub(r"{[^}]*}", own.get(path.split("/")[2] if path.count("/") > 1 else "", site.project), path)


def test_no_route_answers_without_a_credential(site: Site) -> None:
    asked = 0
    for method, path in operations(site):
        if (method, path) not in OPEN:
            asked += 1
            status = 403 if (method, path) in LINKS else 401
            for key in (None, "sk-assay-00000000-" + "0" * 48, ""):
                assert ask(site, method, filled(site, path), {}, key=key)[0] == status, (method, path, key)
    assert asked > 60


def test_a_viewer_writes_nothing(site: Site) -> None:
    body = {"name": "new", "project_id": site.project, "project_name": "new", "experiment_name": "new",
            "dataset_name": "new", "secret": "x", "model": "scripted", "messages": [], "input": "x",
            "rows": [{"project_id": site.project, "log_id": "g", "input": 1}], "events": [{"input": 1}],
            "feedback": [{"id": "r1", "tags": ["x"]}],
            "resourceSpans": [{"scopeSpans": [{"spans": [_span(site)]}]}]}  # fmt: skip
    let_in = []
    for method, path in operations(site):
        if method != "GET" and path not in READS | EMPTY_BATCHES and (method, path) not in OPEN | OWN:
            status, _, raw = ask(site, method, filled(site, path), body, key=site.viewer)
            if status not in (403, 404, 422, 501):
                let_in.append((method, path, status, raw[:200]))
    assert let_in == []
    for path in (f"/v1/project_logs/{site.project}/insert", "/v1/chat/completions", "/otel/v1/traces"):
        assert ask(site, "POST", path, body, key=site.viewer)[0] == 403
    names = [row["name"] for row in site.server.request("GET", "/v1/project")["objects"]]
    assert "new" not in names
    assert site.server.sql("SELECT count(1) AS n FROM project_logs('vault')") == [{"n": 1}]


def test_a_stranger_cannot_query_prompts_functions_or_views(site: Site) -> None:
    """Not by id, name or the organization they are in; whoever may, reads each of them."""
    made = site.server.request
    inside = {"project_id": site.project, "name": "Guarded", "slug": "guarded"}
    prompt = made("POST", "/v1/prompt", {**inside, "description": "treasure"})["id"]
    about = {"object_type": "project", "object_id": site.project, "view_type": "logs"}
    view = made("POST", "/v1/view", {**about, "name": "treasure"})["id"]
    sources = [
        *(
            f"{kind}('{name}')"
            for kind in ("prompt", "function")
            for name in (prompt, "guarded", "vault/guarded")
        ),
        *(
            f"project_{kind}('{name}')"
            for kind in ("prompts", "functions")
            for name in (site.project, "vault")
        ),
        *(f"org_{kind}('local')" for kind in ("prompts", "functions")),
        f"view('{view}')",
    ]
    for source in sources:
        query = {"query": f"SELECT * FROM {source}"}
        status, _, raw = ask(site, "POST", "/btql", query, key=site.stranger)
        assert (status, b"treasure" in raw) == (404, False), source
        assert b"treasure" in ask(site, "POST", "/btql", query, key=KEY)[2], source


@pytest.mark.parametrize("noun", ["project_logs", "experiment", "dataset"])
@pytest.mark.parametrize("by", ["id", "name"])
def test_a_stranger_cannot_query_or_fetch(site: Site, noun: str, by: str) -> None:
    known = {"project_logs": (site.project, "vault"), "experiment": (site.experiment, "kept"),
             "dataset": (site.dataset, "vault/kept")}[noun][by == "name"]  # fmt: skip
    for shape in ("spans", "traces", "summary"):
        for fmt in ("json", "jsonl", "csv"):
            query = {"query": f"SELECT * FROM {noun}('{known}', shape => '{shape}')", "fmt": fmt}
            status, _, raw = ask(site, "POST", "/btql", query, key=site.stranger)
            assert (status, b"treasure" in raw) == (404, False)
            assert ask(site, "POST", "/btql", query, key=KEY)[0] == 200
    if by == "id":
        for method in ("GET", "POST"):
            path = f"/v1/{noun}/{known}/fetch"
            assert ask(site, method, path, None if method == "GET" else {}, key=site.stranger)[0] == 404
            assert b"treasure" in ask(site, method, path, None if method == "GET" else {}, key=KEY)[2]
    if noun != "dataset" and by == "id":
        trace = {"object_type": noun, "object_id": known, "root_span_id": "r1"}
        body = {"global_function": "thread", "input": {"trace_ref": trace}}
        assert ask(site, "POST", "/function/invoke", body, key=site.stranger)[0] == 404
        assert ask(site, "POST", "/function/invoke", body, key=KEY)[0] == 200


def test_a_stranger_finds_nothing_by_any_route(site: Site) -> None:
    seen = []
    for method, path in operations(site):
        if method == "GET" and (method, path) not in OPEN:
            for query in ("", f"?experiment_id={site.experiment}&dataset_id={site.dataset}&id={site.project}"
                              "&project_name=vault&name=vault&ids=" + site.experiment):  # fmt: skip
                status, _, raw = ask(site, method, filled(site, path) + query, key=site.stranger)
                if b"treasure" in raw or b'"vault"' in raw or (status == 200 and b"kept" in raw):
                    seen.append((path, raw[:200]))
    assert seen == []
    asked = {"object_type": "experiment", "object_ids": [site.experiment]}
    assert ask(site, "POST", "/api/self/get_object_info", asked, key=site.stranger)[2] == b"[]"


def test_a_stranger_cannot_write_into_what_they_know_the_id_of(site: Site) -> None:
    for row in ({"project_id": site.project, "log_id": "g"}, {"experiment_id": site.experiment},
                {"dataset_id": site.dataset}):  # fmt: skip
        status, _, raw = ask(
            site, "POST", "/logs3", {"rows": [{"id": "r1", "input": "x", **row}]}, key=site.stranger
        )
        assert status == 404, raw
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [_span(site)]}]}]}
    assert ask(site, "POST", "/otel/v1/traces", spans, key=site.stranger)[0] == 404
    body = {"model": "scripted", "messages": [{"role": "user", "content": "x"}]}
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    headers = {"Authorization": f"Bearer {site.stranger}", "x-bt-parent": f"project_id:{site.project}"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 200), ("/login", 200), ("/health", 200), ("/nowhere", 404), ("/v1/project", 401), ("/assets/none.js", 404),
     ("/assets/..%2f..%2fserve.py", 404), ("/assets/%2e%2e/%2e%2e/serve.py", 404),
     ("/favicon.svg/../../serve.py", 404)],
)  # fmt: skip
def test_every_answer_confines_the_browser(site: Site, path: str, status: int) -> None:
    found, headers, raw = ask(site, "GET", path, key=None)
    assert found in (status, 503 if path in ("/", "/login") else status)  # 503: the UI is not built
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert b"argparse" not in raw


def test_a_head_without_end_is_cut_off(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.server.port), timeout=30) as caller:
        caller.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ")
        with pytest.raises(ConnectionError):
            caller.sendall(b"a" * (64 << 20))
    assert ask(site, "GET", "/health?" + "q" * 50_000, key=None)[0] == 200


def test_a_revoked_key_ends_its_live_stream(site: Site) -> None:
    made = site.server.request("POST", "/v1/api_key", {"name": "brief"})
    live = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    live.request(
        "GET", f"/api/projects/{site.project}/live", headers={"Authorization": f"Bearer {made['key']}"}
    )
    stream = live.getresponse()
    assert stream.readline() == b": connected\n"
    site.server.request("DELETE", f"/v1/api_key/{made['id']}")
    assert ask(site, "GET", "/api/me", key=made["key"])[0] == 401
    row = {"id": "r1", "project_id": site.project, "log_id": "g", "_is_merge": True, "tags": ["seen"]}
    site.server.request("POST", "/logs3", {"rows": [row]})
    assert stream.read() == b"\n"  # ended without the news
    live.close()


def test_one_request_cannot_ask_for_countless_objects(site: Site) -> None:
    rows = [{"project_id": f"none {at}", "log_id": "g"} for at in range(1_500)]
    status, _, raw = ask(site, "POST", "/logs3", {"rows": rows}, key=KEY)
    codes = [row["code"] for row in json.loads(raw)["error"]["rows"]]
    assert status == 400
    assert codes.count("project_not_found") == 1_000
    assert codes.count("objects_too_many") == 500


def test_a_viewer_grants_nothing(site: Site) -> None:
    grant = {
        "object_type": "organization",
        "object_id": site.org,
        "permission": "delete",
        "user_id": site.viewer_id,
    }
    status, _, body = ask(site, "POST", "/v1/acl/batch_update", {"add_acls": [grant]}, key=site.viewer)
    assert (status, json.loads(body)["error"]["code"]) == (403, "forbidden")


def test_a_viewer_inserts_nothing(site: Site) -> None:
    rows = {"events": [{"id": "new"}], "feedback": [{"id": "r1", "tags": ["new"]}]}
    body = {"project_logs": {site.project: rows}, "experiment": {site.experiment: rows}}
    status, _, raw = ask(site, "POST", "/v1/insert", body, key=site.viewer)
    assert (status, {row["code"] for row in json.loads(raw)["error"]["rows"]}) == (403, {"forbidden"})
    assert site.server.sql("SELECT count(1) AS n FROM project_logs('vault')") == [{"n": 1}]
