"""Functions, model calls, other processes, corrections and files, traced with the published SDKs and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.compat.conftest import NODE, PYTHON, Client, Day
from tests.compat.reading import by_rest, get, logged
from tests.support.people import join
from tests.support.servers import Refused, ServerProcess

pytestmark = [pytest.mark.slow]


@pytest.fixture
def day(ran: Callable[[str], Day]) -> Day:
    return ran("tracing")


def named(server: ServerProcess, day: Day) -> dict[str, dict[str, Any]]:
    """The logs by name of the span, where that is unique."""
    rows = logged(server, day).values()
    return {row["span_attributes"].get("name"): row for row in rows}


def test_traced_functions_hang_together(server: ServerProcess, day: Day) -> None:
    rows = named(server, day)
    outer, add, refuses = rows["outer"], rows["add"], rows["refuses"]
    inputs = {
        PYTHON: [{"number": 1}, {"left": 1, "right": 3}, {"text": "way"}],
        NODE: [[1], [1, 3], ["way"]],
    }
    assert [row["input"] for row in (outer, add, refuses)] == inputs[day.client]
    assert [row["output"] for row in (outer, add, refuses)] == [40, 4, None]
    assert (outer["span_attributes"]["type"], outer["span_attributes"]["colour"]) == ("task", "red")
    assert (add["span_attributes"]["type"], add["metadata"]) == ("function", {"deep": True})
    assert (add["span_parents"], add["root_span_id"]) == ([outer["span_id"]], outer["root_span_id"])
    assert (outer["is_root"], add["is_root"], refuses["is_root"]) == (True, False, True)
    assert "no way" in refuses["error"]
    for row in (outer, add, refuses):
        assert row["metrics"]["end"] >= row["metrics"]["start"]


def test_model_calls_have_messages_usage_time_and_cost(server: ServerProcess, day: Day) -> None:
    parent = named(server, day)["models"]
    calls = sorted(
        (row for row in logged(server, day).values() if row["span_parents"] == [parent["span_id"]]),
        key=lambda row: row["span_attributes"]["exec_counter"],
    )
    once, streamed, tool = calls
    asked = [{"role": "user", "content": "Say grüezi"}]
    for row in calls:
        assert (row["input"], row["span_attributes"]["type"]) == (asked, "llm")
        assert row["metadata"]["model"] == "gpt-4o-mini"
        assert (
            0
            < row["metrics"]["time_to_first_token"]
            <= row["metrics"]["end"] - row["metrics"]["start"] + 0.01
        )
    assert day.seen["streamed"] == day.seen["answer"]
    for row in (once, streamed):
        (choice,) = row["output"]
        assert choice["message"]["content"] == day.seen["answer"]
        assert [
            row["metrics"][name] for name in ("prompt_tokens", "completion_tokens", "tokens")
        ] == day.seen["usage"]
    (call,) = tool["output"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": day.seen["arguments"]}
    assert json.loads(day.seen["arguments"]) == {"city": "Say grüezi"}
    assert tool["metadata"]["tools"][0]["function"]["name"] == "weather"
    assert (once["metadata"]["temperature"], streamed["metadata"]["stream"]) == (0.5, True)
    prompt, completion, _ = day.seen["usage"]
    for row in (once, streamed):  # dollars for a million tokens: 0.15 in, 0.60 out
        cost = (prompt * 0.15 + completion * 0.60) / 1e6
        assert row["metrics"]["estimated_cost"] == pytest.approx(cost, rel=1e-12)
    (total,) = server.sql(
        f"SELECT sum(metrics.estimated_cost) AS cost, sum(metrics.tokens) AS tokens FROM project_logs('{day.project}')"
        f" WHERE root_span_id = '{parent['root_span_id']}'"
    )
    assert total["tokens"] == sum(row["metrics"]["tokens"] for row in calls)
    assert total["cost"] == pytest.approx(sum(row["metrics"]["estimated_cost"] for row in calls), rel=1e-12)


def test_spans_of_another_process_join_the_trace(server: ServerProcess, day: Day) -> None:
    rows = named(server, day)
    here, below = rows["here"], rows["by export"]
    assert here["output"] == "from elsewhere"  # merged onto the row by the other process
    for name in ("local", "by export", "by headers"):
        assert (rows[name]["span_parents"], rows[name]["root_span_id"]) == (
            [here["span_id"]],
            here["root_span_id"],
        )
    assert (below["input"], below["is_root"]) == ("far", False)
    assert (rows["below"]["span_parents"], rows["below"]["output"]) == ([below["span_id"]], 1)
    (trace,) = server.sql(
        f"SELECT count(*) AS n FROM project_logs('{day.project}') WHERE root_span_id = '{here['root_span_id']}'"
    )
    assert trace == {"n": 5}


def test_what_is_said_about_feedback_is_kept_beside_the_row(server: ServerProcess, day: Day) -> None:
    row = logged(server, day)[day.seen["judged"]]
    assert (row["input"], row["output"], row["tags"]) == ("in", "out", ["seen"])
    assert row["metadata"] == {"kept": 1, "added": 2}
    assert row["scores"] == {"first": 0.5, "second": 1, "thumbs": 0}
    (comment,) = row["comments"]
    assert [comment[name] for name in ("comment", "source", "metadata")] == [
        {"text": "not calm"},
        "app",
        {"user_id": "u1"},
    ]
    told = {
        "action": "merge",
        "source": "app",
        "metadata": {"user_id": "u1"},
        "to": {"scores": {"thumbs": 0}},
    }
    later = {"action": "merge", "source": "external", "metadata": {"user_id": "u2"}, "to": {"tags": ["seen"]}}
    assert [{name: note[name] for name in told} for note in row["audit_data"]] == [told, later]
    assert {note["user_id"] for note in row["audit_data"]} == {server.request("GET", "/ping")["id"]}


def test_a_row_is_assigned_to_somebody_who_is_told(server: ServerProcess, client: Client) -> None:
    person = join(server.data, "member")
    person_id = server.request("GET", "/ping", key=person)["id"]
    project = f"assigned of {client.name}"
    printed = client.run(client.interpreter, f"assigned{client.suffix}", person_id, project=project)
    row_id = json.loads(printed.splitlines()[-1])["row"]
    theirs = f"""metadata."~__bt_assignments" INCLUDES '{person_id}'"""
    (row,) = server.sql(f"SELECT id, metadata FROM project_logs('{project}') WHERE {theirs}")
    assert (row["id"], row["metadata"]["kept"]) == (row_id, 1)
    (told,) = server.request("GET", "/v1/notification", key=person)["objects"]
    assert (told["kind"], told["row_id"]) == ("assignment", row_id)


def test_log_rows_stand_in_their_trace(server: ServerProcess, day: Day) -> None:
    """Only the Python SDK has them."""
    rows = logged(server, day)
    assert (day.seen["note"] is None) == (day.client == NODE)
    if day.seen["note"]:
        note, span = rows[day.seen["note"]], rows[day.seen["judged"]]
        assert (note["span_id"], note["root_span_id"]) == (span["span_id"], span["root_span_id"])
        assert (note["output"], note["metadata"]["user"]) == ("3 songs, calm", "u")
        assert note["metadata"]["braintrust.template.parameter.count"] == 3
        kind = note["span_attributes"]
        assert (kind["type"], kind["log_level"]) == ("log", "info")


def test_files_come_back_with_what_they_were_logged_in(server: ServerProcess, day: Day) -> None:
    assert day.seen["dataset_bytes"] == day.seen["experiment_bytes"] == list(b"\x00\xffin")
    assert day.seen["dataset_json"] == {"rows": [1, 2]}
    (case,) = server.sql(f"SELECT id, input, expected FROM dataset('{day.project}/files')")
    (reference,) = case["input"]["deep"]
    found = server.request("GET", f"/attachment?{urlencode({'key': reference['key']})}")
    assert get(found["downloadUrl"])[1] == b"\x00\xffin"
    assert case["expected"]["filename"] == "table.json"
    (same,) = by_rest(
        server,
        "dataset",
        server.sql(f"SELECT dataset_id FROM dataset('{day.project}/files')")[0]["dataset_id"],
    )
    assert {name: same[name] for name in case} == case


def test_files_elsewhere_stay_there(server: ServerProcess, day: Day) -> None:
    row = logged(server, day)[day.seen["far"]["id"]]["input"]
    assert bytes(day.seen["far"]["bytes"]) == b"far \x00 away"
    assert {row[name]["type"] for name in ("far", "cloud")} == {"external_attachment"}
    assert row["cloud"]["url"] == "s3://bucket/key"
    assert "501" in day.seen["far"]["refused"]
    with pytest.raises(Refused) as caught:
        server.request("GET", f"/attachment?{urlencode({'url': row['cloud']['url']})}")
    assert (caught.value.status, caught.value.body["error"]["code"]) == (501, "external_store_unsupported")
