"""A server's content as published clients write it: spans that start and end, feedback, versions, files."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.support.servers import ServerProcess

TRACE = "0af7651916cd43dd8448eb211c80319c"
FILE, BROKEN_FILE = "6f1c0a52-0001-4000-8000-000000000001", "6f1c0a52-0002-4000-8000-000000000002"
BYTES = bytes(range(256)) * 40
PRECISE = '{"big":123456789012345678901234567890,"money":1.10,"tiny":1E-7,"k":[],"z":{},"a":"é€ 😀"}'.encode()


@dataclass(frozen=True)
class World:
    """Ids of what `fill` made."""

    project: str
    other: str
    dataset: str
    base: str
    candidate: str
    prompt: str
    tool: str
    scorer: str


def fill(server: ServerProcess) -> World:
    """Fill two projects; every kind of thing that an import copies is there, with its history."""
    ask = server.request
    shop = ask("POST", "/v1/project", {"name": "shop", "description": "näme/with ünicode"})["id"]
    other = ask("POST", "/v1/project", {"name": "other"})["id"]
    tool, prompt, scorer = _functions(server, shop)
    _files(server)
    _logs(server, shop)
    dataset, versions = _dataset(server, shop, TRACE)
    base, candidate = _experiments(server, shop, dataset, versions, prompt)
    for slug, version in (("production", versions[0]), ("staging", versions[-1])):
        ask("POST", "/environment", {"name": slug.title(), "slug": slug, "description": f"the {slug}"})
        ask("PUT", f"/environment-object/dataset/{dataset}/{slug}", {"object_version": version})
    first = prompt_versions(server, shop, prompt)[0]
    ask("PUT", f"/environment-object/prompt/{prompt}/production", {"object_version": first})
    _settings(server, shop, base, scorer)
    ask("POST", f"/v1/project_logs/{other}/insert", {"events": [{"id": "elsewhere", "input": "x"}]})
    return World(shop, other, dataset, base, candidate, prompt, tool, scorer)


def prompt_versions(server: ServerProcess, project: str, prompt: str) -> list[str]:
    """Versions of a prompt, oldest first."""
    query = f"SELECT _xact_id FROM project_functions('{project}') WHERE id = '{prompt}' ORDER BY _xact_id"
    body = {"query": query, "audit_log": True}
    return [row["_xact_id"] for row in server.request("POST", "/btql", body)["data"]]


def _functions(server: ServerProcess, project: str) -> tuple[str, str, str]:
    ask = server.request
    code = {"type": "code", "data": {"type": "inline", "runtime_context": {"runtime": "python", "version": "3.12"},
                                     "code": "def handler(x): return x"}}  # fmt: skip
    tool = ask("POST", "/insert-functions", {"functions": [
        {"project_id": project, "name": "Look up", "slug": "look-up", "function_type": "tool", "function_data": code,
         "function_schema": {"parameters": {"type": "object"}}},
    ]})  # fmt: skip
    tool_id, tool_version = tool["functions"][0]["id"], tool["xact_id"]
    said = {"type": "chat", "messages": [{"role": "system", "content": "Be brief."}]}
    prompt = ask("POST", "/v1/prompt", {
        "project_id": project, "name": "Greeting", "slug": "greet", "metadata": {"owner": "a", "gone": 1},
        "prompt_data": {"prompt": said, "options": {"model": "gpt-5-mini"}},
    })  # fmt: skip
    used = [{"type": "function", "id": tool_id, "version": tool_version}]
    ask("PUT", "/v1/prompt", {"project_id": project, "name": "Greeting", "slug": "greet", "metadata": {"owner": "b"},
                              "prompt_data": {"prompt": said, "tool_functions": used}, "tags": ["two"]})  # fmt: skip
    ask("PATCH", f"/v1/prompt/{prompt['id']}", {"slug": "greeting", "description": "the third"})
    ask("PATCH", f"/v1/function/{tool_id}", {"description": "now with words"})
    scorer = ask("POST", "/v1/function", {
        "project_id": project, "name": "Factual", "slug": "factual", "function_type": "scorer",
        "function_data": {"type": "global", "name": "Factuality"},
    })  # fmt: skip
    return tool_id, prompt["id"], scorer["id"]


def _files(server: ServerProcess) -> None:
    org = server.request("POST", "/api/apikey/login", {})["org_info"][0]["id"]
    for key in (FILE, BROKEN_FILE):
        named = {
            "key": key,
            "filename": "page.bin",
            "content_type": "application/octet-stream",
            "org_id": org,
        }
        link = server.request("POST", "/attachment", named)
        if key == FILE:
            put(link["signedUrl"], BYTES)
        status = {"upload_status": "done" if key == FILE else "error"}
        server.request("POST", "/attachment/status", {"key": key, "org_id": org, "status": status})


def put(url: str, data: bytes) -> None:
    """Upload over a link."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    connection.request("PUT", f"{where.path}?{where.query}" if where.query else where.path, data)
    assert connection.getresponse().status < 300
    connection.close()


