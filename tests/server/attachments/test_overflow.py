"""Log requests larger than a body: uploaded over a link, then named in POST /logs3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.attachments.conftest import MAX_BODY, send
from tests.support.people import join
from tests.support.servers import KEY, Refused, ServerProcess


@pytest.fixture(scope="module")
def project(server: ServerProcess) -> str:
    return server.request("POST", "/v1/project", {"name": "overflow"})["id"]


def upload(server: ServerProcess, body: bytes, by: str = KEY) -> str:
    announced = {"content_type": "application/json", "size_bytes": len(body), "rows": []}
    made = server.request("POST", "/logs3/overflow", announced, key=by)
    assert made["method"] == "PUT"
    assert send("PUT", made["signedUrl"], body, **made["headers"]).status == 200
    return made["key"]


def rows_of(project: str, *ids: str, text: str = "") -> bytes:
    rows = [{"id": one, "project_id": project, "log_id": "g", "input": text or one} for one in ids]
    return json.dumps({"rows": rows, "api_version": 2}).encode()


def take(server: ServerProcess, key: str, by: str = KEY) -> Any:
    body = {"rows": {"type": "logs3_overflow", "key": key}, "api_version": 2}
    return server.request("POST", "/logs3", body, key=by)


def test_rows_too_large_for_a_body_arrive_whole(server: ServerProcess, project: str) -> None:
    assert server.request("GET", "/version")["logs3_payload_max_bytes"] == MAX_BODY
    body = rows_of(project, "large", text="ß" * (MAX_BODY // 3))
    with pytest.raises(Refused, match="body_too_large"):
        server.request("POST", "/logs3", body)
    key = upload(server, body)
    first = take(server, key)
    assert first["ids"] == ["large"]
    (row,) = server.sql("SELECT input, _xact_id FROM project_logs('overflow') WHERE id = 'large'")
    assert row == {"input": "ß" * (MAX_BODY // 3), "_xact_id": first["xact_id"]}
    assert take(server, key)["ids"] == ["large"]
    (again,) = server.sql("SELECT count(*) AS n FROM project_logs('overflow') WHERE id = 'large'")
    assert again == {"n": 1}


def test_refused_rows_do_not_cost_the_others(server: ServerProcess, project: str) -> None:
    rows = [{"id": "good", "project_id": project, "log_id": "g"}, {"id": "bad", "scores": {"s": "x"}}]
    with pytest.raises(Refused, match="1 of 2 rows were refused, 1 stored"):
        take(server, upload(server, json.dumps({"rows": rows}).encode()))
    assert server.sql("SELECT id FROM project_logs('overflow') WHERE id IN ('good', 'bad')") == [
        {"id": "good"}
    ]


def test_an_upload_has_the_size_that_was_announced(server: ServerProcess, project: str) -> None:
    body = rows_of(project, "sized")
    made = server.request("POST", "/logs3/overflow", {"size_bytes": len(body) + 1})
    short = send("PUT", made["signedUrl"], body)
    assert (short.status, json.loads(short.body)["error"]["code"]) == (400, "size_mismatch")
    with pytest.raises(Refused, match="overflow_not_found"):
        take(server, made["key"])


def test_limits(server: ServerProcess) -> None:
    with pytest.raises(Refused, match=r"^413: .*body_too_large"):
        server.request("POST", "/logs3/overflow", {"size_bytes": 4 * MAX_BODY + 1})
    with pytest.raises(Refused, match=r"^422: .*size_bytes"):
        server.request("POST", "/logs3/overflow", {"size_bytes": 0})


def test_uploads_of_others_are_not_found_and_viewers_make_none(server: ServerProcess, project: str) -> None:
    key = upload(server, rows_of(project, "mine"))
    stranger, viewer = join(server.data, "owner", org="overflow-stranger"), join(server.data, "viewer")
    with pytest.raises(Refused, match=r"^404: .*overflow_not_found"):
        take(server, key, by=stranger)
    with pytest.raises(Refused, match=r"^403: .*forbidden"):
        take(server, key, by=viewer)
    with pytest.raises(Refused, match=r"^403: .*forbidden"):
        upload(server, b"{}", by=viewer)
    for bad in ("", "..", "../../attachments/x", "a b"):
        with pytest.raises(Refused, match=r"^404: .*overflow_not_found"):
            take(server, bad)
