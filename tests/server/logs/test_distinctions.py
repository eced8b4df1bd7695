"""What sets traces apart: found where it was planted, silent where nothing is, closed to who may not read."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from assay_server.features.logs.distinctions import FIXED, MAX_VALUES, Counted, Facet, is_about, judged
from tests.support.clients import Client
from tests.support.servers import KEY, running_server

TRACES = 240


def planted(number: int) -> list[dict[str, Any]]:
    """Every fourth trace failed, and most of those went through the search tool on release 2."""
    dice, root = random.Random(f"coin {number}"), f"t{number:03}"
    failed = number % 4 == 0
    guilty = failed and number % 20 != 0
    tool = "search" if guilty or number % 7 == 0 else "browse"
    metadata = {
        "release": 2 if guilty or number % 5 == 0 else 1,
        "request": f"r-{number}",
        "odd key": {"it's": "here" if guilty else "there"},
        "coin": dice.choice(["head", "tail"]),
    }
    return [
        {"id": root, "span_id": root, "root_span_id": root, "metadata": metadata,
         "error": "no answer" if failed else None, "tags": ["slow", "paid"] if guilty else ["paid"],
         "span_attributes": {"name": "agent", "type": "task"}},
        {"id": f"{root}-t", "span_id": f"{root}-t", "root_span_id": root, "span_parents": [root],
         "span_attributes": {"name": tool, "type": "tool"}},
        {"id": f"{root}-s", "span_id": f"{root}-s", "root_span_id": root, "span_parents": [root],
         "metadata": {"verdict": "bad" if failed else "good"}, "scores": {"Right": 0 if failed else 1},
         "span_attributes": {"name": "Right", "type": "score", "purpose": "scorer"}},
    ]  # fmt: skip


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, str]]:
    with running_server(tmp_path_factory.mktemp("distinctions") / "data") as server:
        client = Client(server.port, KEY)
        project = client.ask("POST", "/v1/project", {"name": "apart"}).json()["id"]
        rows = [row for number in range(TRACES) for row in planted(number)]
        for at, row in enumerate(rows):
            row["created"] = f"2026-01-{1 + at * 20 // len(rows):02}T00:00:00Z"
        written = client.ask("POST", f"/v1/project_logs/{project}/insert", {"events": rows})
        assert written.status == 200, written.text
        yield client, project


def asked(logs: tuple[Client, str], *where: str, within: tuple[str, ...] = ()) -> Any:
    client, project = logs
    body = {"where": list(where), "within": list(within)}
    answer = client.ask("POST", f"/v1/project_logs/{project}/distinctions", body)
    assert answer.status == 200, answer.text
    return answer.json()


def told(answer: Any) -> dict[tuple[str, Any], dict[str, Any]]:
    return {(one["field"], one["value"]): one for one in answer["distinctions"]}


def test_what_was_planted_is_found_with_its_counts(logs: tuple[Client, str]) -> None:
    answer = asked(logs, "error IS NOT NULL")
    found = told(answer)
    assert (answer["chosen"], answer["others"]) == (60, 180)
    assert {"tool", "tags", "metadata.release", 'metadata."odd key"."it\'s"'} <= {field for field, _ in found}
    slow = found["tags", "slow"]
    assert (slow["chosen"], slow["others"], slow["share"], slow["other_share"]) == (48, 0, 0.8, 0)
    assert slow["interval"][0] < slow["difference"] == 0.8 < slow["interval"][1]
    assert slow["p"] < 1e-20
    browse = found["tool", "browse"]
    assert browse["difference"] < 0 > browse["interval"][1]
    assert answer["left_out"] == ["error", "metadata.request"]
    sure = [max(one["interval"][0], -one["interval"][1]) for one in answer["distinctions"]]
    assert sure == sorted(sure, reverse=True)


def test_what_is_told_finds_the_traces_it_counts(logs: tuple[Client, str]) -> None:
    client, project = logs
    answer = asked(logs, "error IS NOT NULL")
    assert len(answer["distinctions"]) > 5
    for one in answer["distinctions"]:
        sql = (
            f"SELECT count(*) AS n FROM project_logs('{project}', shape => 'summary') "
            f"WHERE any_span({one['where']}) AND any_span(error IS NOT NULL)"
        )
        counted = client.ask("POST", "/btql", {"query": sql, "fmt": "json"}).json()["data"][0]["n"]
        assert counted == one["chosen"], one


def test_chance_scorers_and_constants_are_not_told(logs: tuple[Client, str]) -> None:
    by_coin = asked(logs, "metadata.coin = 'head'")
    assert by_coin["tested"] > 5
    assert by_coin["distinctions"] == []
    fields = {field for field, _ in told(asked(logs, "error IS NOT NULL"))}
    assert fields.isdisjoint({"metadata.verdict", "metadata.coin", "metadata.request", "step"})


def test_what_was_chosen_by_is_no_distinction(logs: tuple[Client, str]) -> None:
    answer = asked(logs, "any_span(metadata.release = 2)", "tags INCLUDES 'paid'")
    assert {"metadata.release", "tags"} <= set(answer["left_out"])
    assert {field for field, _ in told(answer)}.isdisjoint({"metadata.release", "tags"})
    assert ("error", True) in told(answer)


def test_both_sides_are_within_what_is_said(logs: tuple[Client, str]) -> None:
    answer = asked(logs, "error IS NOT NULL", within=("created < '2026-01-11T00:00:00Z'",))
    assert answer["chosen"] + answer["others"] == TRACES // 2


@pytest.mark.parametrize("where", ["error IS NULL OR true", "metadata.release = 99"])
def test_all_or_none_have_nothing_to_be_told_apart_from(logs: tuple[Client, str], where: str) -> None:
    answer = asked(logs, where)
    assert 0 in (answer["chosen"], answer["others"])
    assert (answer["tested"], answer["distinctions"]) == (0, [])


@pytest.mark.parametrize(
    "where", ["nonsense (", "true) OR (true", "true) UNION ALL SELECT (1", "no_such = 1", "true; true", ""]
)
def test_a_predicate_must_be_one_condition(logs: tuple[Client, str], where: str) -> None:
    client, project = logs
    answer = client.ask("POST", f"/v1/project_logs/{project}/distinctions", {"where": [where]})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "query_invalid"), answer.text


def test_nobody_else_may_ask(logs: tuple[Client, str]) -> None:
    client, project = logs
    group = client.ask("POST", "/v1/group", {"name": "strangers"}).json()["id"]
    account = {"service_accounts": [{"name": "stranger", "token_name": "t"}], "group_id": group}
    added = client.ask("PATCH", "/v1/organization/members", {"invite_users": account}).json()["added_users"]
    body = {"where": ["error IS NOT NULL"]}
    path = f"/v1/project_logs/{project}/distinctions"
    assert Client(client.port, added[0]["api_key"]).ask("POST", path, body).status == 403
    assert Client(client.port, None).ask("POST", path, body).status == 401
    assert client.ask("POST", "/v1/project_logs/nothing/distinctions", body).status == 404


def test_values_not_read_count_as_tested() -> None:
    many = Facet("metadata.user", "metadata.user", "true")
    values = [(f"u{i}", 5 if i == 0 else 0, 8) for i in range(MAX_VALUES)]
    alone, found = judged([Counted(many, values, MAX_VALUES)], 100, 2_000)
    with_unread, kept = judged([Counted(many, values, 1_000_000)], 100, 2_000)
    assert (alone, [one.value for one in found]) == (MAX_VALUES, ["u0"])
    assert (with_unread, kept) == (1_000_000, [])


def test_rare_values_are_not_tested() -> None:
    rare = Counted(FIXED[1], [("once", 4, 4), ("often", 5, 5)], 2)
    tested, found = judged([rare], 10, 1_000)
    assert (tested, [one.value for one in found]) == (1, ["often"])


@pytest.mark.parametrize(
    ("predicate", "about"),
    [
        ("metadata.tier = 'pro'", True),
        ("any_span(METADATA.tier IN ('a'))", True),
        ("metadata.tiers = 'pro'", False),
        ("input.metadata.tier = 1", False),
        ("output = 'metadata.tier'", False),
    ],
)
def test_a_field_is_left_out_where_it_is_named(predicate: str, *, about: bool) -> None:
    assert is_about([predicate], Facet("metadata.tier", "metadata.tier", "true")) is about
