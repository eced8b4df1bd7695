"""The live stream of a project tells of nothing that its reader may not read."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

from tests.support.clients import Client
from tests.support.servers import KEY, running_server


def test_news_of_unreadable_objects_are_left_out(tmp_path: Path) -> None:
    with running_server(tmp_path / "data") as server:
        owner = Client(server.port, KEY)

        def post(path: str, body: dict[str, Any], method: str = "POST") -> Any:
            answer = owner.ask(method, path, body)
            assert answer.status == 200, answer.text
            return answer.json()

        project = post("/v1/project", {"name": "live"})["id"]
        hidden = post("/v1/experiment", {"project_id": project, "name": "hidden"})["id"]
        group = post("/v1/group", {"name": "log readers"})["id"]
        account = {"service_accounts": [{"name": "robot", "token_name": "t"}], "group_id": group}
        added = post("/v1/organization/members", {"invite_users": account}, "PATCH")["added_users"]
        rule = {"object_type": "project", "object_id": project, "group_id": group, "permission": "read"}
        post("/v1/acl", {**rule, "restrict_object_type": "project_log"})

        live = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        key = added[0]["api_key"]
        live.request("GET", f"/api/projects/{project}/live", headers={"Authorization": f"Bearer {key}"})
        stream = live.getresponse()
        assert stream.readline() == b": connected\n"
        post(f"/v1/experiment/{hidden}/insert", {"events": [{"id": "secret", "root_span_id": "secret"}]})
        post(f"/v1/project_logs/{project}/insert", {"events": [{"id": "seen", "root_span_id": "seen"}]})
        lines = [stream.readline() for _ in range(3)]
        assert lines[:2] == [b"\n", b"event: spans\n"]
        assert json.loads(lines[2].removeprefix(b"data: "))["object_id"] == project
        live.close()
