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
    counted = server.sql(
        "SELECT count(*) AS n FROM org_functions('local') WHERE tags IS NULL AND slug IN ('greet', 'p', 's')"
    )
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


def test_a_version_says_who_wrote_it_and_when(server: ServerProcess, functions: dict[str, Any]) -> None:
    me = server.request("GET", "/ping")["id"]
    query = f"SELECT audit_data, user_id FROM prompt('{functions['first']['id']}') ORDER BY _xact_id"
    rows = ask(server, query, audit_log=True)
    assert [row["user_id"] for row in rows] == [me, me]
    said = [row["audit_data"] for row in rows]
    assert [(one["action"], one["source"], one["user_id"]) for one in said] == [("upsert", "api", me)] * 2
    assert said[0]["created"] < said[1]["created"]


def test_named_objects_are_rows(server: ServerProcess, functions: dict[str, Any]) -> None:
    first, second = functions["first"], functions["second"]
    for name in (first["id"], "greet", "playlist/greet"):
        (row,) = server.sql(f"SELECT * FROM prompt('{name}')")
        assert {key: row[key] for key in second} == second
    named = server.sql(
        "SELECT slug FROM function('playlist/s', 'playlist/greet', 'playlist/s') ORDER BY slug"
    )
    assert [row["slug"] for row in named] == ["greet", "s"]
    (then,) = ask(server, "SELECT description FROM prompt('greet')", version=first["_xact_id"])
    assert then == {"description": None}
    every = ask(
        server, "SELECT description FROM function('playlist/greet') ORDER BY _xact_id", audit_log=True
    )
    assert [row["description"] for row in every] == [None, "second"]


@pytest.mark.parametrize("source", ["prompt('playlist/s')", "prompt('nothing')", f"function('{'0' * 8}')"])
def test_what_is_not_there_is_named(server: ServerProcess, functions: dict[str, Any], source: str) -> None:
    with pytest.raises(Refused) as refused:
        server.sql(f"SELECT id FROM {source}")
    assert refused.value.status == 404
    assert refused.value.body["error"]["column"] == 16


def test_views_are_rows(server: ServerProcess, functions: dict[str, Any]) -> None:
    about = {"object_type": "project", "object_id": functions["project"], "view_type": "logs"}
    made = server.request(
        "POST", "/v1/view", {**about, "name": "mine", "view_data": {"search": {"filter": ["x"]}}}
    )
    (row,) = server.sql(f"SELECT * FROM view('{made['id']}')")
    assert {name: row[name] for name in ("id", "name", *about)} == {"id": made["id"], "name": "mine", **about}
    assert (row["view_data"], row["created"]) == (made["view_data"], made["created"])
    found = server.sql(
        f"SELECT view_data.search.filter[0] AS f FROM view('{made['id']}') WHERE view_type = 'logs'"
    )
    assert found == [{"f": "x"}]
    for options in ({"version": "1000196745586147328"}, {"audit_log": True}):
        with pytest.raises(Refused) as refused:
            ask(server, f"SELECT id FROM view('{made['id']}')", **options)
        assert refused.value.body["error"]["code"] == "version_unsupported"


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


@pytest.fixture
def dataset(server: ServerProcess, request: pytest.FixtureRequest) -> str:
    """A dataset of its own for each test."""
    project = server.request("POST", "/v1/project", {"name": "songs"})["id"]
    name = request.node.name
    return server.request("POST", "/v1/dataset", {"project_id": project, "name": name})["id"]


def insert(server: ServerProcess, dataset: str, *events: dict[str, Any]) -> str:
    path = f"/v1/dataset/{dataset}/insert"
    return server.request("POST", path, {"events": list(events)})["xact_id"]


def content(server: ServerProcess, dataset: str) -> dict[str, Any]:
    names = ("input", "expected", "metadata", "tags", "created", "comments", "colour")
    rows = server.request("POST", f"/v1/dataset/{dataset}/fetch", {})["events"]
    return {row["id"]: {name: row.get(name) for name in names} for row in rows}


