"""Objects that queries and rows meet: on a real server, read back through SQL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.servers import Refused, ServerProcess, running_server

TRICKY = "ß 🎵 'quoted' \\ \n {{name}}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with running_server(tmp_path_factory.mktemp("objects") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def functions(server: ServerProcess) -> dict[str, Any]:
    """Project `playlist` with prompt `greet` in two versions, a scorer, and parameters."""
    project = server.request("POST", "/v1/project", {"name": "playlist"})["id"]
    said = {"prompt": {"type": "chat", "messages": [{"role": "system", "content": TRICKY}]}}
    prompt = {"project_id": project, "name": "Greet", "slug": "greet", "tags": ["a", "it's"]}
    first = server.request("POST", "/v1/prompt", {**prompt, "prompt_data": said})
    second = server.request("PATCH", f"/v1/prompt/{first['id']}", {"description": "second"})
    more = [
        {"name": "S", "slug": "s", "function_type": "scorer", "function_data": {"type": "code"}},
        {"name": "P", "slug": "p", "function_type": "parameters", "function_data": {"type": "parameters"}},
    ]
    batch = [{"project_id": project, **one} for one in more]
    server.request("POST", "/insert-functions", {"functions": batch})
    return {"project": project, "first": first, "second": second}


def ask(server: ServerProcess, query: str, **options: Any) -> list[dict[str, Any]]:
    return server.request("POST", "/btql", {"query": query, "fmt": "json", **options})["data"]


def test_prompts_are_rows_of_queries(server: ServerProcess, functions: dict[str, Any]) -> None:
    (row,) = server.sql("SELECT * FROM project_prompts('playlist')")
    for name, value in functions["second"].items():
        assert row[name] == value, name
    assert row["function_data"] == {"type": "prompt"}
    assert row["audit_data"] is None
    by_type = server.sql(
        f"SELECT slug, function_data.type FROM project_functions('{functions['project']}') "
        "WHERE function_type IN ('scorer', 'classifier') AND (origin IS NULL OR NOT COALESCE(origin.internal, FALSE))"
    )
    assert by_type == [{"slug": "s", "type": "code"}]
    counted = server.sql("SELECT count(*) AS n FROM org_functions('local') WHERE tags IS NULL")
    assert counted == [{"n": 2}]


def test_functions_join_and_page(server: ServerProcess, functions: dict[str, Any]) -> None:
    joined = server.sql(
        "SELECT f.slug FROM project_functions('playlist') f JOIN project_prompts('playlist') g "
        "ON f.project_id = g.project_id ORDER BY f.slug"
    )
    assert [row["slug"] for row in joined] == ["greet", "p", "s"]
    page = {"query": "SELECT slug FROM project_functions('playlist') ORDER BY slug LIMIT 2", "fmt": "json"}
    first = server.request("POST", "/btql", page)
    rest = server.request("POST", "/btql", {**page, "cursor": first["cursor"]})
    assert [row["slug"] for row in first["data"] + rest["data"]] == ["greet", "p", "s"]
    assert rest["cursor"] is None


def test_versions_of_a_prompt_are_rows_of_the_audit_log(
    server: ServerProcess, functions: dict[str, Any]
) -> None:
    first, second = functions["first"], functions["second"]
    query = (
        f"select: id, _xact_id, description, audit_data.action | from: project_prompts('{functions['project']}') "
        f"| filter: id = '{first['id']}' | sort: _xact_id desc"
    )
    found = ask(server, query, audit_log=True)
    assert found == [
        {
            "id": first["id"],
            "_xact_id": one["_xact_id"],
            "description": one["description"],
            "action": "upsert",
        }
        for one in (second, first)
    ]
    then = ask(server, "SELECT description FROM project_prompts('playlist')", version=first["_xact_id"])
    assert then == [{"description": None}]


def test_hundreds_of_large_prompts_fit(server: ServerProcess) -> None:
    project = server.request("POST", "/v1/project", {"name": "large"})["id"]
    batch = [
        {
            "project_id": project,
            "name": str(number),
            "slug": f"p{number:03}",
            "function_data": {"type": "prompt"},
            "prompt_data": {"prompt": {"type": "completion", "content": f"{number} " + "x" * 4000}},
        }
        for number in range(300)
    ]
    server.request("POST", "/insert-functions", {"functions": batch})
    rows = server.sql(
        "SELECT slug, prompt_data.prompt.content AS text FROM project_prompts('large') ORDER BY slug"
    )
    assert [(row["slug"], row["text"].split()[0], len(row["text"])) for row in rows] == [
        (f"p{number:03}", str(number), 4001 + len(str(number))) for number in range(300)
    ]
    export = {"query": "SELECT slug, prompt_data FROM project_prompts('large')", "fmt": "csv"}
    assert len(server.request("POST", "/btql", export).splitlines()) == 301


def test_an_unknown_project_is_named(server: ServerProcess) -> None:
    with pytest.raises(Refused) as refused:
        server.sql("SELECT id FROM project_prompts('nowhere')")
    assert refused.value.status == 404
    assert "nowhere" in refused.value.body["error"]["message"]
