"""Settings for who looks after an organization: the audit log, health, members, access, retention, sessions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from tests.support.accessibility import serious_violations
from tests.support.people import join
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]
SETTINGS = "/app/local/settings?tab="


def project(site: Site, name: str) -> str:
    return site.server.request("POST", "/v1/project", {"name": name})["id"]


def person(site: Site, role: str) -> dict[str, str]:
    """A new user of the organization: their id, address and key."""
    key = join(site.server.data, role)  # type: ignore[arg-type]
    user = site.server.request("GET", "/api/me", key=key)["user"]
    return {"id": user["id"], "email": user["email"], "key": key}


def test_the_audit_log_says_who_changed_what(page: Page, site: Site) -> None:
    made = project(site, "watched")
    site.server.request("PATCH", f"/v1/project/{made}", {"description": "a secret garden"})
    site.server.request("PATCH", f"/v1/project/{made}", {"description": "a walled garden"})
    page.goto(f"{SETTINGS}audit&obj={made}")
    grid = page.get_by_role("grid", name="Audit log")
    expect(grid.get_by_role("row")).to_have_count(4)
    grid.get_by_role("row").nth(1).click()
    entry = page.get_by_role("region", name="Entry")
    expect(entry).to_contain_text("Update project watched")
    fields = entry.get_by_role("region", name="Fields before and after")
    expect(fields.locator("del")).to_have_text("secret")
    expect(fields.locator("ins")).to_have_text("walled")
    assert "e=" in page.url
    page.reload()
    expect(page.get_by_role("region", name="Entry")).to_contain_text("Update project watched")
    page.get_by_role("button", name="Close", exact=True).click()
    page.get_by_label("Action").select_option("create")
    expect(grid.get_by_role("row")).to_have_count(2)
    page.wait_for_url("**do=create**")
    page.get_by_role("button", name="One object").click()
    page.get_by_label("Type").select_option("project")
    page.get_by_label("Who").select_option("owner@localhost")
    expect(grid).to_contain_text("watched")
    page.get_by_label("Type").select_option("audit_log")
    expect(page.get_by_text("Nothing happened that fits")).to_be_visible()


def test_the_audit_log_is_exported_as_filtered(page: Page, site: Site) -> None:
    made = project(site, "taken along")
    page.goto(f"{SETTINGS}audit&obj={made}")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    assert download.value.suggested_filename == "audit-log.csv"
    lines = download.value.path().read_text().splitlines()
    assert len(lines) == 2
    assert "taken along" in lines[1]


def test_health_says_how_it_is_and_looks_again(page: Page, site: Site) -> None:
    page.goto(f"{SETTINGS}health")
    checks = page.get_by_role("list", name="Checks").get_by_role("listitem")
    expect(checks).to_have_count(8)
    expect(page.get_by_role("region", name="Store")).to_contain_text("running")
    expect(page.get_by_role("region", name="Server")).to_contain_text("Migration")
    rows = page.get_by_role("region", name="Store").locator("dd").nth(2)
    before = rows.inner_text()
    made = project(site, "growing")
    site.server.request(
        "POST", f"/v1/project_logs/{made}/insert", {"events": [{"input": n} for n in range(3)]}
    )
    site.server.sql("SELECT count(*) AS n FROM project_logs('growing')")
    expect(rows).not_to_have_text(before)


def test_a_problem_comes_with_what_to_do(page: Page, site: Site) -> None:
    """The page shows what the server judged; which figures are wrong is tested there."""
    found = site.server.request("GET", "/v1/health")
    for check in found["checks"]:
        if check["name"] == "disk":
            check |= {"level": "problem", "text": "12 bytes are free.", "advice": "Make room."}
    found |= {"level": "problem", "errors": [{"time": "2026-01-01T00:00:00Z", "request_id": "abc", "method": "GET",
              "route": "/v1/project/{project_id}", "status": 500, "code": "internal"}]}  # fmt: skip
    page.route("**/v1/health", lambda route: route.fulfill(json=found))
    page.goto(f"{SETTINGS}health")
    expect(page.get_by_role("status").filter(has_text="Something is wrong")).to_be_visible()
    line = page.get_by_role("listitem").filter(has_text="12 bytes are free.")
    expect(line).to_contain_text("Make room.")
    expect(line.get_by_role("img", name="Wrong")).to_be_visible()
    expect(page.get_by_role("region", name="Failed requests")).to_contain_text("/v1/project/{project_id}")
    page.goto("about:blank")


def test_a_member_gets_another_role_and_leaves(page: Page, site: Site) -> None:
    someone = person(site, "viewer")
    page.goto(f"{SETTINGS}members")
    row = page.get_by_role("row").filter(has_text=someone["email"])
    row.get_by_role("combobox").select_option("member")
    expect(page.get_by_text("Done")).to_be_visible()
    assert site.server.request("GET", f"/v1/user/{someone['id']}")["role"] == "member"
    mine = page.get_by_role("row").filter(has_text="owner@localhost")
    expect(mine).to_contain_text("you")
    row.get_by_role("button", name=re.compile("^Remove")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(row).to_have_count(0)
    assert site.server.request("GET", f"/v1/user?email={someone['email']}")["objects"] == []


def test_the_last_owner_stays_and_the_page_says_so(rough_page: Page, site: Site) -> None:
    rough_page.goto(f"{SETTINGS}members")
    rough_page.get_by_role("row").filter(has_text="owner@localhost").get_by_role("combobox").select_option(
        "viewer"
    )
    expect(rough_page.get_by_text("An organization needs an owner").first).to_be_visible()
    expect(
        rough_page.get_by_role("row").filter(has_text="owner@localhost").get_by_role("combobox")
    ).to_have_value("owner")


def test_a_group_of_people_and_groups(page: Page, site: Site) -> None:
    someone = person(site, "guest")
    site.server.request("POST", "/v1/group", {"name": "inner"})
    page.goto(f"{SETTINGS}groups")
    page.get_by_role("button", name="New group").click()
    page.get_by_role("dialog").get_by_label("Name").fill("outer")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Members of outer").click()
    dialog = page.get_by_role("dialog", name="Members of outer")
    dialog.get_by_label("inner").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{SETTINGS}members")
    row = page.get_by_role("row").filter(has_text=someone["email"])
    row.get_by_role("button", name=re.compile("^change groups of")).click()
    page.get_by_role("dialog").get_by_label("inner").check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(row).to_contain_text("inner")
    groups = {one["name"]: one for one in site.server.request("GET", "/v1/group")["objects"]}
    assert groups["outer"]["member_groups"] == [groups["inner"]["id"]]
    assert groups["inner"]["member_users"] == [someone["id"]]


def test_a_role_is_made_of_permissions(page: Page, site: Site) -> None:
    page.goto(f"{SETTINGS}roles")
    page.get_by_role("button", name="New role").click()
    page.get_by_role("dialog").get_by_label("Name").fill("labeller")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Permissions of labeller").click()
    dialog = page.get_by_role("dialog", name="Permissions of labeller")
    dialog.get_by_label("read everything").check()
    dialog.get_by_label("update datasets").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    (role,) = site.server.request("GET", "/v1/role?role_name=labeller")["objects"]
    assert role["member_permissions"] == [
        {"permission": "read", "restrict_object_type": None},
        {"permission": "update", "restrict_object_type": "dataset"},
    ]
    page.get_by_role("button", name="Permissions of Owner").click()
    fixed = page.get_by_role("dialog", name="Permissions of Owner")
    expect(fixed.get_by_label("read everything")).to_be_disabled()
    expect(fixed.get_by_role("button", name="Save")).to_have_count(0)


def test_who_has_access_is_given_seen_below_and_taken_back(page: Page, site: Site) -> None:
    someone = person(site, "guest")
    made = project(site, "shared")
    site.server.request("POST", "/v1/dataset", {"project_id": made, "name": "cases"})
    page.goto("/app/local/p/shared/settings?tab=access")
    form = page.get_by_role("form", name="Give access")
    form.get_by_label("Who").select_option(f"user_id {someone['id']}")
    form.get_by_label("May").select_option("permission read")
    form.get_by_role("button", name="Give access").click()
    entries = page.get_by_role("list", name="Access")
    expect(entries.get_by_role("listitem").first).to_contain_text(f"{someone['email']} may read")
    expect(entries.get_by_role("listitem").first).to_contain_text("Given here")
    expect(entries).to_contain_text(re.compile("Every owner .*everything"))
    names = [one["name"] for one in site.server.request("GET", "/v1/project", key=someone["key"])["objects"]]
    assert names == ["shared"]
    page.goto("/app/local/p/shared/datasets/cases")
    page.get_by_role("button", name="Who has access").click()
    below = page.get_by_role("dialog", name="Who has access to cases")
    expect(below.get_by_role("listitem").first).to_contain_text("Inherited from project shared")
    expect(below.get_by_role("button", name=re.compile("^Take back"))).to_have_count(0)
    page.keyboard.press("Escape")
    scorer = {"project_id": made, "name": "Judge", "slug": "judge", "function_type": "scorer"}
    code = {"function_data": {"type": "code"}}
    judge = site.server.request("POST", "/v1/function", {**scorer, **code})["id"]
    page.goto(f"/app/local/p/shared/scorers/{judge}")
    page.get_by_role("button", name="Who has access").click()
    below = page.get_by_role("dialog", name="Who has access to Judge")
    expect(below).to_contain_text("Scorer")
    expect(below.get_by_role("listitem").first).to_contain_text("Inherited from project shared")
    below.get_by_role("combobox", name=re.compile("^Who")).select_option(f"user_id {someone['id']}")
    below.get_by_label("May").select_option("permission update")
    below.get_by_role("button", name="Give access").click()
    expect(below.get_by_role("listitem").first).to_contain_text("Given here")
    change = {"description": "by a guest"}
    changed = site.server.request("PATCH", f"/v1/function/{judge}", change, key=someone["key"])
    assert changed["description"] == "by a guest"
    page.keyboard.press("Escape")
    page.goto("/app/local/p/shared/settings?tab=access")
    page.get_by_role("button", name=re.compile("^Take back")).click()
    expect(page.get_by_role("button", name=re.compile("^Take back"))).to_have_count(0)
    assert site.server.request("GET", "/v1/project", key=someone["key"])["objects"] == []


def test_retention_is_set_with_a_warning_and_lifted(page: Page, site: Site) -> None:
    made = project(site, "kept for a while")

    def stored() -> list[dict[str, object]]:
        found = site.server.request("GET", f"/v1/project_automation?project_id={made}")["objects"]
        return [one["config"] for one in found]

    page.goto("/app/local/p/kept for a while/settings?tab=retention")
    form = page.get_by_role("form", name="Logs")
    form.get_by_label("Days").fill("0")
    expect(form.get_by_role("alert")).to_be_visible()
    expect(form.get_by_role("button", name="Save")).to_be_disabled()
    save = form.get_by_role("button", name="Save")
    form.get_by_label("Days").fill("30")
    save.click()
    with page.expect_response(written("POST")):
        page.get_by_role("dialog").get_by_role("button", name="Keep 30 days").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    rule = {"event_type": "retention", "object_type": "project_logs", "retention_days": 30}
    assert stored() == [rule]
    form.get_by_label("Days").fill("90")
    with page.expect_response(written("PATCH")):
        save.click()
    assert stored() == [{**rule, "retention_days": 90}]
    page.reload()
    expect(form.get_by_label("Days")).to_have_value("90")
    form.get_by_label("Days").fill("")
    with page.expect_response(written("DELETE")):
        save.click()
    assert stored() == []
    page.goto("about:blank")


def written(method: str) -> Callable[[Response], bool]:
    """Whether an answer is the one to a change of an automation."""
    return lambda answer: "/v1/project_automation" in answer.url and answer.request.method == method


def test_other_browsers_are_signed_out(page: Page, site: Site, browser: Browser) -> None:
    context = browser.new_context(
        base_url=site.server.url, user_agent="Mozilla/5.0 (X11; Linux) Firefox/140.0"
    )
    other = site.sign_in(context.new_page())
    page.goto(f"{SETTINGS}personal")
    sessions = page.get_by_role("region", name="Sessions")
    expect(sessions.get_by_role("listitem").filter(has_text="Firefox on Linux").first).to_be_visible()
    expect(sessions.get_by_role("listitem").filter(has_text="this browser")).to_have_count(1)
    sessions.get_by_role("button", name="Sign out everywhere else").click()
    expect(sessions.get_by_role("listitem")).to_have_count(1)
    other.goto("/app/local")
    other.wait_for_url("**/login**")
    context.close()


def test_what_opens_first_and_how_it_looks(page: Page) -> None:
    page.goto("/app/local/p/pages/datasets")
    expect(page.get_by_role("heading", name="Datasets", exact=True)).to_be_visible()
    page.goto(f"{SETTINGS}personal")
    page.get_by_label("Theme").select_option("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.get_by_label("Times in").select_option("utc")
    page.get_by_label("Opens with").select_option("last")
    page.goto("/app")
    page.wait_for_url("**/p/pages/overview**")


PANELS = {
    "audit log": (f"{SETTINGS}audit", "Audit log"),
    "health": (f"{SETTINGS}health", "Health"),
    "members": (f"{SETTINGS}members", "Members"),
    "personal": (f"{SETTINGS}personal", "Personal"),
    "access": ("/app/local/p/pages/settings?tab=access", "Who has access"),
    "retention": ("/app/local/p/pages/settings?tab=retention", "Retention"),
}


def test_everybody_can_use_the_panels(both: list[Page], site: Site) -> None:
    found: dict[str, list[str]] = {}
    for page in both:
        width = page.viewport_size["width"]  # type: ignore[index]
        for name, (path, title) in PANELS.items():
            page.goto(path)
            expect(page.locator("main").get_by_role("heading", level=2, name=title)).to_be_visible()
            expect(page.get_by_role("status", name=re.compile("^Loading"))).to_have_count(0)
            if name == "audit log":
                page.get_by_role("grid").get_by_role("row").nth(1).click()
                expect(page.get_by_role("region", name="Entry")).to_be_visible()
            time.sleep(0.2)  # colours fade for a moment, and axe measures what it sees
            if violations := serious_violations(page):
                found[f"{name} at {width}"] = violations
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
            page.goto("about:blank")
    assert found == {}
