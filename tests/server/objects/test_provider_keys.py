"""Provider keys: kept encrypted, shown to nobody, handed to the gateway."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay_server.adapters.secrets.local import LocalSecrets
from assay_server.engines.gateway.gateway import Credential
from assay_server.features.secrets.service import AiSecretService
from assay_server.ports.secrets import SecretUnreadable
from assay_server.settings import Settings

Join = Callable[..., TestClient]
KEY = "sk-provider-0123456789abcdef"


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


@pytest.fixture
def org_id(api: TestClient) -> str:
    return api.get("/api/me").json()["org"]["id"]


@pytest.fixture
def service(app: FastAPI) -> AiSecretService:
    return app.state.services.ai_secrets


@pytest.mark.parametrize("text", ["", "x", "ключ 🔑", "x" * 100_000])
def test_secrets_come_back_and_never_look_the_same(tmp_path: Path, text: str) -> None:
    cipher = LocalSecrets.from_settings(tmp_path / "secret.key")
    first, second = cipher.encrypt(text), cipher.encrypt(text)
    assert first != second
    again = LocalSecrets.from_settings(tmp_path / "secret.key")
    assert again.decrypt(first) == again.decrypt(second) == text


def test_master_key_file_is_private_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    LocalSecrets.from_settings(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text("not a key")
    with pytest.raises(ValueError, match="64 hex digits"):
        LocalSecrets.from_settings(path)


def test_key_from_the_setting_needs_no_file(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    sealed = LocalSecrets.from_settings(path, "correct horse").encrypt("s")
    assert not path.exists()
    assert LocalSecrets.from_settings(path, "correct horse").decrypt(sealed) == "s"


def test_wrong_key_or_changed_bytes_are_refused(tmp_path: Path) -> None:
    cipher = LocalSecrets.from_settings(tmp_path / "a")
    sealed = cipher.encrypt("secret")
    changed = [bytes([*sealed[:at], sealed[at] ^ 1, *sealed[at + 1 :]]) for at in range(len(sealed))]
    for data in (b"", sealed[:5], sealed[:-1], *changed):
        with pytest.raises(SecretUnreadable):
            cipher.decrypt(data)
    with pytest.raises(SecretUnreadable, match="ASSAY_SECRET_KEY"):
        LocalSecrets.from_settings(tmp_path / "b").decrypt(sealed)


def test_stored_key_reaches_the_gateway_and_no_response(
    api: TestClient, service: AiSecretService, settings: Settings, org_id: str
) -> None:
    assert service.credential(org_id, "openai") is None
    body = {
        "name": "main",
        "type": "openai",
        "secret": f" {KEY}\n",
        "metadata": {"api_base": "https://x.example"},
    }
    created = api.post("/v1/ai_secret", json=body)
    assert created.json()["preview_secret"] == "…cdef"
    assert service.credential(org_id, "openai") == Credential(KEY, "https://x.example")
    assert service.credential(org_id, "anthropic") is None
    assert service.credential("another org", "openai") is None
    assert api.get("/api/me").json()["scripted"] is False
    path = f"/v1/ai_secret/{created.json()['id']}"
    answers = [created, api.get(path), api.get("/v1/ai_secret"), api.post("/api/ai_secret/get", json={})]
    assert api.get(path).json() == created.json()
    assert not any(KEY in answer.text for answer in answers)
    stored = (settings.data / "meta.db").read_bytes() + (settings.data / "meta.db-wal").read_bytes()
    assert KEY.encode() not in stored


def test_name_stands_for_a_missing_type(api: TestClient, service: AiSecretService, org_id: str) -> None:
    api.post("/v1/ai_secret", json={"name": "anthropic", "secret": KEY})
    assert service.credential(org_id, "anthropic") == Credential(KEY, None)
    api.post("/v1/ai_secret", json={"name": "newer", "type": "anthropic", "secret": "newer key"})
    assert service.credential(org_id, "anthropic") == Credential("newer key", None)


def test_post_keeps_put_replaces_patch_changes(
    api: TestClient, service: AiSecretService, org_id: str
) -> None:
    body: dict[str, Any] = {"name": "openai", "secret": "one", "metadata": {"a": 1}}
    first = api.post("/v1/ai_secret", json=body).json()
    kept = api.post("/v1/ai_secret", json={**body, "secret": "two"})
    assert kept.headers["x-bt-found-existing"] == "true"
    assert kept.json() == first
    assert service.credential(org_id, "openai") == Credential("one", None)
    replaced = api.put("/v1/ai_secret", json={**body, "secret": "two"}).json()
    assert replaced["id"] == first["id"]
    assert service.credential(org_id, "openai") == Credential("two", None)
    path = f"/v1/ai_secret/{first['id']}"
    patched = api.patch(path, json={"metadata": {"b": 2}, "type": "gemini"}).json()
    assert (patched["metadata"], patched["type"]) == ({"a": 1, "b": 2}, "gemini")
    assert service.credential(org_id, "openai") is None
    assert service.credential(org_id, "gemini") == Credential("two", None)
    assert api.patch(path, json={"secret": None}).json()["preview_secret"] is None
    assert service.credential(org_id, "gemini") is None
    api.post("/v1/ai_secret", json={"name": "other"})
    assert error(api.patch(path, json={"name": "other"}), 409)["code"] == "name_taken"


def test_deleted_by_id_or_by_name(api: TestClient, service: AiSecretService, org_id: str) -> None:
    for name in ("a", "b"):
        api.post("/v1/ai_secret", json={"name": name, "type": "openai", "secret": name})
    (b, a) = api.get("/v1/ai_secret", params={"ai_secret_type": ["openai", "x"]}).json()["objects"]
    assert api.delete(f"/v1/ai_secret/{b['id']}").json() == b
    assert service.credential(org_id, "openai") == Credential("a", None)
    assert api.request("DELETE", "/v1/ai_secret", json={"name": "a", "org_name": "local"}).json() == a
    assert service.credential(org_id, "openai") is None
    for response in (
        api.get(f"/v1/ai_secret/{a['id']}"),
        api.request("DELETE", "/v1/ai_secret", json={"name": "a"}),
    ):
        assert error(response, 404)["code"] == "ai_secret_not_found"


def test_members_see_names_owners_change_them(api: TestClient, join: Join) -> None:
    secret = api.post("/v1/ai_secret", json={"name": "openai", "secret": KEY}).json()
    member, path = join("member"), f"/v1/ai_secret/{secret['id']}"
    assert member.get(path).json() == secret
    assert error(member.post("/v1/ai_secret", json={"name": "mine", "secret": "x"}), 403)
    assert error(member.put("/v1/ai_secret", json={"name": "openai", "secret": "x"}), 403)
    assert error(member.patch(path, json={"secret": "x"}), 403)
    assert error(member.delete(path), 403)
    stranger = join("owner", org="elsewhere")
    assert error(stranger.get(path), 404)
    assert stranger.get("/v1/ai_secret").json() == {"objects": []}


def test_unreadable_key_does_not_lock_people_out(app: FastAPI, api: TestClient, tmp_path: Path) -> None:
    api.post("/v1/ai_secret", json={"name": "openai", "secret": KEY})
    services = app.state.services
    other = AiSecretService(services.meta, LocalSecrets.from_settings(tmp_path / "other.key"))
    services.gateway._stored = other.credential
    assert api.get("/api/me").json()["scripted"] is False