def _reference(key: str) -> dict[str, str]:
    named = {"filename": "page.bin", "content_type": "application/octet-stream", "key": key}
    return {"type": "braintrust_attachment", **named}


def _logs(server: ServerProcess, project: str) -> None:
    """A trace of three spans with merges, feedback and comments; plain rows over eleven days."""
    place: dict[str, Any] = {"project_id": project, "log_id": "g", "root_span_id": TRACE}

    def start(row: str, span: str, parents: list[str] | None, minute: int, **fields: Any) -> dict[str, Any]:
        created = f"2026-03-01T10:{minute:02d}:00.123456Z"
        return {**place, "id": row, "span_id": span, "span_parents": parents, "created": created, "_is_merge": False,
                "metrics": {"start": 1772359200.25 + minute}, **fields}  # fmt: skip

    named = {"name": "request", "type": "task", "exec_counter": 1}
    server.request("POST", "/logs3", {"api_version": 2, "rows": [
        start("root", "b" * 16, None, 0, span_attributes=named, input={"q": "two", "file": _reference(FILE)},
              context={"caller_filename": "a.py", "caller_lineno": 3}, tags=["a", "b"]),
        start("model", "c" * 16, ["b" * 16], 1, span_attributes={"name": "llm", "type": "llm"}),
        start("log", "b" * 16, None, 2, span_attributes={"name": "note", "type": "log"}, output="same span id"),
    ]})  # fmt: skip
    raw = (
        b'{"rows":[{"id":"root","_is_merge":true,"project_id":"'
        + project.encode()
        + b'","log_id":"g","output":'
    )
    raw += PRECISE + b',"metrics":{"end":1772359203.50},"surprise":{"n":1.50,"none":null}}]}'
    server.request("POST", "/logs3", raw)
    server.request("POST", "/logs3", {"rows": [
        {**place, "id": "model", "_is_merge": True, "output": "done", "error": "ValueError: no\n\ntraceback",
         "metadata": {"model": "gpt-5-mini"}, "metrics": {"end": 1772359202, "prompt_tokens": 10,
                                                          "completion_tokens": 5, "tokens": 15}},
    ]})  # fmt: skip
    server.request("POST", f"/v1/project_logs/{project}/feedback", {"feedback": [
        {"id": "root", "scores": {"helpful": 0.25, "skipped": None}, "expected": [1, {"a": None}], "tags": ["c"],
         "comment": "näh", "source": "app", "metadata": {"user_id": "u1"}},
        {"id": "root", "comment": "a second one"},
    ]})  # fmt: skip
    plain = [
        {"id": f"day{day}", "input": {"at": day}, "created": f"2026-03-{day:02d}T00:00:00Z",
         "classifications": {"Task": [{"id": "t", "label": "T"}]}, "facets": {"Task": "buying"}}
        for day in range(2, 13)
    ]  # fmt: skip
    server.request("POST", f"/v1/project_logs/{project}/insert", {"events": plain})
    gone = {"id": "day12", "project_id": project, "log_id": "g", "_object_delete": True}
    broken = {**place, "id": "broken", "root_span_id": "broken", "input": _reference(BROKEN_FILE)}
    server.request("POST", "/logs3", {"rows": [gone, broken]})


def _dataset(server: ServerProcess, project: str, trace: str) -> tuple[str, list[str]]:
    """A dataset with six transactions and two snapshots; its id, and the versions in their order."""
    made = server.request("POST", "/v1/dataset", {
        "project_id": project, "name": "cases / no 1", "description": "all", "metadata": {"k": [1]}, "tags": ["t"],
    })["id"]  # fmt: skip
    origin = {
        "object_type": "project_logs",
        "object_id": project,
        "id": "root",
        "_xact_id": "1000198000000000001",
    }

    def write(*rows: dict[str, Any]) -> str:
        return server.request("POST", "/logs3", {"rows": [{"dataset_id": made, **row} for row in rows]})[
            "xact_id"
        ]

    def snapshot(name: str, version: str) -> None:
        body = {"dataset_id": made, "name": name, "description": f"the {name}", "xact_id": version}
        server.request("POST", "/v1/dataset_snapshot", body)

    snapshot("empty", server.request("GET", "/xact-id").decode())
    versions = [write(
        {"id": "one", "input": {"q": 1}, "expected": 1.50, "origin": origin, "created": "2025-12-24T00:00:00Z"},
        {"id": "two", "input": _reference(FILE), "metadata": {"m": 1}, "tags": ["x"]},
        {"id": "three", "input": "drei"},
    )]  # fmt: skip
    snapshot("first", versions[0])
    versions.append(write({"id": "two", "_is_merge": True, "metadata": {"n": None}, "tags": ["y"]}))
    versions.append(write({"id": "three", "_object_delete": True}, {"id": "four", "input": 4, "unknown": 1}))
    feedback = {"feedback": [{"id": "one", "comment": "looks wrong"}]}
    versions.append(server.request("POST", f"/v1/dataset/{made}/feedback", feedback)["xact_id"])
    versions.append(write({"id": "three", "input": "drei again"}, {"id": "one", "_object_delete": True}))
    snapshot("second", versions[-1])
    versions.append(write(*({"id": f"bulk{at}", "input": at} for at in range(700))))
    return made, versions


