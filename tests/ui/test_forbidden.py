"""Every page as somebody who may only read, and as somebody who may see nothing: each says so, and none breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import DESKTOP, watched_page
from tests.support.people import join
from tests.ui.conftest import PROJECT, Site
from tests.ui.pages import ORGANIZATION_TABS, PROJECT_TABS, project_pages

pytestmark = [pytest.mark.browser]

HOME = f"/app/local/p/{PROJECT}"
ANSWERING = ("review/quick", "review/{queue}/work")
"""Pages of a project that are there to write answers: to a reader they say so."""
WRITING = re.compile(
    r"^(New (?!query)|Delete|Save\b|Remove|Revoke|Restore|Invite|Create\b|Give access|Dataset$|Prompt$|Scorer$|Row$|"
    r"Questions$|Queue$|Chart$|Make |Add to dataset|Tag$|Score$)"
)
"""Names of buttons that change something for everybody."""


def visitor(site: Site, browser: Browser, role: str) -> Iterator[Page]:
    key = join(site.server.data, role)  # type: ignore[arg-type]
    with watched_page(browser, site.server.url, size=DESKTOP) as made:
        made.goto(site.server.request("POST", "/api/session/link", {}, key=key)["url"])
        made.wait_for_url("**/app/**")
        yield made
        made.goto("about:blank")


@pytest.fixture
def viewer(site: Site, browser: Browser) -> Iterator[Page]:
    """Somebody who may read everything; a refused request fails the test, as it is an error in the console."""
    yield from visitor(site, browser, "viewer")


@pytest.fixture
def guest(site: Site, browser: Browser) -> Iterator[Page]:
    """Somebody in the organization whom nobody has given anything."""
    yield from visitor(site, browser, "guest")


def settled(page: Page) -> None:
    """The page shows what it has to show."""
    expect(page.locator("main")).not_to_be_empty()
    expect(page.get_by_role("status", name=re.compile("^Loading"))).to_have_count(0)


def writing_buttons(page: Page) -> list[str]:
    """Buttons in the page that would change something and can be pressed."""
    buttons = page.locator("main button:not(:disabled)")
    names = [(one.get_attribute("aria-label") or one.inner_text()).strip() for one in buttons.all()]
    return [name for name in names if WRITING.search(name)]


def test_a_reader_sees_every_page_and_no_button_that_would_be_refused(
    viewer: Page, site: Site, seen: dict[str, str]
) -> None:
    found: dict[str, list[str]] = {}
    for path in project_pages():
        address = f"{HOME}/{path.format(**seen)}"
        viewer.goto(address)
        settled(viewer)
        viewer.wait_for_load_state("networkidle")
        assert viewer.get_by_role("alert").count() == 0, (
            address,
            viewer.get_by_role("alert").all_inner_texts(),
        )
        expect(viewer.get_by_role("note").first).to_contain_text("ask owner@localhost")
        if buttons := writing_buttons(viewer):
            found[address] = buttons
    assert found == {}
    viewer.goto("/app/local")
    expect(viewer.get_by_role("link", name=PROJECT, exact=True)).to_be_visible()


def test_a_reader_sees_a_trace_and_a_row_and_cannot_change_them(
    viewer: Page, site: Site, seen: dict[str, str]
) -> None:
    viewer.goto(f"{HOME}/logs?t=all&r=trace-001")
    panel = viewer.get_by_role("region", name=re.compile("Trace"))
    expect(panel.get_by_text("You can read this, not answer.")).to_be_visible()
    expect(panel.get_by_role("button", name=re.compile("Add to dataset"))).to_have_count(0)
    assert panel.locator("fieldset button:not(:disabled)").count() == 0
    viewer.goto(f"{HOME}/datasets/seen")
    expect(viewer.get_by_role("grid", name="Rows").get_by_role("row")).to_have_count(2)
    viewer.get_by_role("grid", name="Rows").get_by_role("row").nth(1).click()
    row = viewer.get_by_role("region", name="Row", exact=True)
    expect(row).to_be_visible()
    expect(row.get_by_role("button", name=re.compile("Delete|Edit"))).to_have_count(0)


def test_a_reader_in_every_panel_of_the_settings(viewer: Page, seen: dict[str, str]) -> None:
    closed = {"audit", "health"}
    for tab in ORGANIZATION_TABS:
        viewer.goto(f"/app/local/settings?tab={tab}")
        settled(viewer)
        main = viewer.locator("main")
        expect(main.get_by_role("alert")).to_have_count(0)
        if tab in closed:
            expect(main).to_contain_text("You do not have permission")
            expect(main).to_contain_text("Ask owner@localhost")
        elif tab not in ("api-keys", "personal", "sharing"):
            expect(main.get_by_role("note").first).to_contain_text("that needs the permission to")
            assert writing_buttons(viewer) == [], tab
    for tab in PROJECT_TABS:
        viewer.goto(f"{HOME}/settings?tab={tab}")
        settled(viewer)
        expect(viewer.locator("main").get_by_role("alert")).to_have_count(0)
        expect(viewer.locator("section, form").get_by_role("note").first).to_contain_text(
            "that needs the permission"
        )
        assert writing_buttons(viewer) == [], tab


def test_a_reader_may_still_make_a_key_of_their_own(viewer: Page) -> None:
    viewer.goto("/app/local/settings?tab=api-keys")
    viewer.get_by_role("button", name="New key").click()
    viewer.get_by_role("dialog").get_by_label("Name").fill("mine")
    viewer.get_by_role("button", name="Create").click()
    expect(viewer.get_by_role("status").filter(has_text="not shown again")).to_be_visible()


def test_somebody_without_access_is_told_so_on_every_page(guest: Page, seen: dict[str, str]) -> None:
    for address in ("/app/local", *(f"{HOME}/{path.format(**seen)}" for path in project_pages())):
        guest.goto(address)
        settled(guest)
        main = guest.locator("main")
        expect(main.get_by_role("heading", name="You do not have permission")).to_be_visible()
        expect(main).to_contain_text("It needs the permission to read")
        expect(main).to_contain_text("Ask owner@localhost")
        assert writing_buttons(guest) == [], address


def test_somebody_without_access_in_every_panel_of_the_settings(guest: Page) -> None:
    for tab in ORGANIZATION_TABS:
        guest.goto(f"/app/local/settings?tab={tab}")
        settled(guest)
        main = guest.locator("main")
        if tab in ("api-keys", "personal"):
            expect(main.get_by_role("heading", level=2)).to_be_visible()
        else:
            expect(main.get_by_role("heading", name="You do not have permission")).to_be_visible()
            expect(main).to_contain_text("Ask owner@localhost")
        expect(main.get_by_role("alert")).to_have_count(0)


@pytest.fixture
def invited(site: Site, browser: Browser) -> Iterator[Page]:
    """A guest who was given the one project to read."""
    key = join(site.server.data, "guest")
    user = site.server.request("GET", "/api/me", key=key)["user"]["id"]
    rule = {"object_type": "project", "object_id": site.project_id, "permission": "read", "user_id": user}
    site.server.request("POST", "/v1/acl", rule)
    with watched_page(browser, site.server.url, size=DESKTOP) as made:
        made.goto(site.server.request("POST", "/api/session/link", {}, key=key)["url"])
        made.wait_for_url("**/app/**")
        yield made
        made.goto("about:blank")


def test_a_guest_of_one_project_walks_through_it(invited: Page, site: Site, seen: dict[str, str]) -> None:
    """The one project is listed and every page of it shows; nothing is refused behind their back."""
    hidden = site.server.request("POST", "/v1/project", {"name": "not for guests"})["id"]
    invited.goto("/app/local")
    settled(invited)
    rows = invited.locator("main tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(PROJECT)
    found: dict[str, list[str]] = {}
    for path in project_pages():
        address = f"{HOME}/{path.format(**seen)}"
        invited.goto(address)
        settled(invited)
        invited.wait_for_load_state("networkidle")
        assert invited.get_by_role("alert").count() == 0, address
        refused = invited.locator("main").get_by_role("heading", name="You do not have permission")
        expect(refused).to_have_count(1 if path in ANSWERING else 0)
        if buttons := writing_buttons(invited):
            found[address] = buttons
    assert found == {}
    invited.goto(f"{HOME}/logs?t=all")
    invited.get_by_role("grid", name="Traces").get_by_role("row").nth(1).click()
    expect(invited.get_by_test_id("span-detail").get_by_role("region", name="Input")).to_be_visible()
    site.server.request("DELETE", f"/v1/project/{hidden}")


def test_a_guest_of_one_project_in_the_settings(invited: Page, seen: dict[str, str]) -> None:
    """Each panel shows what is theirs, or says what it needs and whom to ask."""
    addresses = [
        *(f"/app/local/settings?tab={tab}" for tab in ORGANIZATION_TABS),
        *(f"{HOME}/settings{f'?tab={tab}' if tab else ''}" for tab in PROJECT_TABS),
    ]
    for address in addresses:
        invited.goto(address)
        settled(invited)
        invited.wait_for_load_state("networkidle")
        main = invited.locator("main")
        expect(main.get_by_role("heading", level=2).first).to_be_visible()
        assert main.get_by_role("alert").count() == 0, (address, main.get_by_role("alert").all_inner_texts())
        if main.get_by_role("heading", name="You do not have permission").count():
            expect(main).to_contain_text("Ask owner@localhost")


def test_a_page_refused_by_the_server_says_what_is_missing(rough_page: Page, site: Site) -> None:
    refusal = {
        "error": {
            "code": "forbidden",
            "message": "Your role 'viewer' may not read experiment 'x'; ask an owner of 'local'.",
            "action": "read",
            "object_type": "experiment",
        }
    }
    rough_page.route("**/v1/experiment?**", lambda route: route.fulfill(status=403, json=refusal))
    rough_page.goto(f"{HOME}/experiments")
    alert = rough_page.get_by_role("alert")
    expect(alert).to_contain_text("You do not have permission")
    expect(alert).to_contain_text("It needs the permission to read experiment. Ask owner@localhost.")
    rough_page.goto("about:blank")
