"""Scores, tags, automations, frames, tool servers, views and variables over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from starlette.testclient import TestClient

from assay_server.adapters.meta.store import MetaStore
from assay_server.features.project_settings.tables import env_vars

Join = Callable[..., TestClient]

WEBHOOK = {"type": "webhook", "url": "https://example.com/hook"}
ALERT = {"event_type": "logs", "btql_filter": "scores.x < 0.5", "interval_seconds": 60, "action": WEBHOOK}
SCORER = {"type": "global", "name": "Factuality"}


@pytest.fixture
def project(api: TestClient) -> dict[str, Any]:
    return api.post("/v1/project", json={"name": "playlist"}).json()


def error(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    return response.json()["error"]


IN_PROJECT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("project_score", {"score_type": "slider", "config": {"destination": "expected"}}, {"position": "a"}),
    (
        "project_score",
        {
            "score_type": "categorical",
            "categories": [{"name": "good", "value": 1}, {"name": "bad", "value": 0.5}],
        },
        {"categories": ["a", "b"]},
    ),
    (
        "project_score",
        {"score_type": "weighted", "categories": {"a": 0.2, "b": 1}},
        {"score_type": "minimum"},
    ),
    (
        "project_score",
        {"score_type": "online", "config": {"online": {"sampling_rate": 0.5, "scorers": [SCORER]}}},
        {"config": None},
    ),
    (
        "project_score",
        {"score_type": "slider", "config": {"direction": "lower", "margin": 0.02}},
        {"config": {"direction": "higher"}},
    ),
    ("project_tag", {"color": "#f00"}, {"color": None}),
    ("project_automation", {"config": ALERT}, {"config": {**ALERT, "status": "paused", "later": {"x": 1}}}),
    ("span_iframe", {"url": "https://example.com/{{id}}", "post_message": True}, {"post_message": False}),
    ("mcp_server", {"url": "https://example.com/mcp"}, {"url": "https://example.com/2"}),
]


@pytest.mark.parametrize(("kind", "fields", "changes"), IN_PROJECT)
def test_life_of_a_setting_of_a_project(
    api: TestClient,
    join: Join,
    project: dict[str, Any],
    kind: str,
    fields: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    """Create, find, list, change, replace, delete; viewers only look; nobody else sees anything."""
    path, body = f"/v1/{kind}", {"project_id": project["id"], "name": "n", "description": "d", **fields}
    made = api.post(path, json=body).json()
    assert {name: made[name] for name in body} == body
    assert made["user_id"] == project["user_id"]
    again = api.post(path, json={**body, "description": "other"})
    assert (again.json(), again.headers["x-bt-found-existing"]) == (made, "true")
    one = f"{path}/{made['id']}"
    assert api.get(one).json() == made
    for selector in ({"project_id": project["id"]}, {"project_name": "playlist"}, {f"{kind}_name": "n"}):
        assert api.get(path, params=selector).json() == {"objects": [made]}
    assert api.get(path, params={f"{kind}_name": "x"}).json() == {"objects": []}
    changed = api.patch(one, json={**changes, "name": None}).json()
    assert changed == {**made, **changes}
    viewer, stranger = join("viewer"), join("owner", org="elsewhere")
    assert viewer.get(one).json() == changed
    for refused in (
        viewer.post(path, json={**body, "name": "x"}),
        viewer.patch(one, json={}),
        viewer.delete(one),
    ):
        assert error(refused, 403)["code"] == "forbidden"
    for hidden in (
        stranger.get(one),
        stranger.patch(one, json={}),
        stranger.delete(one),
        stranger.post(path, json=body),
    ):
        assert error(hidden, 404)
    assert stranger.get(path, params={"project_id": project["id"]}).json() == {"objects": []}
    replaced = api.put(path, json={**body, "description": None}).json()
    assert replaced == {**made, "description": None}
    assert api.delete(one).json()["id"] == made["id"]
    assert error(api.get(one), 404)["code"] == f"{kind}_not_found"
    assert api.post(path, json=body).json()["id"] != made["id"]


def test_scores_are_listed_by_type(api: TestClient, project: dict[str, Any]) -> None:
    for score_type in ("slider", "online", "free-form"):
        body = {"project_id": project["id"], "name": score_type, "score_type": score_type}
        assert api.post("/v1/project_score", json=body).status_code == 200

    def listed(**params: Any) -> list[str]:
        return [one["name"] for one in api.get("/v1/project_score", params=params).json()["objects"]]

    assert listed(score_type=["slider", "online"]) == ["online", "slider"]
    assert listed(project_score_type="slider") == ["slider"]
    assert len(listed()) == 3


VALID: list[dict[str, Any]] = [
    {"event_type": "environment_update", "action": {"type": "slack", "workspace_id": "w", "channel": "c"}},
    {
        "event_type": "windowed",
        "window": {
            "window_seconds": 600,
            "evaluation_delay_seconds": 0,
            "schedule": {"type": "cron", "cron_expression": "0 9 * * 1"},
        },
        "threshold": {
            "calculation": {
                "type": "btql",
                "btql_query": "measures: count(1) as n | from: project_logs('x')",
                "output": {"type": "scalar", "value_column": "n"},
            },
            "policy": {
                "condition": {"type": "threshold", "operator": "gt", "threshold": 5},
                "no_data_behavior": "resolve",
                "pending_seconds": 0,
            },
        },
    },
    {
        "event_type": "btql_export",
        "export_definition": {"type": "log_traces"},
        "export_path": "s3://bucket/prefix",
        "format": "parquet",
        "interval_seconds": 3600,
        "credentials": {"type": "aws_iam", "role_arn": "arn:aws:iam::1:role/r", "external_id": "e"},
    },
    {"event_type": "retention", "object_type": "project_logs", "retention_days": 30},
    {
        "event_type": "topic",
        "sampling_rate": 1,
        "facet_functions": [SCORER],
        "topic_map_functions": [{"function": {"type": "function", "id": "f"}, "btql_filter": "is_root"}],
        "scope": {"type": "trace", "idle_seconds": 30},
    },
]


@pytest.mark.parametrize("config", VALID, ids=lambda config: config["event_type"])
def test_configurations_are_stored_as_they_are_sent(
    api: TestClient, project: dict[str, Any], config: dict[str, Any]
) -> None:
    body = {"project_id": project["id"], "name": "n", "config": config}
    answer = api.post("/v1/project_automation", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["config"] == config


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, "event_type"),
        ({"event_type": "magic"}, "event_type"),
        ({**ALERT, "btql_filter": "scores.x <"}, "btql_filter"),
        ({**ALERT, "interval_seconds": -1}, "interval_seconds"),
        ({**ALERT, "action": {"type": "webhook", "url": "file:///etc/passwd"}}, "url"),
        ({**ALERT, "action": {"type": "pagerduty", "severity": "loud"}}, "severity"),
        ({"event_type": "retention", "object_type": "project_logs"}, "retention_days"),
    ],
)
def test_wrong_configurations_are_refused_with_the_place(
    api: TestClient, project: dict[str, Any], config: dict[str, Any], says: str
) -> None:
    body = {"project_id": project["id"], "name": "n", "config": config}
    assert says in error(api.post("/v1/project_automation", json=body), 422)["message"]
    assert api.get("/v1/project_automation").json() == {"objects": []}


@pytest.mark.parametrize(
    "online", [{"sampling_rate": 2, "scorers": []}, {"sampling_rate": 1}, {"scorers": [{}]}]
)
def test_wrong_online_scoring_is_refused(
    api: TestClient, project: dict[str, Any], online: dict[str, Any]
) -> None:
    body = {"project_id": project["id"], "name": "n", "score_type": "online", "config": {"online": online}}
    assert "config.online" in error(api.post("/v1/project_score", json=body), 422)["message"]


@pytest.mark.parametrize("config", [{"direction": "down"}, {"margin": -0.1}, {"margin": "wide"}])
def test_wrong_directions_and_margins_are_refused(
    api: TestClient, project: dict[str, Any], config: dict[str, Any]
) -> None:
    body = {"project_id": project["id"], "name": "S", "score_type": "slider", "config": config}
    assert "config." in error(api.post("/v1/project_score", json=body), 422)["message"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"categories": {"Overall": 1}}, "cannot be made of itself"),
        ({"categories": {"A": -1}}, "takes weights of 0 or more"),
        ({"categories": [{"name": "good", "value": 1}]}, "takes the scores it is made of"),
        ({"name": "A"}, "cannot be made of itself"),
    ],
    ids=["itself", "no weight", "choices", "renamed to a part"],
)
def test_a_change_of_an_aggregate_must_fit_what_stays(
    api: TestClient, project: dict[str, Any], change: dict[str, Any], said: str
) -> None:
    body = {"project_id": project["id"], "name": "Overall", "score_type": "weighted", "categories": {"A": 1}}
    made = api.post("/v1/project_score", json=body).json()
    path = f"/v1/project_score/{made['id']}"
    refused = error(api.patch(path, json=change), 422)
    assert refused["code"] == "invalid"
    assert f"A score of type weighted {said}" in refused["message"]
    assert api.get(path).json() == made


def test_choices_cannot_become_an_aggregate_of_scores(api: TestClient, project: dict[str, Any]) -> None:
    choices = [{"name": "good", "value": 1}]
    body = {"project_id": project["id"], "name": "Good", "score_type": "categorical", "categories": choices}
    path = f"/v1/project_score/{api.post('/v1/project_score', json=body).json()['id']}"
    assert (
        "takes the scores it is made of"
        in error(api.patch(path, json={"score_type": "minimum"}), 422)["message"]
    )
    both = {"score_type": "minimum", "categories": ["A", "B"]}
    assert api.patch(path, json=both).json()["categories"] == ["A", "B"]


def test_automation_of_the_register_routes(api: TestClient, project: dict[str, Any]) -> None:
    body = {"project_id": project["id"], "project_automation_name": "alert", "config": ALERT}
    made = api.post("/api/project_automation/register", json=body).json()
    assert made["found_existing"] is False
    found = api.post("/api/project_automation/register", json={**body, "description": "x"}).json()
    assert found == {**made, "found_existing": True}
    newer = {**body, "config": {**ALERT, "interval_seconds": 5}, "update": True}
    updated = api.post("/api/project_automation/register", json=newer).json()["project_automation"]
    assert updated["id"] == made["project_automation"]["id"]
    assert updated["config"]["interval_seconds"] == 5
    change = {"id": updated["id"], "description": "d"}
    changed = api.post("/api/project_automation/patch_id", json=change).json()
    assert changed == {**updated, "description": "d"}


def test_views_belong_to_an_object_and_a_page(api: TestClient, join: Join, project: dict[str, Any]) -> None:
    about = {"object_type": "project", "object_id": project["id"]}
    data = {"search": {"filter": [{"text": "a"}], "sort": []}}
    body = {**about, "view_type": "logs", "name": "mine", "view_data": data, "options": {"rowHeight": "tall"}}
    made = api.post("/v1/view", json=body).json()
    assert {name: made[name] for name in body} == body
    other = api.post("/v1/view", json={**body, "view_type": "experiments"}).json()
    assert other["id"] != made["id"]
    assert api.post("/v1/view", json=body).json() == made
    assert api.get("/v1/view", params={**about, "view_type": "logs"}).json() == {"objects": [made]}
    assert len(api.get("/v1/view", params=about).json()["objects"]) == 2
    assert error(api.get("/v1/view"), 400)["code"] == "target_missing"
    path = f"/v1/view/{made['id']}"
    assert api.get(path, params=about).json() == made
    changed = api.patch(path, json={**about, "view_data": {"search": None}, "starred": True}).json()
    assert changed == {**made, "view_data": {"search": None}, "starred": True}
    assert error(join("viewer").patch(path, json=about), 403)
    stranger = join("owner", org="elsewhere")
    assert error(stranger.get(path, params=about), 404)
    assert error(stranger.get("/v1/view", params=about), 404)
    assert error(stranger.post("/v1/view", json=body), 404)["code"] == "project_not_found"
    assert api.request("DELETE", path, json=about).json()["id"] == made["id"]
    assert error(api.get(path, params=about), 404)
    everywhere = {
        **body,
        "object_type": "org_project",
        "object_id": project["org_id"],
        "view_type": "projects",
    }
    assert api.post("/v1/view", json=everywhere).status_code == 200
    assert error(stranger.post("/v1/view", json=everywhere), 404)["code"] == "organization_not_found"


def test_view_of_a_deleted_project_is_gone(api: TestClient, project: dict[str, Any]) -> None:
    about = {"object_type": "project", "object_id": project["id"]}
    view = api.post("/v1/view", json={**about, "view_type": "logs", "name": "v"}).json()
    api.delete(f"/v1/project/{project['id']}")
    assert error(api.get(f"/v1/view/{view['id']}", params=about), 404)["code"] == "project_not_found"


def test_variables_keep_their_values_to_themselves(
    api: TestClient, app: FastAPI, meta: MetaStore, project: dict[str, Any], join: Join
) -> None:
    secret = "sk-very-secret-1234"
    body = {"object_type": "project", "object_id": project["id"], "name": "OPENAI_API_KEY", "value": secret}
    answer = api.post("/v1/env_var", json=body)
    made = answer.json()
    assert "value" not in made
    assert made["preview_secret"] == "…1234"
    path = f"/v1/env_var/{made['id']}"
    changed = api.patch(path, json={"metadata": {"a": 1}})
    about = {"object_type": "project", "object_id": project["id"]}
    listed = api.get("/v1/env_var", params={**about, "env_var_name": "OPENAI_API_KEY"})
    assert listed.json() == {"objects": [changed.json()]}
    assert all(secret not in one.text for one in (answer, changed, listed, api.get(path)))

    def stored() -> bytes:
        with meta.read() as connection:
            return bytes(connection.execute(sa.select(env_vars.c.value)).scalar_one())

    assert secret.encode() not in stored()
    assert app.state.services.secrets.decrypt(stored()) == secret
    api.put("/v1/env_var", json={**body, "value": "short"})
    assert app.state.services.secrets.decrypt(stored()) == "short"
    assert api.get(path).json()["preview_secret"] == "…"
    assert error(join("viewer").patch(path, json={"value": "x"}), 403)
    assert error(join("owner", org="elsewhere").get(path), 404)
    assert api.delete(path).json()["id"] == made["id"]


def test_variables_of_the_organization_are_for_owners_to_set(
    api: TestClient, join: Join, project: dict[str, Any]
) -> None:
    body = {"object_type": "organization", "object_id": project["org_id"], "name": "A", "value": "x"}
    member = join("member")
    assert error(member.post("/v1/env_var", json=body), 403)
    made = api.post("/v1/env_var", json=body).json()
    assert api.get("/v1/env_var").json() == member.get("/v1/env_var").json() == {"objects": [made]}
    in_project = {**body, "object_type": "project", "object_id": project["id"]}
    assert member.post("/v1/env_var", json=in_project).status_code == 200