def test_restore_brings_a_version_back(server: ServerProcess, dataset: str) -> None:
    """Of five rows one stays, one is changed, one deleted, one deleted and written anew, and one is added."""
    first = [
        {"id": "same", "input": "s"},
        {"id": "changed", "input": {"q": TRICKY}, "expected": [1, None], "tags": ["a"], "colour": "red"},
        {"id": "deleted", "input": "d", "metadata": {"n": 1.5}},
        {"id": "anew", "input": "before"},
    ]
    version = insert(server, dataset, *first)
    then = content(server, dataset)
    insert(server, dataset, {"id": "changed", "input": "other"}, {"id": "added", "input": "x"})
    insert(server, dataset, {"id": "deleted", "_object_delete": True}, {"id": "anew", "_object_delete": True})
    insert(server, dataset, {"id": "anew", "input": "after"})
    path = f"/v1/dataset/{dataset}/restore"
    assert server.request("POST", f"{path}/preview", {"version": version}) == {
        "rows_to_restore": 3,
        "rows_to_delete": 1,
    }
    now = content(server, dataset)
    done = server.request("POST", path, {"version": version})
    assert (done["rows_restored"], done["rows_deleted"]) == (3, 1)
    assert content(server, dataset) == then
    before = str(int(done["xact_id"]) - 1)
    older = server.request("POST", f"/v1/dataset/{dataset}/fetch", {"version": before})["events"]
    assert {row["id"]: row["input"] for row in older} == {name: row["input"] for name, row in now.items()}
    again = server.request("POST", path, {"version": version})
    assert again == {"xact_id": None, "rows_restored": 0, "rows_deleted": 0}


def test_restore_keeps_comments_made_since(server: ServerProcess, dataset: str) -> None:
    version = insert(server, dataset, {"id": "a", "input": 1})
    feedback = [{"id": "a", "comment": "wrong"}]
    server.request("POST", f"/v1/dataset/{dataset}/feedback", {"feedback": feedback})
    path = f"/v1/dataset/{dataset}/restore"
    unchanged = {"rows_to_restore": 0, "rows_to_delete": 0}
    assert server.request("POST", f"{path}/preview", {"version": version}) == unchanged
    insert(server, dataset, {"id": "a", "input": 2, "_is_merge": True})
    server.request("POST", path, {"version": version})
    (row,) = content(server, dataset).values()
    assert row["input"] == 1
    assert [entry["comment"]["text"] for entry in row["comments"]] == ["wrong"]


def test_restore_of_a_version_before_the_first_row_empties_the_dataset(
    server: ServerProcess, dataset: str
) -> None:
    version = str(int(insert(server, dataset, {"id": "a", "input": 1})) - 1)
    done = server.request("POST", f"/v1/dataset/{dataset}/restore", {"version": version})
    assert (done["rows_restored"], done["rows_deleted"]) == (0, 1)
    assert content(server, dataset) == {}


def test_snapshots_name_versions(server: ServerProcess, dataset: str) -> None:
    version = insert(server, dataset, {"id": "a", "input": 1})
    body = {"dataset_id": dataset, "name": "v1", "description": "d", "xact_id": version}
    made = server.request("POST", "/v1/dataset_snapshot", body)
    assert set(made) == {"id", "dataset_id", "name", "description", "xact_id", "created"}
    assert {name: made[name] for name in body} == body
    assert server.request("POST", "/v1/dataset_snapshot", {**body, "description": None}) == made
    path = f"/v1/dataset_snapshot/{made['id']}"
    assert server.request("GET", path) == made
    listed = server.request("GET", f"/v1/dataset_snapshot?dataset_id={dataset}&dataset_snapshot_name=v1")
    assert listed == {"objects": [made]}
    renamed = server.request("PATCH", path, {"name": "v2", "description": None})
    assert (renamed["name"], renamed["description"], renamed["xact_id"]) == ("v2", None, version)
    assert server.request("DELETE", path) == renamed
    with pytest.raises(Refused, match="404"):
        server.request("GET", path)