def _experiments(
    server: ServerProcess, project: str, dataset: str, versions: list[str], prompt: str
) -> tuple[str, str]:
    made: list[str] = []
    for name, quality in (("base", 0.25), ("candidate", 0.5)):
        body = {
            "project_id": project, "name": name, "description": f"the {name}", "metadata": {"model": name},
            "repo_info": {"commit": "c0ffee", "branch": "main", "dirty": False}, "dataset_id": dataset,
            "dataset_version": versions[1], "base_exp_id": made[0] if made else None, "tags": [name],
            "internal_metadata": {"dataset_filter": {"btql": "true"}}, "public": name == "base",
            "parameters_id": prompt, "parameters_version": prompt_versions(server, project, prompt)[1],
            "created": f"2026-02-0{len(made) + 1}T00:00:00.000000Z",
        }  # fmt: skip
        made.append(server.request("POST", "/v1/experiment", body)["id"])
        rows: list[dict[str, Any]] = []
        for at, case in enumerate(("one", "two")):
            origin = {"object_type": "dataset", "object_id": dataset, "id": case, "_xact_id": versions[at]}
            place = {"experiment_id": made[-1], "root_span_id": f"{name}{at}"}
            rows += [
                {**place, "id": f"{name}{at}", "span_id": f"{name}{at}", "input": at, "origin": origin, "output": at,
                 "span_attributes": {"name": "eval", "type": "eval"}, "metrics": {"start": 1.0, "end": 2.5}},
                {**place, "id": f"{name}{at}s", "span_id": f"s{at}", "span_parents": [f"{name}{at}"],
                 "span_attributes": {"name": "quality", "type": "score", "purpose": "scorer"},
                 "scores": {"quality": quality, "none": None}},
            ]  # fmt: skip
        server.request("POST", "/logs3", {"rows": rows})
        ended = {"id": f"{name}0", "_is_merge": True, "experiment_id": made[-1], "metadata": {"late": True}}
        server.request("POST", "/logs3", {"rows": [ended]})
        note = {"feedback": [{"id": f"{name}0", "comment": "why?", "scores": {"human": 1}}]}
        server.request("POST", f"/v1/experiment/{made[-1]}/feedback", note)
    return made[0], made[1]


def _settings(server: ServerProcess, project: str, base: str, scorer: str) -> None:
    used = {"type": "function", "id": scorer}
    online = {"online": {"sampling_rate": 0.5, "scorers": [used], "apply_to_root_span": True}}
    named = {"project_id": project}
    ask = server.request
    ask("POST", "/v1/project_tag", {**named, "name": "urgent", "color": "#f00", "description": "soon"})
    ask("POST", "/v1/project_score", {**named, "name": "auto", "score_type": "online", "config": online})
    grades = [{"name": "good", "value": 1}, {"name": "bad", "value": 0}]
    ask(
        "POST",
        "/v1/project_score",
        {**named, "name": "grade", "score_type": "categorical", "categories": grades},
    )
    ask("POST", "/v1/span_iframe", {**named, "name": "frame", "url": "https://example.com/{{id}}"})
    view = {"search": {"filter": [{"text": "scores.helpful < 1"}]}}
    ask("POST", "/v1/view", {"object_type": "project", "object_id": project, "view_type": "logs", "name": "low",
                             "view_data": view, "options": {"columns": ["a"]}})  # fmt: skip
    hook = {"type": "webhook", "url": "https://hooks.example.com/x"}
    alert = {
        "event_type": "logs",
        "btql_filter": "error IS NOT NULL",
        "interval_seconds": 300,
        "action": hook,
    }
    ask("POST", "/v1/project_automation", {**named, "name": "alert", "description": "tells", "config": alert})
    ask(
        "POST",
        "/v1/mcp_server",
        {**named, "name": "tools", "url": "https://tools.example.com/mcp", "description": "t"},
    )
    ask(
        "POST",
        "/v1/agent",
        {**named, "name": "Help Desk", "slug": "desk", "kind": "support", "metadata": {"a": [1]}},
    )
    ask(
        "POST",
        "/v1/env_var",
        {"object_type": "project", "object_id": project, "name": "SHOP_KEY", "value": "hush"},
    )
    settings = {"comparison_key": "input.q", "baseline_experiment_id": base, "default_preprocessor": used}
    ask("PATCH", f"/v1/project/{project}", {"settings": settings})
