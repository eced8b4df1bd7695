"""What a team sets up around its traces, for the walk through all pages: questions, boards, a queue, links."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.story import Story


def write_settings(story: Story) -> None:
    """Questions, tags, saved views, a board, a saved query, an environment."""
    server, project = story.server, {"project_id": story.project_id}
    verdicts = [
        {"name": "right", "value": 1},
        {"name": "nearly", "value": 0.5},
        {"name": "wrong", "value": 0},
    ]
    for question in (
        {"name": "Fits the request", "score_type": "categorical", "categories": verdicts},
        {"name": "Flow", "score_type": "slider", "description": "How well one song leads to the next"},
        {"name": "What to mend", "score_type": "free-form"},
    ):
        made = server.request("POST", "/v1/project_score", {**project, **question})
        story.ids[question["name"]] = made["id"]
    for name, color in (("triage", "#b45309"), ("favourite", "#15803d")):
        server.request("POST", "/v1/project_tag", {**project, "name": name, "color": color})
    server.request("POST", "/environment", {"name": "Production", "slug": "production"})
    about = {"object_type": "project", "object_id": story.project_id}
    charts = [
        {"id": "spent", "title": "Spent", "kind": "number", "grain": "traces", "unit": "$",
         "measures": [{"label": "cost", "sql": "sum(metrics.estimated_cost)"}]},
        {"id": "slow", "title": "Slowest tenth", "kind": "series", "grain": "traces", "unit": "s",
         "measures": [{"label": "p90", "sql": "percentile(metrics.duration, 0.9)"}]},
        {"id": "plans", "title": "Requests by plan", "kind": "top", "grain": "traces", "unit": "",
         "by": "metadata.plan", "measures": [{"label": "traces", "sql": "count(*)"}]},
    ]  # fmt: skip
    for name, kind, options in (
        ("Rule breakers", "logs", {"address": "f=scores.PlaylistLength+<+1"}),
        ("Money", "monitor", {"charts": charts}),
        ("Traces by hour", "sql", {"query": hourly()}),
    ):
        made = server.request(
            "POST", "/v1/view", {**about, "view_type": kind, "name": name, "options": options}
        )
        story.ids[name] = made["id"]


def write_queue(story: Story) -> None:
    """A queue in which two people look at each row, the first five of them answered by one."""
    ask = story.server.request
    questions = [{"project_score_id": story.ids[name]} for name in ("Fits the request", "Flow")]
    instructions = "Is the playlist **what was asked for**? Length counts less than mood."
    made = ask(
        "POST",
        "/v1/review_queue",
        {"project_id": story.project_id, "name": "Playlists of the week", "instructions": instructions,
         "description": "What users got since Monday", "questions": questions, "reviewers_per_item": 2},
    )  # fmt: skip
    queue = f"/v1/review_queue/{made['id']}"
    story.ids["queue"] = made["id"]
    logs = {
        "object_type": "project_logs",
        "object_id": story.project_id,
        "where": "is_root AND error IS NULL",
    }
    ask("POST", f"{queue}/items", {"from": {**logs, "sample": 12, "seed": 1}})
    for number in range(5):
        item = ask("POST", f"{queue}/next")["item"]["id"]
        verdict = ("right", "right", "nearly", "right", "wrong")[number]
        answers = {story.ids["Fits the request"]: verdict, story.ids["Flow"]: 1 - number / 5}
        ask("POST", f"{queue}/items/{item}/answer", {"answers": answers})


def write_links(story: Story, candidate: str, baseline: str) -> None:
    """Links that show the comparison, a trace and the board to people outside."""
    ask = story.server.request
    org = ask("GET", "/v1/organization")["objects"][0]["id"]
    ask("PATCH", f"/v1/organization/{org}", {"public_links": "allowed"})
    shown = {
        "shared comparison": {"object_type": "experiment", "object_id": story.ids[candidate],
                              "baseline_ids": [story.ids[baseline]]},
        "shared trace": {"object_type": "project_logs", "object_id": story.project_id,
                         "root_span_id": "request-003"},
        "shared board": {"object_type": "view", "object_id": story.ids["Money"]},
    }  # fmt: skip
    for name, what in shown.items():
        story.ids[name] = ask("POST", "/v1/shared_link", what)["token"]


def hourly() -> str:
    """Traces of the last days by the hour, as SQL."""
    return (
        "SELECT date_trunc('hour', created) AS hour,\n       count(*) AS traces,\n"
        "       count_if(error IS NOT NULL) AS failed\n"
        "FROM project_logs('playlist')\nWHERE is_root\nGROUP BY hour\nORDER BY hour"
    )