def test_snapshots_of_the_register_routes(server: ServerProcess, dataset: str) -> None:
    version = insert(server, dataset, {"id": "a", "input": 1})
    body = {"dataset_id": dataset, "dataset_snapshot_name": "gold", "xact_id": version}
    made = server.request("POST", "/api/dataset_snapshot/register", body)
    assert made["found_existing"] is False
    again = server.request("POST", "/api/dataset_snapshot/register", body)
    assert again == {**made, "found_existing": True}
    newer = {**body, "xact_id": insert(server, dataset, {"id": "b", "input": 2})}
    with pytest.raises(Refused, match="409"):
        server.request("POST", "/api/dataset_snapshot/register", newer)
    moved = server.request("POST", "/api/dataset_snapshot/register", {**newer, "update": True})
    snapshot = moved["dataset_snapshot"]
    assert (snapshot["id"], snapshot["xact_id"]) == (made["dataset_snapshot"]["id"], newer["xact_id"])
    by_query = f"/api/dataset_snapshot/get?dataset_id={dataset}&name=gold"
    assert server.request("GET", by_query) == [snapshot]
    by_version = {"dataset_id": dataset, "xact_id": newer["xact_id"]}
    assert server.request("POST", "/api/dataset_snapshot/get", by_version) == [snapshot]
    change = {"id": snapshot["id"], "description": "best"}
    changed = server.request("POST", "/api/dataset_snapshot/patch_id", change)
    assert changed == {**snapshot, "description": "best"}
    assert server.request("POST", "/api/dataset_snapshot/delete_id", {"id": snapshot["id"]}) == changed
    assert server.request("POST", "/api/dataset_snapshot/get", by_version) == []


def test_queries_and_rows_keep_to_what_was_granted(server: ServerProcess) -> None:
    """A service account that may read one project sees its rows and prompts by SQL, fetch and REST, no others."""
    ids = {}
    for name in ("granted", "hidden"):
        ids[name] = server.request("POST", "/v1/project", {"name": name})["id"]
        body = {"project_id": ids[name], "name": "n", "slug": "n"}
        server.request("POST", "/v1/prompt", body)
        events = {"events": [{"id": "a", "input": name}]}
        server.request("POST", f"/v1/project_logs/{ids[name]}/insert", events)
    group = server.request("POST", "/v1/group", {"name": "readers"})["id"]
    rule = {"object_type": "project", "object_id": ids["granted"], "group_id": group, "permission": "read"}
    server.request("POST", "/v1/acl", rule)
    account = {"service_accounts": [{"name": "robot", "token_name": "t"}], "group_id": group}
    members = server.request("PATCH", "/v1/organization/members", {"invite_users": account})
    key = members["added_users"][0]["api_key"]

    def sql(query: str) -> list[dict[str, Any]]:
        return server.request("POST", "/btql", {"query": query, "fmt": "json"}, key=key)["data"]

    assert sql("SELECT input FROM project_logs('granted')") == [{"input": "granted"}]
    assert len(sql("SELECT id FROM project_prompts('granted')")) == 1
    assert [row["project_id"] for row in sql("SELECT project_id FROM org_functions('local')")] == [
        ids["granted"]
    ]
    refused: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/btql", {"query": "SELECT id FROM project_logs('hidden')", "fmt": "json"}),
        (
            "POST",
            "/btql",
            {"query": f"SELECT id FROM project_logs('granted', '{ids['hidden']}')", "fmt": "json"},
        ),
        ("POST", "/btql", {"query": "SELECT id FROM project_prompts('hidden')", "fmt": "json"}),
        ("POST", "/btql/explain", {"query": "SELECT id FROM project_logs('hidden')"}),
        ("POST", f"/v1/project_logs/{ids['hidden']}/fetch", {}),
        ("POST", f"/v1/project_logs/{ids['granted']}/insert", {"events": [{"id": "b"}]}),
    ]
    for method, path, body in refused:
        with pytest.raises(Refused, match="403"):
            server.request(method, path, body, key=key)
    server.request("DELETE", "/v1/acl", rule)
    with pytest.raises(Refused, match="403"):
        sql("SELECT input FROM project_logs('granted')")
