"""What a shared link shows: one object, nothing else of the project."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.server.security.link_world import MARK, SERVED, World, code
from tests.support.clients import Answer
from tests.support.samples import Samples

OPEN = {"/health", "/ping", "/version", "/api/session/login", "/files/{link}"}
"""Where no credential is asked for. `/ping` tells whoever sends one who they are, and refuses a link."""


def same(answer: Answer) -> tuple[int, Any]:
    """An answer without what differs between two requests for the same."""
    body = answer.json()
    body["error"].pop("request_id", None)
    return answer.status, body


@pytest.mark.parametrize("kind", list(SERVED))
def test_a_link_opens_its_routes_and_no_other(world: World, kind: str) -> None:
    holder = world.holder(kind)
    samples = Samples(world.server.request("GET", "/openapi.json", key=None))
    opened, asked = set(), 0
    for method, path, operation in samples.operations():
        if path in OPEN:
            continue
        filled = path.replace("{object_type}/{object_id}", f"experiment/{world.secret_run}")
        filled = filled.replace("{experiment_id}", world.secret_run).replace("{shared_link_id}", world.org)
        filled = re.sub(r"{[^}]*}", world.project, filled)
        schema = samples.body(operation)
        body = None if schema is None else samples.value(schema, "", lambda name: world.project)
        for query in (
            "",
            f"?project_id={world.project}&key={world.files[MARK]}&experiment_id={world.secret_run}",
        ):
            answer = holder.ask(method, filled + query, body)
            asked += 1
            assert MARK not in answer.text, (method, path)
            if answer.status != 403 or code(answer) != "link_forbidden":
                opened.add((method, path))
    assert opened == SERVED[kind]
    assert asked > 300


HOSTILE = (
    "SELECT * FROM project_logs('{other}')",
    "SELECT * FROM project_logs('shop', '{other}')",
    "SELECT * FROM project_logs('treasure project')",
    "SELECT * FROM experiment('{secret}')",
    "SELECT * FROM experiment('shop/treasure run')",
    "SELECT * FROM experiment('{run}', '{secret}')",
    "SELECT * FROM dataset('treasure dataset')",
    "SELECT * FROM dataset('shop/treasure dataset')",
    "SELECT * FROM project_prompts('shop')",
    "SELECT * FROM project_functions('{project}')",
    "SELECT * FROM org_prompts('{org}')",
    "SELECT * FROM org_functions('local')",
    "SELECT * FROM project_logs('{project}') UNION ALL SELECT * FROM project_logs('{other}')",
    "SELECT * FROM project_logs('{project}') WHERE id IN (SELECT id FROM experiment('{secret}'))",
    "SELECT * FROM spans",
    "SELECT (SELECT max(input) FROM project_logs('{other}')) AS x FROM project_logs('{project}')",
    "SELECT a.id FROM project_logs('{project}') a JOIN project_logs('{other}') b ON a.id = b.id",
)


@pytest.mark.parametrize("kind", ["experiment", "trace"])
@pytest.mark.parametrize("sql", HOSTILE)
def test_sql_over_other_objects_is_refused(world: World, kind: str, sql: str) -> None:
    query = sql.format(
        project=world.project,
        other=world.other_project,
        secret=world.secret_run,
        run=world.run,
        org=world.org,
    )
    answer = world.holder(kind).ask("POST", "/btql", {"query": query})
    told = answer.text.replace(query, "")
    assert MARK not in told
    assert answer.status in (400, 404) or answer.json()["data"] == []


IN_PROJECT = (
    "SELECT * FROM project_logs('{p}')",
    "SELECT * FROM project_logs('{p}', shape => 'traces')",
    "SELECT * FROM project_logs('{p}', shape => 'summary')",
    "SELECT * FROM project_logs('{p}', shape => 'traces') WHERE any_span(id = 'treasure')",
    "SELECT * FROM project_logs('{p}') WHERE root_span_id = 'treasure' OR 1 = 1",
    "SELECT root_span_id, count(*) AS n FROM project_logs('{p}') GROUP BY 1",
    "SELECT * FROM project_logs('{p}') UNION ALL SELECT * FROM project_logs('{p}')",
    "SELECT a.id, b.input FROM project_logs('{p}') a JOIN project_logs('{p}') b ON a.project_id = b.project_id",
    "WITH t AS (SELECT * FROM project_logs('{p}')) SELECT max(input) AS x FROM t",
    "SELECT id FROM project_logs('{p}') WHERE root_span_id NOT IN (SELECT root_span_id FROM project_logs('{p}'))",
    "SELECT * FROM project_logs('{p}') WHERE search('treasure')",
    "select: * | from: project_logs('{p}') traces | filter: id != 'x'",
    "from: project_logs('{p}') | dimensions: input as i | measures: count(1) as n",
    "select: * | from: project_logs('{p}') | sample: 10",
)


@pytest.mark.parametrize("sql", IN_PROJECT)
@pytest.mark.parametrize("audit", [False, True])
def test_a_trace_link_shows_no_other_trace_of_the_project(world: World, sql: str, audit: bool) -> None:
    body = {"query": sql.format(p=world.project), "audit_log": audit}
    all_of_it = world.owner.ask("POST", "/btql", body)
    answer = world.holder("trace").ask("POST", "/btql", body)
    assert answer.status == all_of_it.status
    if answer.status == 200:
        assert not any(MARK in json.dumps(row) for row in answer.json()["data"])
        assert "NOT IN" in sql or "search(" in sql or "'treasure')" in sql or answer.json()["data"]


def test_a_link_reads_pages_only(world: World) -> None:
    sql = f"SELECT * FROM project_logs('{world.project}')"
    for more in ({"fmt": "jsonl"}, {"fmt": "parquet"}, {"disable_limit": True}):
        answer = world.holder("trace").ask("POST", "/btql", {"query": sql, **more})
        assert (answer.status, code(answer)) == (403, "link_forbidden")


def test_what_exists_and_what_does_not_are_told_alike(world: World) -> None:
    for kind in ("experiment", "trace"):
        answers = []
        for name in (f"{MARK} project", "no such project", world.other_project, str(uuid.uuid4())):
            holder = world.holder(kind)
            answers.append(
                same(holder.ask("POST", "/btql", {"query": f"SELECT 1 FROM project_logs('{name}')"}))
            )
        assert answers == [answers[0]] * 4
        assert answers[0][0] == 404


def test_an_experiment_is_shown_beside_its_baselines_alone(world: World) -> None:
    holder = world.holder("experiment")
    shown = holder.ask("GET", "/api/shared").json()
    assert (shown["kind"], shown["experiment"]["name"], shown["baseline_ids"]) == (
        "experiment",
        "run",
        [world.base],
    )
    path = f"/v1/experiment/{world.run}"
    compared = holder.ask("GET", f"{path}/compare?to={world.base}")
    assert (compared.status, compared.json()["baseline"]["name"]) == (200, "base")
    cases = holder.ask("GET", f"{path}/cases?to={world.base}").json()["cases"]
    assert [case["output"] for case in cases] == ["shown"]
    for to in (world.secret_run, f"{MARK}%20run", "nobody"):
        for what in ("compare", "cases", "plan"):
            answer = holder.ask("GET", f"{path}/{what}?to={to}")
            assert (answer.status, code(answer)) == (404, "not_shared")
    alone = holder.ask("GET", f"/v1/experiment/{world.secret_run}/compare?to=none")
    assert (alone.status, code(alone)) == (404, "not_shared")
    chosen = holder.ask("GET", f"{path}/compare")  # the experiment before is none of what is shown
    assert (chosen.status, MARK in chosen.text) == (200, False)


def test_attachments_of_the_shown_rows_only(world: World) -> None:
    for kind, shows in (("trace", "shown"), ("experiment", None)):
        holder = world.holder(kind)
        for word, key in world.files.items():
            answer = holder.ask("GET", f"/attachment?key={key}")
            assert answer.status == (200 if word == shows else 404), (kind, word)
        for guess in ("%", "_" * 36, world.files[MARK][:-1] + "_", "key", "open", "f"):
            assert holder.ask("GET", f"/attachment?key={guess.replace('%', '%25')}").status == 404
    link = world.holder("trace").ask("GET", f"/attachment?key={world.files['shown']}").json()["downloadUrl"]
    assert world.holder("trace").ask("GET", urlsplit(link).path).raw == b"shown"


def test_a_board_answers_its_own_questions_alone(world: World) -> None:
    holder = world.holder("board")
    shown = holder.ask("GET", "/api/shared").json()
    assert [chart["id"] for chart in shown["board"]["charts"]] == ["many", "names", "evil"]

    def asked(**question: Any) -> Answer:
        return holder.ask("POST", "/api/shared/charts", question)

    assert asked(ask="ends").json()["data"][0]["first"]
    series = asked(ask="series", charts=["many"], unit="1 day").json()["data"]
    assert sum(row["c0"] for row in series) == 2
    top = asked(ask="list", charts=["names"]).json()["data"]
    assert {row["series"]: row["c0"] for row in top} == {
        "shown": 2,
        MARK: 1,
    }  # the board counts the whole project
    assert code(asked(ask="list", charts=["none"])) == "chart_not_found"
    assert code(asked(ask="series", charts=["many", "names"])) == "charts_mixed"
    assert asked(ask="series", charts=["many"], unit="1 day') --").status == 422
    assert asked(ask="ends", since="' OR 1=1 --").status == 422
    evil = asked(ask="list", charts=["evil"])
    assert evil.status in (400, 404)
    assert world.owner.ask("POST", "/api/shared/charts", {"ask": "ends"}).status == 404
