"""API keys, login links, sessions: who gets in, and for how long."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay_server.adapters.meta.store import MetaStore
from assay_server.features.keys.bootstrap import BootstrapResult, bootstrap
from assay_server.features.keys.service import AuthService
from assay_server.settings import Settings

Join = Callable[..., TestClient]
Visit = Callable[..., TestClient]
BASE_URL = "http://127.0.0.1:8484"
CSRF = {"x-assay-csrf": "1"}


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


def age(settings: Settings, table: str, column: str) -> None:
    """Move an expiry into the past."""
    with sqlite3.connect(settings.data / "meta.db") as raw:
        raw.execute(f"UPDATE {table} SET {column} = '2020-01-01T00:00:00.000000Z'")


def test_first_start_makes_an_owner_with_a_key_and_a_link(
    meta: MetaStore, settings: Settings, first: BootstrapResult
) -> None:
    assert first.created
    assert str(first.api_key).startswith("sk-assay-")
    assert AuthService(meta).actor_for_key(str(first.api_key)).role == "owner"
    second = bootstrap(meta, settings)
    assert (second.created, second.api_key) == (False, None)
    assert second.login_token not in (first.login_token, "")
    stored = (settings.data / "meta.db").read_bytes() + (settings.data / "meta.db-wal").read_bytes()
    for secret in (first.api_key, first.login_token, second.login_token):
        assert str(secret).encode() not in stored


def test_a_first_key_is_kept_before_it_counts(tmp_path: Any) -> None:
    settings = Settings(data=tmp_path)
    store = MetaStore(settings.meta_url)
    store.start()

    def full(_key: str) -> None:
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        bootstrap(store, settings, full)
    kept: list[str] = []
    first = bootstrap(store, settings, kept.append)
    assert first.created, "the start that failed left no owner behind whose key nobody knows"
    assert kept == [first.api_key]
    assert not bootstrap(store, settings, kept.append).created
    bootstrap(store, Settings(data=tmp_path, bootstrap_key="mine"), kept.append)
    assert kept == [first.api_key], "a key that was given is not written down"
    store.close()


def test_key_from_the_environment_is_the_owners(tmp_path: Any) -> None:
    settings = Settings(data=tmp_path, bootstrap_key="my-own-key")
    store = MetaStore(settings.meta_url)
    store.start()
    assert bootstrap(store, settings).api_key == "my-own-key"
    auth = AuthService(store)
    owner = auth.actor_for_key("my-own-key")
    assert bootstrap(store, settings).api_key is None
    changed = Settings(data=tmp_path, bootstrap_key="another")
    assert bootstrap(store, changed).api_key == "another"
    assert auth.actor_for_key("another").user_id == owner.user_id
    auth.delete_key(owner, str(owner.key_id))
    assert bootstrap(store, settings).api_key is None, "a deleted key must stay deleted"
    store.close()


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "credential_missing"),
        ("", "credential_malformed"),
        ("sk-assay-x", "credential_malformed"),
        ("Basic abc", "credential_malformed"),
        ("Bearer ", "credential_malformed"),
        ("Bearer sk-assay-12345678-unknown", "key_unknown"),
    ],
)
def test_request_without_a_known_credential_is_refused(visit: Visit, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    response = visit().get("/v1/project", headers=headers)
    assert error(response, 401)["code"] == code
    assert response.headers["www-authenticate"] == "Bearer"


def test_key_login_tells_clients_where_everything_is(api: TestClient) -> None:
    org = api.get("/api/me").json()["org"]
    for request in ({}, {"json": {}}, {"json": {"org_name": "local"}}):
        answer = api.post("/api/apikey/login", **request)  # type: ignore[arg-type]
        assert answer.json() == {
            "org_info": [
                {
                    **org,
                    "api_url": "http://127.0.0.1:8484",
                    "proxy_url": "http://127.0.0.1:8484",
                    "realtime_url": None,
                    "is_universal_api": True,
                }
            ]
        }


def test_clients_are_sent_on_to_the_address_they_used(api: TestClient, app: FastAPI) -> None:
    """What the server listens on is not where it is reached from outside its container."""
    elsewhere = {"host": "assay.test:9000"}
    org_id = api.get("/api/me").json()["org"]["id"]

    def told() -> set[str]:
        (login,) = api.post("/api/apikey/login", headers=elsewhere).json()["org_info"]
        org = api.get(f"/v1/organization/{org_id}", headers=elsewhere).json()
        return {one[name] for one in (login, org) for name in ("api_url", "proxy_url")}

    assert told() == {"http://assay.test:9000"}
    app.state.services.settings = replace(app.state.services.settings, public_url="https://assay.example/")
    assert told() == {"https://assay.example"}


def test_org_header_must_name_the_keys_organization(api: TestClient) -> None:
    assert api.get("/v1/project", headers={"x-bt-org-name": "local"}).status_code == 200
    problem = error(api.get("/v1/project", headers={"x-bt-org-name": "other"}), 403)
    assert problem["code"] == "org_unknown"


def test_created_key_works_is_listed_without_its_secret_and_dies_with_deletion(
    visit: Visit, api: TestClient
) -> None:
    created = api.post("/v1/api_key", json={"name": "laptop"}).json()
    key = created.pop("key")
    assert key.startswith(f"sk-assay-{created['id'][:8]}-")
    assert created["preview_name"] == f"{key[:13]}…{key[-4:]}"
    assert api.get(f"/v1/api_key/{created['id']}").json() == created
    listed = api.get("/v1/api_key").json()["objects"]
    assert [entry["name"] for entry in listed] == ["laptop", "first key"]
    assert listed[0] == created
    assert api.get("/v1/api_key", params={"api_key_name": "laptop"}).json()["objects"] == [created]
    laptop = visit(key)
    assert laptop.get("/v1/project").status_code == 200
    assert api.delete(f"/v1/api_key/{created['id']}").json() == created
    assert error(laptop.get("/v1/project"), 401)["code"] == "key_unknown"
    assert error(api.delete(f"/v1/api_key/{created['id']}"), 404)["code"] == "api_key_not_found"


def test_key_expires(visit: Visit, app: FastAPI, api: TestClient, settings: Settings) -> None:
    past = api.post("/v1/api_key", json={"name": "k", "expires_at": "2020-01-01T00:00:00Z"})
    assert "must lie in the future" in error(past, 422)["message"]
    created = api.post("/v1/api_key", json={"name": "k", "expires_at": "2999-01-01T00:00:00+01:00"}).json()
    assert created["expires_at"] == "2998-12-31T23:00:00.000000Z"
    client = visit(created["key"])
    assert client.get("/v1/project").status_code == 200
    age(settings, "api_keys", "expires_at")
    app.state.services.auth = AuthService(app.state.services.meta)  # as after the 10 s a check is remembered
    assert error(client.get("/v1/project"), 401)["code"] == "key_unknown"


def test_keys_of_others_are_seen_by_owners_only(api: TestClient, join: Join) -> None:
    member = join("member")
    own = member.post("/v1/api_key", json={"name": "mine"}).json()
    seen = [key["name"] for key in member.get("/v1/api_key").json()["objects"]]
    assert seen == ["mine", "test"]
    (first,) = api.get("/v1/api_key", params={"api_key_name": "first key"}).json()["objects"]
    for request in (member.get, member.delete):
        assert error(request(f"/v1/api_key/{first['id']}"), 404)
    assert len(api.get("/v1/api_key").json()["objects"]) == 3
    assert api.delete(f"/v1/api_key/{own['id']}").status_code == 200
    stranger = join("owner", org="elsewhere")
    assert error(stranger.get(f"/v1/api_key/{first['id']}"), 404)


def test_viewer_key_stays_a_viewer(visit: Visit, join: Join) -> None:
    key = join("viewer").post("/v1/api_key", json={"name": "k"}).json()["key"]
    assert error(visit(key).post("/v1/project", json={"name": "p"}), 403)


def test_login_link_works_once_in_one_browser(visit: Visit, api: TestClient) -> None:
    link = api.post("/api/session/link").json()
    assert link["url"] == f"{BASE_URL}/login?token={link['token']}"
    browser = visit()
    signed_in = browser.post("/api/session/login", json={"token": link["token"]})
    cookie = signed_in.headers["set-cookie"]
    for part in ("assay_session=", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"):
        assert part in cookie
    assert "Secure" not in cookie
    me = browser.get("/api/me").json()
    assert me == api.get("/api/me").json()
    assert signed_in.json() == {"user": me["user"], "org": me["org"]}
    assert me["user"]["name"] == "Owner"
    assert me["scripted"] is True
    again = visit().post("/api/session/login", json={"token": link["token"]})
    assert error(again, 401)["code"] == "login_token_invalid"
    assert "set-cookie" not in again.headers


def test_login_link_expires(visit: Visit, api: TestClient, settings: Settings) -> None:
    token = api.post("/api/session/link").json()["token"]
    age(settings, "login_tokens", "expires_at")
    response = visit().post("/api/session/login", json={"token": token})
    assert error(response, 401)["code"] == "login_token_invalid"


def test_browser_cannot_make_links_for_others(browser: TestClient) -> None:
    assert error(browser.post("/api/session/link", headers=CSRF), 403)["code"] == "key_needed"


def test_cookie_needs_the_csrf_header_to_change_anything(browser: TestClient) -> None:
    assert browser.get("/v1/project").status_code == 200
    for headers in ({}, {"x-assay-csrf": "0"}):
        problem = error(browser.post("/v1/project", json={"name": "p"}, headers=headers), 403)
        assert problem["code"] == "csrf_missing"
    assert browser.post("/v1/project", json={"name": "p"}, headers=CSRF).status_code == 200


def test_key_wins_over_a_cookie(browser: TestClient, api: TestClient) -> None:
    key = str(api.headers["authorization"])
    made = browser.post("/v1/project", json={"name": "p"}, headers={"Authorization": key})
    assert made.status_code == 200
    wrong = browser.get("/v1/project", headers={"Authorization": "Bearer nope"})
    assert error(wrong, 401)["code"] == "key_unknown"


def test_logout_ends_the_session_on_the_server(visit: Visit, browser: TestClient) -> None:
    token = browser.cookies["assay_session"]
    stolen = visit(cookies={"assay_session": token})
    assert stolen.get("/api/me").status_code == 200
    assert error(browser.post("/api/session/logout"), 403)["code"] == "csrf_missing"
    out = browser.post("/api/session/logout", headers=CSRF)
    assert out.json() == {"status": "signed_out"}
    assert "assay_session" not in browser.cookies
    assert error(stolen.get("/api/me"), 401)["code"] == "session_ended"


def test_session_expires(app: FastAPI, browser: TestClient, settings: Settings) -> None:
    assert browser.get("/api/me").status_code == 200
    age(settings, "sessions", "expires_at")
    app.state.services.auth = AuthService(app.state.services.meta)
    assert error(browser.get("/api/me"), 401)["code"] == "session_ended"


def test_former_member_is_out(app: FastAPI, join: Join, settings: Settings) -> None:
    member = join("member")
    assert member.get("/v1/project").status_code == 200
    with sqlite3.connect(settings.data / "meta.db") as raw:
        raw.execute("DELETE FROM members WHERE role = 'member'")
    app.state.services.auth = AuthService(app.state.services.meta)
    assert error(member.get("/v1/project"), 401)["code"] == "not_a_member"


def test_checked_key_is_remembered(app: FastAPI, api: TestClient) -> None:
    auth: AuthService = app.state.services.auth
    key = str(api.headers["authorization"]).removeprefix("Bearer ")
    assert auth.remembered("api_key", key) is None
    api.get("/v1/project")
    remembered = auth.remembered("api_key", key)
    assert remembered is not None
    assert (remembered.kind, remembered.role, remembered.org_name) == ("api_key", "owner", "local")


def test_ping_and_users_and_organizations(visit: Visit, api: TestClient, join: Join) -> None:
    assert visit().get("/ping").json() == {"status": "ok"}
    me = api.get("/api/me").json()
    owner = {"id": me["user"]["id"], "email": "owner@localhost", "given_name": "Owner", "family_name": None}
    assert api.get("/ping").json() == owner
    assert error(visit("wrong").get("/ping"), 401)
    join("member")
    users = api.get("/v1/user").json()["objects"]
    assert [user["role"] for user in users] == ["member", "owner"]
    by_email = {"email": ["owner@localhost", "x@example"]}
    assert api.get("/v1/user", params=by_email).json()["objects"] == users[1:]
    assert api.get(f"/v1/user/{owner['id']}").json() == users[1]
    stranger = join("owner", org="elsewhere")
    assert error(stranger.get(f"/v1/user/{owner['id']}"), 404)["code"] == "user_not_found"
    (organization,) = api.get("/v1/organization").json()["objects"]
    assert (organization["id"], organization["name"]) == (me["org"]["id"], "local")
    assert api.get(f"/v1/organization/{organization['id']}").json() == organization
    assert api.get("/v1/organization", params={"org_name": "x"}).json() == {"objects": []}
    problem = error(stranger.get(f"/v1/organization/{organization['id']}"), 404)
    assert problem["code"] == "organization_not_found"


def test_sessions_are_seen_and_ended_by_whose_they_are(
    visit: Visit, browser: TestClient, api: TestClient, join: Join
) -> None:
    phone = visit()
    token = api.post("/api/session/link").json()["token"]
    agent = {"user-agent": "a phone"}
    assert phone.post("/api/session/login", json={"token": token}, headers=agent).status_code == 200
    held = phone.get("/api/session/all").json()["objects"]
    assert [(one["current"], one["user_agent"]) for one in held] == [(True, "a phone"), (False, "testclient")]
    assert "token" not in phone.get("/api/session/all").text
    path = f"/api/session/all/{held[1]['id']}"
    assert error(join("member").delete(path), 404)["code"] == "session_not_found"
    assert phone.delete(path, headers=CSRF).json()["id"] == held[1]["id"]
    assert error(browser.get("/api/me"), 401)["code"] == "session_ended"
    assert error(phone.delete(path, headers=CSRF), 404)["code"] == "session_not_found"
    assert api.post("/api/session/end_others").json() == {"ended": 1}
    assert error(phone.get("/api/me"), 401)["code"] == "session_ended"


def test_signing_out_elsewhere_keeps_this_browser(visit: Visit, browser: TestClient, api: TestClient) -> None:
    other = visit()
    token = api.post("/api/session/link").json()["token"]
    assert other.post("/api/session/login", json={"token": token}).status_code == 200
    assert other.post("/api/session/end_others", headers=CSRF).json() == {"ended": 1}
    assert error(browser.get("/api/me"), 401)["code"] == "session_ended"
    assert other.get("/api/me").status_code == 200
