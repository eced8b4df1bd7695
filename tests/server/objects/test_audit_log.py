"""The audit log: every change of every kind of object, by whom and from where, with the change or not at all."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import assay_server.adapters.meta.store as store_module
from assay_server.adapters.meta.store import MetaStore
from assay_server.app import KINDS as OBJECT_KINDS
from assay_server.features.audit.service import keep_event
from assay_server.ports.audit import Event, audit_of
from assay_server.ports.meta import metadata
from tests.support.every_kind import KINDS, filled

Join = Callable[..., TestClient]
Visit = Callable[..., TestClient]
NOT_AUDITED = {
    "audit_log",
    "function_versions",  # written with their function
    "jobs",
    "login_tokens",  # the session that a token makes is
    "notifications",  # what they tell is written in the row
    "review_items",  # the rows they are about are, and so is their queue
    "reviews",  # each keeps who answered, and when
    "users",  # their memberships are
    "view_defaults",  # what a person likes to see first
}


def done(response: Any) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def refused(response: Any, status: int, code: str) -> None:
    assert response.status_code == status, response.text
    assert response.json()["error"]["code"] == code


def entries(api: TestClient, **wanted: Any) -> list[dict[str, Any]]:
    return done(api.get("/v1/audit_log", params=wanted))["objects"]


def org_of(api: TestClient) -> str:
    return done(api.get("/api/me"))["org"]["id"]


def test_every_table_keeps_its_changes_or_says_why_not() -> None:
    assert {table.name for table in metadata.sorted_tables if audit_of(table) is None} == NOT_AUDITED
    assert all(audit_of(kind.table) for kind in OBJECT_KINDS)


def test_every_kind_of_object_is_kept_from_making_to_deleting(api: TestClient) -> None:
    project = done(api.post("/v1/project", json={"name": "home"}))["id"]
    dataset = done(api.post("/v1/dataset", json={"project_id": project, "name": "home"}))["id"]
    known = {"project": project, "dataset": dataset}
    for kind in KINDS:
        made = done(api.post(kind.address, json=kind.new("thing", known)))["id"]
        done(api.post(kind.address, json=kind.new("thing", known)))  # found: nothing changes
        done(api.patch(f"{kind.address}/{made}", json=filled(kind.change, known)))
        done(api.delete(f"{kind.address}/{made}"))
        found = entries(api, object_id=made)
        assert [entry["action"] for entry in found] == ["delete", "update", "create"], kind.name
        deleted, updated, created = found
        assert {entry["object_type"] for entry in found} == {kind.name}
        assert {entry["object_name"] for entry in found} == {"thing"}
        assert created["changes"][kind.key] == {"after": "thing"}
        assert deleted["changes"][kind.key] == {"before": "thing"}
        assert set(updated["changes"]) <= {*kind.change, "xact_id", "member_projects"}, kind.name
        in_project = kind.name == "project" or "$project" in json.dumps({**kind.body, "member_projects": 0})
        assert (updated["project_id"] is not None) == (in_project or kind.name == "dataset_snapshot")
        assert "hush" not in json.dumps(found)


def test_an_entry_says_who_from_where_and_what_it_was_before(api: TestClient, join: Join) -> None:
    project = done(api.post("/v1/project", json={"name": "p", "settings": {"comparison_key": "input"}}))["id"]
    member = join("member")
    headers = {"user-agent": "probe/1.0", "x-request-id": "asked-by-test"}
    done(
        member.patch(
            f"/v1/project/{project}", json={"settings": {"comparison_key": "metadata.id"}}, headers=headers
        )
    )
    entry = entries(api, object_id=project)[0]
    me = done(member.get("/api/me"))["user"]
    assert (entry["actor_type"], entry["actor_id"], entry["actor_name"]) == ("api_key", me["id"], me["email"])
    assert (entry["key_name"], entry["ip"], entry["user_agent"]) == ("test", "testclient", "probe/1.0")
    assert entry["request_id"] == "asked-by-test"
    assert entry["changes"] == {
        "settings": {"before": {"comparison_key": "input"}, "after": {"comparison_key": "metadata.id"}}
    }


def test_service_tokens_and_the_server_itself_are_told_apart(api: TestClient, visit: Visit) -> None:
    token = done(api.post("/v1/service_token", json={"name": "deploy", "service_account_name": "ci"}))
    assert [entry["object_name"] for entry in entries(api, object_type="service_token")] == ["deploy"]
    project = done(visit(token["key"]).post("/v1/project", json={"name": "by ci"}))["id"]
    (entry,) = entries(api, object_id=project)
    assert (entry["actor_type"], entry["actor_name"], entry["key_name"]) == ("service_token", "ci", "deploy")
    first = entries(api, actor_type="system")
    assert {entry["object_type"] for entry in first} >= {"organization", "member", "api_key"}
    assert {entry["actor_id"] for entry in first} == {None}


def test_signing_in_and_out(browser: TestClient, api: TestClient) -> None:
    done(browser.post("/api/session/logout", headers={"x-assay-csrf": "1"}))
    out, into = entries(api, object_type="session")
    assert (into["action"], out["action"]) == ("sign_in", "sign_out")
    assert into["actor_name"] == out["actor_name"] == "owner@localhost"
    assert (into["actor_type"], out["actor_type"]) == ("session", "session")


def test_permissions_and_members(api: TestClient) -> None:
    group = done(api.post("/v1/group", json={"name": "readers"}))["id"]
    rule = {
        "object_type": "organization",
        "object_id": org_of(api),
        "group_id": group,
        "permission": "read",
    }
    acl = done(api.post("/v1/acl", json=rule))["id"]
    done(api.post("/v1/acl", json=rule))
    done(api.request("DELETE", f"/v1/acl/{acl}"))
    removed, given = entries(api, object_type="acl")
    assert (given["action"], removed["action"]) == ("create", "delete")
    assert given["changes"]["permission"] == {"after": "read"}
    assert removed["changes"]["group_id"] == {"before": group}
    invite = {"emails": ["ada@example.com"], "group_name": "readers"}
    done(api.patch("/v1/organization/members", json={"invite_users": invite}))
    joined = entries(api, object_type="member")[0]
    assert (joined["object_name"], joined["changes"]["role"]) == ("ada@example.com", {"after": "guest"})
    assert entries(api, object_id=group)[0]["changes"]["member_users"]["after"] == [joined["object_id"]]
    done(api.patch("/v1/organization/members", json={"remove_users": {"emails": ["ada@example.com"]}}))
    assert entries(api, object_type="member")[0]["action"] == "delete"


def test_secrets_are_nowhere_in_the_log(api: TestClient) -> None:
    secret = "sk-SECRET-0123456789"
    project = done(api.post("/v1/project", json={"name": "p"}))["id"]
    provider = {
        "name": "k",
        "type": "openai",
        "secret": secret,
        "metadata": {"headers": {"Authorization": secret}},
    }
    made = done(api.post("/v1/ai_secret", json=provider))["id"]
    done(api.patch(f"/v1/ai_secret/{made}", json={"secret": secret + "b"}))
    done(
        api.post(
            "/v1/env_var",
            json={"object_type": "project", "object_id": project, "name": "V", "value": secret},
        )
    )
    hook = {"type": "webhook", "url": f"https://u:{secret}@hooks.example/T/{secret}"}
    alert = {
        "event_type": "logs",
        "btql_filter": "",
        "interval_seconds": 1,
        "action": hook,
        "headers": {"x-api-key": secret},
    }
    done(api.post("/v1/project_automation", json={"project_id": project, "name": "a", "config": alert}))
    key = done(api.post("/v1/api_key", json={"name": "mine"}))["key"]
    text = json.dumps(entries(api))
    assert secret not in text
    assert key not in text
    changed = entries(api, object_id=made)[0]["changes"]
    assert changed["secret"] == {"before": "(secret)", "after": "(secret)"}
    (kept,) = entries(api, object_type="project_automation")
    assert kept["changes"]["config"]["after"]["action"]["url"] == "https://hooks.example/…"


def test_a_long_value_is_told_by_its_size(api: TestClient) -> None:
    project = done(api.post("/v1/project", json={"name": "p", "settings": {"note": "x" * 20_000}}))["id"]
    (entry,) = entries(api, object_id=project)
    assert entry["changes"]["settings"]["after"] == {"omitted_bytes": 20_000 + len('{"note": ""}')}


def test_no_entry_without_its_change_and_no_change_without_its_entry(
    api: TestClient, meta: MetaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (done(api.post("/v1/project", json={"name": name}))["id"] for name in ("one", "two"))
    refused(api.patch(f"/v1/project/{two}", json={"name": "one"}), 409, "name_taken")
    assert [entry["action"] for entry in entries(api, object_id=two)] == ["create"]

    def fail(*_: Any) -> None:
        raise RuntimeError("no room for the entry")

    monkeypatch.setattr(store_module, "write_entries", fail)
    assert api.patch(f"/v1/project/{one}", json={"name": "renamed"}).status_code == 500
    monkeypatch.undo()
    assert done(api.get(f"/v1/project/{one}"))["name"] == "one"
    with meta.begin() as connection:  # the connection of the failed change collects anew
        assert connection.info["assay_changes"].rows == {}


def test_a_batch_is_one_entry_an_object(api: TestClient) -> None:
    project = done(api.post("/v1/project", json={"name": "p"}))["id"]
    batch = [
        {"project_id": project, "name": f"f{n}", "slug": f"f{n}", "function_data": {"type": "code"}}
        for n in range(3)
    ]
    done(api.post("/insert-functions", json={"functions": batch}))
    assert [entry["object_name"] for entry in entries(api, object_type="function")] == ["f2", "f1", "f0"]


def test_only_owners_and_those_who_are_named_may_read(api: TestClient, join: Join) -> None:
    members = {role: join(role) for role in ("member", "viewer", "guest")}
    org = org_of(api)
    for client in members.values():
        refused(client.get("/v1/audit_log"), 403, "forbidden")
        refused(client.get("/v1/audit_log/export"), 403, "forbidden")
    guest = done(members["guest"].get("/api/me"))["user"]["id"]
    wide = {"object_type": "organization", "object_id": org, "user_id": guest, "permission": "read"}
    done(api.post("/v1/acl", json=wide))
    refused(members["guest"].get("/v1/audit_log"), 403, "forbidden")
    done(api.post("/v1/acl", json={**wide, "object_type": "org_audit_logs"}))
    assert entries(members["guest"], object_type="acl")
    stranger = join("owner", org="elsewhere")
    assert {entry["org_id"] for entry in entries(stranger)} == {org_of(stranger)}
    refused(stranger.get("/v1/audit_log", params={"org_id": org}), 403, "org_unknown")
    cursor = entries(api)[0]["id"]
    refused(stranger.get("/v1/audit_log", params={"starting_after": cursor}), 400, "page_invalid")


def test_filters_and_pages(api: TestClient, join: Join) -> None:
    for name in ("a", "b", "c"):
        done(api.post("/v1/project", json={"name": name}))
    member = join("member")
    done(member.post("/v1/project", json={"name": "d"}))
    who = done(member.get("/api/me"))["user"]["id"]
    made = entries(api, object_type="project")
    assert [entry["object_name"] for entry in made] == ["d", "c", "b", "a"]
    pages = entries(api, object_type="project", limit=3)
    pages += entries(api, object_type="project", limit=3, starting_after=pages[-1]["id"])
    assert pages == made
    assert entries(api, actor_id=who, object_type="project") == made[:1]
    assert entries(api, actor_id=made[0]["key_id"], object_type=["project", "dataset"]) == made[:1]
    assert entries(api, project_id=made[1]["object_id"]) == [made[1]]
    assert entries(api, request_id=made[2]["request_id"]) == [made[2]]
    since = {"since": made[2]["created"], "until": made[0]["created"], "action": "create"}
    assert entries(api, object_type="project", **since) == made[1:3]
    assert entries(api, action="no_such") == []
    refused(api.get("/v1/audit_log", params={"since": "yesterday"}), 422, "invalid")


def test_export_as_csv_and_json_lines(api: TestClient) -> None:
    done(api.post("/v1/project", json={"name": "=1+1"}))
    found = entries(api, object_type="project")
    lines = api.get("/v1/audit_log/export", params={"object_type": "project"})
    assert [json.loads(line) for line in lines.text.splitlines()] == found
    table = api.get("/v1/audit_log/export", params={"object_type": "project", "format": "csv"})
    assert table.headers["content-disposition"] == 'attachment; filename="audit-log.csv"'
    (row,) = csv.DictReader(io.StringIO(table.text))
    assert (row["object_name"], row["action"]) == ("'=1+1", "create")
    assert json.loads(row["changes"]) == found[0]["changes"]
    second, first = entries(api, action="export")
    assert (first["object_type"], second["changes"]["format"]) == ("audit_log", {"after": "csv"})
    assert first["actor_name"] == "owner@localhost"
    refused(api.get("/v1/audit_log/export", params={"format": "xml"}), 422, "invalid")


def test_export_reads_on_over_pages(api: TestClient, meta: MetaStore) -> None:
    org = org_of(api)
    with meta.begin() as connection:
        changes = connection.info["assay_changes"]
        changes.events += [Event("probe", "x", None, str(n), org) for n in range(1_001)]
    lines = api.get("/v1/audit_log/export", params={"action": "probe"}).text.splitlines()
    assert [json.loads(line)["object_name"] for line in lines] == [str(n) for n in range(1_000, -1, -1)]
    keep_event(meta, Event("probe", "x", None, "last", org))
    assert entries(api, action="probe", limit=1)[0]["object_name"] == "last"


def test_nothing_changes_or_removes_an_entry_over_http(api: TestClient) -> None:
    (entry, *_) = entries(api)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert api.request(method, "/v1/audit_log", json={}).status_code == 405
        assert api.request(method, f"/v1/audit_log/{entry['id']}", json={}).status_code in (404, 405)


def test_only_its_retention_removes_entries() -> None:
    server = Path(store_module.__file__).parents[2]
    changing = re.compile(
        r"audit_log\.(update|delete)\(|sa\.(update|delete)\(audit_log|(DELETE FROM|UPDATE) audit_log"
    )
    using = {
        str(path.relative_to(server)) for path in server.rglob("*.py") if changing.search(path.read_text())
    }
    assert using == {"features/retention/service.py"}
