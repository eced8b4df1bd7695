"""The published command line `bt` against a server: logins, projects, SQL. What it shows is what the server says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assay_server.features.experiments.spelling import quickly_read
from tests.support.bt import Bt
from tests.support.servers import KEY, Refused, ServerProcess

pytestmark = [pytest.mark.slow]

PROJECT = "from bt"


@pytest.fixture(scope="module")
def bt(new_bt: Callable[[str], Bt], server: ServerProcess) -> Bt:
    """A project whose logs are a trace of two spans and 30 of one; no test adds to them."""
    made = new_bt(PROJECT)  # fractions of 32: `bt` itself reads 28 / 30 one unit in the last place too low
    place = {"project_id": made.project_id, "log_id": "g"}
    rows = [
        {**place, "id": "root", "span_id": "b" * 16, "root_span_id": "a" * 32, "input": {"text": "find the needle"},
         "span_attributes": {"name": "request", "type": "task"}, "metrics": {"start": 1.0, "end": 3.0}},
        {**place, "id": "model", "span_id": "c" * 16, "root_span_id": "a" * 32, "span_parents": ["b" * 16],
         "span_attributes": {"name": "model", "type": "llm"}, "metrics": {"tokens": 7}, "output": "ß"},
        *({**place, "id": f"n{at}", "input": at, "scores": {"s": at / 32}} for at in range(30)),
    ]  # fmt: skip
    server.request("POST", "/logs3", {"rows": rows})
    return made


# -- logins ------------------------------------------------------------------------------------------------


def test_login_keeps_the_key_and_switch_the_project(
    new_bt: Callable[[str], Bt], server: ServerProcess
) -> None:
    bt = new_bt("to log in")
    assert bt.json("profiles", "list") == []
    assert "--save-env-api-key" in bt("login", status=1)  # it asks before it keeps a key
    assert "Logged in as local" in bt("login", "--save-env-api-key")
    saved = bt.without_key()
    del saved["BRAINTRUST_DEFAULT_PROJECT"]
    bt("switch", "local/to log in", environment=saved)
    status = bt.json("status", "--all", environment=saved)
    assert (status["org"], status["project"], status["project_id"]) == ("local", "to log in", bt.project_id)
    (profile,) = status["profiles"]
    assert (profile["status"], profile["auth"], profile["app_url"]) == ("ok", "api_key", server.url)
    assert bt.json("sql", "SELECT count(*) AS n FROM logs", environment=saved)["data"] == [{"n": 0}]
    assert "to log in" in bt("status", environment=saved)
    assert "'nowhere' not found" in bt("switch", "local/nowhere", status=4, environment=saved)
    bt("logout", "--force", environment=saved)
    assert "no login credentials found" in bt("projects", "list", status=1, environment=saved)


def test_a_key_may_stand_in_a_file(bt: Bt) -> None:
    file = bt.write("settings.env", f"BRAINTRUST_API_KEY={KEY}\n")
    found = bt.json("projects", "list", "--env-file", file, environment=bt.without_key())
    assert bt.project_id in [project["id"] for project in found]


def test_a_wrong_key_is_refused(bt: Bt) -> None:
    wrong = {**bt.environment, "BRAINTRUST_API_KEY": KEY[::-1]}
    assert "key_unknown" in bt("projects", "list", "--json", status=2, environment=wrong)
    assert "key_unknown" in bt("login", "--save-env-api-key", status=2, environment=wrong)


def test_another_organization_is_refused(bt: Bt) -> None:
    assert "'elsewhere' not found" in bt("projects", "list", "--org", "elsewhere", status=4)


# -- projects ----------------------------------------------------------------------------------------------


def test_projects(bt: Bt, server: ServerProcess) -> None:
    name = "Straße 7/b, 100 %"
    made = bt.json("projects", "create", name)
    stored = server.request("GET", f"/v1/project/{made['id']}")
    assert {key: stored[key] for key in made} == made
    assert stored["name"] == name
    assert bt.json("projects", "view", name) == made
    assert made in bt.json("projects", "list")
    assert name in bt("projects", "list")
    assert "already exists" in bt("projects", "create", name, status=1)
    assert bt.json("projects", "delete", name, "--force")["project"] == made
    with pytest.raises(Refused, match="project_not_found"):
        server.request("GET", f"/v1/project/{made['id']}")
    assert made not in bt.json("projects", "list")
    for command in (("view", name), ("delete", name, "--force")):
        assert "not found" in bt("projects", *command, status=4)


# -- SQL ---------------------------------------------------------------------------------------------------

QUERIES = (
    "SELECT count(*) AS n, avg(scores.s) AS mean, max(metrics.tokens) AS t FROM logs",
    "SELECT span_attributes.type, count(*) AS n FROM project_logs('from bt') GROUP BY 1 ORDER BY 1",
    "select: id, scores.s as s | from: project_logs('from bt') | filter: scores.s > 0.5 | sort: id | limit: 5",
    "from: project_logs('from bt') spans | measures: count_distinct(root_span_id) as traces",
    "SELECT id, input, metadata FROM logs WHERE input MATCH 'needle'",
    "SELECT id, output, tags, scores FROM logs WHERE id IN ('model', 'n7') ORDER BY id",
)


def rows_of(server: ServerProcess, query: str) -> list[dict[str, Any]]:
    return server.sql(query.replace("FROM logs", f"FROM project_logs('{PROJECT}')"))


@pytest.mark.parametrize("query", QUERIES)
def test_sql_and_btql_say_what_the_server_says(bt: Bt, server: ServerProcess, query: str) -> None:
    rows = rows_of(server, query)
    assert rows
    answer = bt.json("sql", query)
    assert answer["data"] == rows
    assert answer["schema"]["items"]["properties"].keys() == rows[0].keys()
    assert bt.json("sql", stdin=query)["data"] == rows
    table = bt("sql", "--non-interactive", query)
    assert all(f" {name} " in table for name in rows[0])
    assert table.count("\n|") == len(rows) + 1


def test_long_fractions_are_rounded_by_bt_itself(bt: Bt, server: ServerProcess) -> None:
    """The server sends the number; `bt` rounds twice when it reads it. Summaries are spelled for that."""
    query = "SELECT 28 / 30.0 AS a, 29 / 31.0 AS b, 1 / 3.0 AS c FROM logs WHERE id = 'root'"
    (sent,) = rows_of(server, query)
    assert sent == {"a": 28 / 30, "b": 29 / 31, "c": 1 / 3}
    (printed,) = bt.json("sql", query)["data"]
    assert printed == {name: quickly_read(repr(value)) for name, value in sent.items()}


@pytest.mark.parametrize("query", QUERIES[2:4])
def test_background_queries_give_the_same(bt: Bt, server: ServerProcess, query: str) -> None:
    answer = bt.json("sql", "--async", "--poll-interval", "1", query)
    assert answer["data"] == rows_of(server, query)


def test_background_queries_have_every_row(bt: Bt, server: ServerProcess) -> None:
    query = "SELECT id, scores.s FROM logs ORDER BY id"
    paged = ("--async", "--poll-interval", "1", "--async-batch-size", "3", "--async-result-limit", "7")
    rows = rows_of(server, query)
    assert bt.json("sql", *paged, query)["data"] == rows
    table = bt("sql", *paged, query)
    assert all(row["id"] in table for row in rows)
    asked = bt.json("sql", "--async", "--no-wait", query)
    assert server.request("GET", f"/btql/async/{asked['id']}")["status"] in ("queued", "running", "succeeded")


@pytest.mark.parametrize("background", [(), ("--async",)], ids=["now", "later"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT id FROM logs WHERE colour = 1", "query_invalid"),
        ("SELECT id FROM project_logs('nowhere')", "project_not_found"),
        ("SELECT", "query_invalid"),
        ("select: id | from: project_logs('from bt') | filter: (", "query_invalid"),
        ("DROP TABLE spans", "query_invalid"),
    ],
)
def test_errors_of_queries_reach_the_user(bt: Bt, query: str, code: str, background: tuple[str, ...]) -> None:
    printed = bt("sql", *background, query, status=4)
    assert f'"code":"{code}"' in printed
    assert "40" in printed


def test_an_error_has_its_place(bt: Bt) -> None:
    printed = bt("sql", "SELECT id FROM logs WHERE colour = 1", status=4)
    assert '"line":1' in printed
    assert '"column"' in printed
    assert "query is required" in bt("sql", status=4)


def test_a_slow_query_is_refused_unless_forced(new_bt: Callable[[str], Bt], server: ServerProcess) -> None:
    bt = new_bt("large")
    place = {"project_id": bt.project_id, "log_id": "g"}
    server.request("POST", "/logs3", {"rows": [{**place, "id": str(at)} for at in range(2001)]})
    unbounded = "SELECT count(*) AS n FROM logs"
    printed = bt("sql", unbounded, status=4)
    assert "Query blocked" in printed
    assert "[unbounded_logs]" in printed
    assert "created" in printed
    assert bt.json("sql", "--force-ignore-linter", unbounded)["data"] == [{"n": 2001}]
    bounded = f"{unbounded} WHERE created > now() - interval 1 day"
    assert bt.json("sql", bounded)["data"] == [{"n": 2001}]


def test_a_service_token_is_a_key_like_any_other_until_it_is_deleted(bt: Bt, server: ServerProcess) -> None:
    made = server.request("POST", "/v1/service_token", {"name": "bt", "service_account_name": "robot"})
    robot = {**bt.environment, "BRAINTRUST_API_KEY": made["key"]}
    query = ("sql", "--non-interactive", f"SELECT count(*) AS n FROM project_logs('{PROJECT}')")
    assert bt.json(*query, environment=robot)["data"] == [{"n": 32}]
    server.request("DELETE", f"/v1/service_token/{made['id']}")
    assert "key_unknown" in bt(*query, status=2, environment=robot)
