"""Saved views of the logs: kept on the server, for a project or an organization, and the one a project opens with."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]


def stored(site: Site, object_type: str, object_id: str) -> list[dict[str, Any]]:
    """Views of the logs as the API tells them."""
    query = f"object_type={object_type}&object_id={object_id}&view_type=logs"
    return site.server.request("GET", f"/v1/view?{query}")["objects"]


def menu(page: Page, name: str) -> None:
    """Open the menu of views, which has the name of the one on show, and pick an item."""
    page.get_by_title(re.compile("^(Choose a view|This view has unsaved changes)$")).click()
    page.get_by_role("menu").get_by_text(name, exact=False).first.click()


def save_as(page: Page, name: str, *, everywhere: bool = False) -> None:
    menu(page, "Save as a new view")
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name").fill(name)
    if everywhere:
        dialog.get_by_label("Everyone in the organization").check()
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**v=**")


def test_a_view_keeps_what_the_table_shows(page: Page, site: Site) -> None:
    project_id = site.project("views", 6)
    logs = "/app/local/p/views/logs"
    page.goto(f"{logs}?f=metadata.tier+=+'pro'&hide=tokens&bar=errors&col=metadata.tier&r=trace-000")
    expect(page.get_by_test_id("logs-count")).to_contain_text("2 traces")
    expect(page.get_by_role("tree")).to_be_visible()  # what comes later moves the menu under the pointer
    save_as(page, "Paying")
    (view,) = stored(site, "project", project_id)
    assert view["name"] == "Paying"
    assert "trace-000" not in view["options"]["address"], "the open trace is no part of a view"
    page.goto(f"{logs}?t=all")
    expect(page.get_by_test_id("logs-count")).to_contain_text("6 traces")
    menu(page, "Paying")
    expect(page.get_by_test_id("logs-count")).to_contain_text("2 traces")
    expect(page.get_by_role("columnheader", name="Tokens")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="metadata.tier")).to_be_visible()
    expect(page.get_by_label("What the bars measure")).to_have_value("errors")


def test_changes_are_saved_or_left(page: Page, site: Site) -> None:
    project_id = site.project("view changes", 4)
    page.goto("/app/local/p/view%20changes/logs?f=metadata.tier+=+'pro'")
    save_as(page, "Mine")
    page.get_by_label("What the bars measure").select_option("errors")
    expect(page.get_by_label("changed")).to_be_visible()
    menu(page, "Save changes to “Mine”")
    expect(page.get_by_label("changed")).to_have_count(0)
    (view,) = stored(site, "project", project_id)
    assert "bar=errors" in view["options"]["address"]
    menu(page, "Rename “Mine”")
    dialog = page.get_by_role("dialog", name="Rename “Mine”")
    dialog.get_by_label("Name").fill("<b>Ours</b>")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_title("Choose a view")).to_have_text("<b>Ours</b>")
    menu(page, "Save as a new view")
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name").fill("<b>Ours</b>")
    expect(dialog.get_by_role("alert")).to_contain_text("There is a view of this name")
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    page.keyboard.press("Escape")
    menu(page, "Delete “<b>Ours</b>”")
    expect(page.get_by_title("Choose a view")).to_have_text("All logs")
    assert stored(site, "project", project_id) == []
    page.get_by_role("button", name="Bring it back").click()
    expect(page.get_by_title("Choose a view")).to_have_text("<b>Ours</b>")
    (back,) = stored(site, "project", project_id)
    assert back["options"] == view["options"]


def test_a_project_opens_with_its_view(page: Page, site: Site) -> None:
    site.project("opening", 4)
    logs = "/app/local/p/opening/logs"
    page.goto(f"{logs}?f=metadata.tier+=+'pro'")
    save_as(page, "Start here")
    menu(page, "Open with this view")
    page.get_by_title("Choose a view").click()
    expect(page.get_by_role("menuitemradio", name="Start here default")).to_be_visible()
    page.keyboard.press("Escape")
    page.goto(logs)
    expect(page.get_by_test_id("logs-count")).to_contain_text("2 traces")
    expect(page).to_have_url(re.compile(r"f=metadata\.tier.*v="))
    menu(page, "All logs")
    expect(page.get_by_test_id("logs-count")).to_contain_text("4 traces")
    page.reload()
    expect(page.get_by_test_id("logs-count")).to_contain_text("4 traces")
    menu(page, "Start here")
    menu(page, "Open without a view")
    page.get_by_title("Choose a view").click()
    expect(page.get_by_role("menuitemradio", name="Start here", exact=True)).to_be_visible()
    page.goto(logs)
    expect(page.get_by_test_id("logs-count")).to_contain_text("4 traces")


def test_a_view_of_the_organization_is_in_every_project(page: Page, site: Site) -> None:
    site.project("one of two", 3)
    site.project("two of two", 4)
    org = site.server.request("GET", "/api/me")["org"]["id"]
    page.goto("/app/local/p/one%20of%20two/logs?f=metadata.tier+=+'pro'")
    save_as(page, "Everywhere", everywhere=True)
    page.goto("/app/local/p/two%20of%20two/logs")
    expect(page.get_by_test_id("logs-count")).to_contain_text("4 traces")
    menu(page, "Everywhere")
    expect(page.get_by_test_id("logs-count")).to_contain_text("2 traces")
    (view,) = [view for view in stored(site, "organization", org) if view["name"] == "Everywhere"]
    site.server.request("DELETE", f"/v1/view/{view['id']}", {})


def test_ready_views_need_no_writing(page: Page, site: Site) -> None:
    project = site.project("ready views", 20)
    user = site.server.request("GET", "/api/me")["user"]["id"]
    question = {"project_id": project, "name": "Good", "score_type": "slider"}
    site.server.request("POST", "/v1/project_score", question)
    common = {"project_id": project, "log_id": "g", "_is_merge": True}
    site.server.request("POST", "/logs3", {"rows": [
        {**common, "id": "trace-003-llm", "metadata": {"~__bt_assignments": [user]}},
        {**common, "id": "trace-004", "scores": {"Good": 1}},
        {**common, "id": "trace-005", "scores": {"Good": 0}},
    ]})  # fmt: skip
    feedback = {"feedback": [{"id": "trace-006", "comment": "look"}]}
    site.server.request("POST", f"/v1/project_logs/{project}/feedback", feedback)
    page.goto("/app/local/p/ready%20views/logs")
    shown = page.get_by_test_id("logs-count")
    for label, traces in (
        ("With an error", 2), ("Without an error", 18), ("Not reviewed yet", 18), ("Assigned to me", 1),
        ("With comments", 1),
    ):  # fmt: skip
        page.get_by_title("Choose a view").click()
        page.get_by_role("menuitem", name=label).click()
        expect(shown).to_have_text(re.compile(f"^{traces} traces?( · |$)"))
    expect(page).not_to_have_url(re.compile("v="))
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{project}")
