"""Settings: what is set up in the browser is what the API has, and secrets are shown once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.language import CHOOSE, PSEUDO
from tests.ui.conftest import Site
from tests.ui.pages import ORGANIZATION_TABS, PROJECT_TABS

pytestmark = [pytest.mark.browser]


def test_a_key_is_shown_once_works_and_is_revoked(page: Page, site: Site) -> None:
    page.goto("/app/token")
    page.wait_for_url("**/app/local/settings?tab=api-keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog", name="New key").get_by_label("Name").fill("from the browser")
    page.get_by_role("button", name="Create").click()
    shown = page.get_by_role("status").filter(has_text="not shown again")
    key = shown.locator("code").inner_text()
    assert site.server.request("GET", "/api/me", key=key)["org"]["name"] == "local"
    page.get_by_role("button", name="I have it").click()
    expect(page.get_by_text(key)).to_have_count(0)
    page.get_by_role("button", name="Revoke from the browser").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Revoke from the browser")).to_have_count(0)
    names = [one["name"] for one in site.server.request("GET", "/v1/api_key")["objects"]]
    assert "from the browser" not in names


def test_people_are_invited(page: Page, site: Site) -> None:
    page.goto("/app/local/settings")
    form = page.get_by_role("form", name="Invite")
    form.get_by_label("E-mail").fill("ada@example.com")
    form.get_by_role("button", name="Invite").click()
    expect(page.get_by_role("table").get_by_text("ada@example.com")).to_be_visible()
    users = site.server.request("GET", "/v1/user?email=ada@example.com")["objects"]
    assert [user["email"] for user in users] == ["ada@example.com"]


def test_a_language_is_chosen_and_kept(page: Page, site: Site) -> None:
    page.goto("/app/local/settings?tab=personal")
    expect(page.get_by_label("Language").locator("option")).to_have_text(["English"])
    page.evaluate(CHOOSE)
    page.reload()
    html = page.locator("html")
    expect(html).to_have_attribute("lang", PSEUDO)
    expect(page.get_by_role("heading", name="Personal")).to_have_count(0)
    offered = page.locator("select", has=page.locator(f"option[value={PSEUDO}]"))
    expect(offered.locator("option")).to_have_text(["English", "Pseudo"])
    offered.select_option("en")
    expect(page.get_by_role("heading", name="Personal")).to_be_visible()
    expect(html).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_label("Language").locator("option")).to_have_text(["English"])


def test_a_provider_key_is_never_shown_again(page: Page, site: Site) -> None:
    page.goto("/app/local/settings?tab=providers")
    page.get_by_role("button", name="New provider key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("SPARE_KEY")
    dialog.get_by_label("Provider").select_option("anthropic")
    dialog.get_by_label("Key").fill("sk-very-secret-0123456789")
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name=re.compile("SPARE_KEY"))).to_contain_text("anthropic")
    assert "very-secret" not in page.content()
    page.get_by_role("button", name="Delete SPARE_KEY").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("SPARE_KEY"))).to_have_count(0)


def test_a_score_is_made_of_others_edited_and_shown(page: Page, site: Site) -> None:
    ask = site.server.request
    project = ask("POST", "/v1/project", {"name": "aggregated"})["id"]
    experiment = ask("POST", "/v1/experiment", {"project_id": project, "name": "first"})["id"]
    events = [{"input": at, "output": 1, "scores": {"A": 1, "B": 0.5}} for at in range(3)]
    ask("POST", f"/v1/experiment/{experiment}/insert", {"events": events})
    page.goto("/app/local/p/aggregated/settings?tab=scores")
    page.get_by_role("button", name="New aggregate score").click()
    dialog = page.get_by_role("dialog", name="New aggregate score")
    create = dialog.get_by_role("button", name="Create")
    dialog.get_by_label("Name").fill("Overall")
    expect(dialog.get_by_text("Name at least one score")).to_be_visible()
    expect(create).to_be_disabled()
    expect(dialog.locator("datalist option")).to_have_count(2)
    dialog.get_by_label("Score 1", exact=True).fill("A")
    dialog.get_by_label("Weight of score 1").fill("3")
    dialog.get_by_role("button", name="Another score").click()
    dialog.get_by_label("Score 2", exact=True).fill("B")
    create.click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("row", name=re.compile("Overall"))).to_contain_text("A × 3, B × 1")
    page.goto("/app/local/p/aggregated/experiments")
    row = page.get_by_role("row", name=re.compile("first"))
    expect(page.get_by_role("columnheader", name="Overall")).to_be_visible()
    expect(row).to_contain_text("0.88")

    page.goto("/app/local/p/aggregated/settings?tab=scores")
    page.get_by_role("button", name="Edit of Overall").click()
    dialog = page.get_by_role("dialog", name="Edit Overall")
    dialog.get_by_label("Kind").select_option("minimum")
    expect(dialog.get_by_label("Weight of score 1")).to_have_count(0)
    dialog.get_by_label("Lower is better").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    (kept,) = ask("GET", f"/v1/project_score?project_id={project}")["objects"]
    assert (kept["score_type"], kept["categories"], kept["config"]) == (
        "minimum",
        ["A", "B"],
        {"direction": "lower"},
    )
    page.get_by_role("button", name="New aggregate score").click()
    offered = page.get_by_role("dialog").locator("datalist option")
    expect(offered).to_have_count(3)  # A, B and Overall: an aggregate may be a part of another
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Experiments").click()
    expect(page.get_by_role("columnheader", name="Overall")).to_be_visible()
    page.go_back()
    page.get_by_role("button", name="Delete Overall").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Experiments").click()
    expect(page.get_by_role("columnheader", name="A", exact=True)).to_be_visible()
    expect(page.get_by_role("columnheader", name="Overall")).to_have_count(0)
    page.goto("about:blank")
    ask("DELETE", f"/v1/project/{project}")


def test_project_settings_are_kept(page: Page, site: Site) -> None:
    project = site.server.request("POST", "/v1/project", {"name": "configured"})["id"]
    run = site.server.request("POST", "/v1/experiment", {"project_id": project, "name": "best so far"})["id"]
    page.goto("/app/local/p/configured/settings")
    form = page.get_by_role("form", name="Project")
    form.get_by_label("Description").fill("what it is about")
    form.get_by_label("Baseline").select_option("best so far")
    form.get_by_label("Comparison key").fill("metadata.case_id")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    stored = site.server.request("GET", f"/v1/project/{project}")
    assert stored["description"] == "what it is about"
    assert stored["settings"]["baseline_experiment_id"] == run
    assert stored["settings"]["comparison_key"] == "metadata.case_id"
    form.get_by_label("Baseline").select_option("the experiment before")
    form.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Tags").click()
    page.get_by_role("button", name="New tag").click()
    page.get_by_role("dialog").get_by_label("Name").fill("triage")
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(page.get_by_role("row", name=re.compile("triage"))).to_be_visible()
    assert site.server.request("GET", f"/v1/project/{project}")["settings"]["baseline_experiment_id"] is None


@pytest.mark.parametrize(
    "tab", [tab for tab in ORGANIZATION_TABS if tab not in ("audit", "health", "personal")]
)
def test_every_tab_opens(page: Page, tab: str) -> None:
    page.goto(f"/app/local/settings?tab={tab}")
    expect(page.locator("main").get_by_role("heading", level=2).first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("table").or_(page.get_by_text("None yet")).first).to_be_visible()


def test_no_panel_is_left_out(page: Page) -> None:
    for address, tabs in (("/app/local", ORGANIZATION_TABS), ("/app/local/p/pages", PROJECT_TABS)):
        page.goto(f"{address}/settings")
        links = page.get_by_role("navigation", name="Settings").get_by_role("link")
        expect(links.first).to_be_visible()
        shown = [one.get_attribute("href") or "" for one in links.all()]
        own = [one for one in shown if one.split("?")[0] == f"{address}/settings"]
        assert [one.partition("?tab=")[2] for one in own] == list(tabs)


def test_a_panel_begins_with_its_heading(page: Page) -> None:
    """And what is set for all links together comes between heading and list."""
    page.goto("/app/local/settings?tab=sharing")
    main = page.locator("main")
    heading = main.get_by_role("heading", level=2, name="Sharing")
    form = main.get_by_role("form", name="Sharing")
    expect(form).to_be_visible()
    assert heading.bounding_box()["y"] < form.bounding_box()["y"]  # type: ignore[index]


@pytest.mark.parametrize("tab", PROJECT_TABS)
def test_settings_on_a_phone(phone: Page, tab: str) -> None:
    phone.goto(f"/app/local/p/pages/settings?tab={tab}")
    expect(phone.locator("main").get_by_role("heading", level=2).first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_project_is_made_renamed_and_deleted(page: Page, site: Site) -> None:
    page.goto("/app/local")
    page.get_by_role("button", name="Project", exact=True).click()
    dialog = page.get_by_role("dialog", name="New project")
    dialog.get_by_label("Name").fill("pages")
    expect(dialog.get_by_role("alert")).to_contain_text("There is a project of this name")
    expect(dialog.get_by_role("button", name="Create")).to_be_disabled()
    dialog.get_by_label("Name").fill("made by hand")
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/p/made%20by%20hand/overview")
    expect(page.get_by_role("heading", name="three steps to a verdict")).to_be_visible()

    page.goto("/app/local/p/made%20by%20hand/settings")
    page.get_by_role("textbox", name=re.compile("^Name")).fill("renamed by hand")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/p/renamed%20by%20hand/settings")
    expect(page.get_by_role("button", name=re.compile("^renamed by hand"))).to_be_visible()

    page.get_by_role("button", name="Delete …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    dialog.get_by_label("Name of the project").fill("renamed by hand")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url("**/app/local")
    expect(page.get_by_role("link", name="pages", exact=True)).to_be_visible()
    names = {one["name"] for one in site.server.request("GET", "/v1/project")["objects"]}
    assert "pages" in names
    assert not names & {"made by hand", "renamed by hand"}
