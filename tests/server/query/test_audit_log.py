"""`audit_log` says of logs, experiments and datasets who changed what, when and by what means."""

from __future__ import annotations

from typing import Any

import pytest

from assay.core.ids import xact_seconds
from assay.core.times import iso_time
from tests.support.servers import ServerProcess

TABLES = {"project_logs": "project_logs", "experiment": "experiment", "dataset": "dataset"}


def made(server: ServerProcess, noun: str, name: str) -> str:
    """An object of its own, by id."""
    project = server.request("POST", "/v1/project", {"name": name})["id"]
    if noun == "project_logs":
        return project
    return server.request("POST", f"/v1/{noun}", {"project_id": project, "name": name})["id"]


def audit(server: ServerProcess, source: str, rest: str = "", **options: Any) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {source} {rest} ORDER BY _xact_id"
    return server.request("POST", "/btql", {"query": query, "audit_log": True, **options})["data"]


def me(server: ServerProcess) -> str:
    return server.request("GET", "/ping")["id"]


@pytest.mark.parametrize("noun", TABLES)
def test_feedback_and_deletes_have_an_author(server: ServerProcess, noun: str) -> None:
    home = f"/v1/{noun}/{made(server, noun, f'audit of {noun}')}"
    source = f"{noun}('{home.split('/')[-1]}')"
    server.request("POST", f"{home}/insert", {"events": [{"id": "a", "input": 1, "tags": ["x"]}]})
    (first,) = audit(server, source)
    assert (first["audit_data"]["action"], first["audit_data"]["user_id"]) == ("upsert", me(server))
    said = {"id": "a", "tags": ["y"], "source": "app", "metadata": {"why": "odd"}}
    server.request("POST", f"{home}/feedback", {"feedback": [said]})
    server.request(
        "POST", f"{home}/feedback", {"feedback": [{"id": "a", "comment": "hm", "source": "external"}]}
    )
    server.request("POST", f"{home}/insert", {"events": [{"id": "a", "_object_delete": True}]})
    rows = audit(server, source)
    told = [row["audit_data"] for row in rows][-3:]
    assert [one["user_id"] for one in told] == [me(server)] * len(told)
    assert len({one["key_id"] for one in told}) == 1
    assert told[0]["key_id"]
    assert [row["_xact_id"] for row in rows] == sorted({row["_xact_id"] for row in rows})
    if noun != "project_logs":  # a deleted row of logs leaves nothing of what it held, comments included
        assert [(one["action"], one["source"]) for one in told] == [
            ("upsert", "app"), ("comment", "external"), ("delete", "api"),
        ]  # fmt: skip
        assert (told[0]["path"], told[0]["from"], told[0]["to"]) == (["tags"], ["x"], ["x", "y"])
        assert told[0]["metadata"] == {"why": "odd"}
        assert rows[-2]["comment"] == {"text": "hm"}
    else:
        assert [(one["action"], one["source"]) for one in told] == [("merge", "app"), ("delete", "api")]
        assert told[0]["to"] is None
    assert server.sql(f"SELECT id FROM {source}") == []
    assert [one["created"] for one in told] == sorted(one["created"] for one in told)


def test_changes_of_logs_are_rows(server: ServerProcess) -> None:
    project = made(server, "project_logs", "audit of changes")
    home, place = f"/v1/project_logs/{project}", {"project_id": project, "log_id": "g"}
    start = {
        "id": "s",
        "input": "q",
        "metadata": {"a": 1},
        "scores": {"old": 0.5},
        "metrics": {"start": 1},
        **place,
    }
    end = {"id": "s", "_is_merge": True, "output": "o", "metrics": {"end": 2}, **place}
    for row in (start, end):
        server.request("POST", "/logs3", {"rows": [row]})
    feedback = {"id": "s", "scores": {"good": 1}, "expected": {"e": 1}, "source": "app", "comment": "fine"}
    server.request("POST", f"{home}/feedback", {"feedback": [feedback]})
    edit = {
        "id": "s",
        "_is_merge": True,
        "metadata": {"a": 2},
        "_audit_source": "app",
        "_audit_metadata": {"n": 1},
    }
    for _ in range(2):  # sent again, it is the same change
        server.request("POST", "/logs3", {"rows": [{**edit, **place}]})
    rows = audit(server, f"project_logs('{project}')", "WHERE id = 's'")
    told = {
        tuple(row["audit_data"]["path"]): row["audit_data"]
        for row in rows
        if row["audit_data"]["action"] != "upsert"
    }
    judged = {
        "from": {"scores": {"good": None}, "expected": None},
        "to": {"scores": {"good": 1}, "expected": {"e": 1}},
    }
    assert told[()] | judged == told[()]
    assert (
        told["metadata", "a"] | {"from": 1, "to": 2, "metadata": {"n": 1}, "source": "app"}
        == told["metadata", "a"]
    )
    assert told["comments",]["action"] == "comment"
    assert [row["comment"] for row in rows if row["comment"]] == [{"text": "fine"}]
    assert {row["input"] for row in rows} == {"q"}  # each beside the row as it is
    for row in rows:
        assert row["audit_data"]["user_id"] == me(server)
        if row["audit_data"]["action"] != "comment":  # that has a time of its own, to the microsecond
            assert row["audit_data"]["created"] == iso_time(xact_seconds(int(row["_xact_id"])))
    (now,) = server.sql(f"SELECT * FROM project_logs('{project}')")
    assert [one["action"] for one in now["audit_data"]] == ["merge", "merge"]
    (comment,) = now["comments"]
    assert (comment["user_id"], comment["_xact_id"]) == (me(server), rows[0]["_xact_id"])


def test_every_change_comes_once_in_pages(server: ServerProcess) -> None:
    project = made(server, "project_logs", "audit in pages")
    server.request(
        "POST", f"/v1/project_logs/{project}/insert", {"events": [{"id": str(n)} for n in range(3)]}
    )
    for turn in range(4):
        said = [{"id": str(n), "scores": {"s": turn / 4}, "comment": f"{turn}"} for n in range(3)]
        server.request("POST", f"/v1/project_logs/{project}/feedback", {"feedback": said})
    query = f"SELECT id, _xact_id, audit_data FROM project_logs('{project}') ORDER BY _xact_id DESC LIMIT 5"
    whole = server.request("POST", "/btql", {"query": query.replace("LIMIT 5", ""), "audit_log": True})[
        "data"
    ]
    assert len(whole) == 3 * 4 * 2
    seen, cursor = [], None
    while True:
        page = server.request("POST", "/btql", {"query": query, "audit_log": True, "cursor": cursor})
        seen += page["data"]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert seen == whole


def test_a_long_value_is_not_repeated(server: ServerProcess) -> None:
    project = made(server, "project_logs", "audit of long values")
    place = {"project_id": project, "log_id": "g", "id": "long"}
    server.request("POST", "/logs3", {"rows": [{**place, "input": "a" * 50_000}]})
    edit = {**place, "_is_merge": True, "input": "b" * 40_000, "_audit_source": "app"}
    server.request("POST", "/logs3", {"rows": [edit]})
    (row,) = audit(server, f"project_logs('{project}')")
    said = row["audit_data"]
    assert (said["path"], said["from"], said["to"]) == (["input", "bytes"], 50_002, 40_002)
