"""What sets some traces apart from the others: of a filter, of selected rows, by keyboard, on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "explained"
LOGS = f"/app/local/p/{PROJECT}/logs?t=all"
FAILED = f"{LOGS}&f=error+IS+NOT+NULL"


@pytest.fixture(scope="module", autouse=True)
def planted(site: Site) -> Iterator[None]:
    """Sixty traces; the fifteen that failed, and two others, used a tool the rest did not."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})["id"]
    rows = []
    for number in range(60):
        failed, root = number % 4 == 0, f"e{number:02}"
        common = {"project_id": project, "log_id": "g", "root_span_id": root}
        rows += [
            {**common, "id": root, "span_id": root, "input": f"question {number}",
             "error": "no answer" if failed else None, "metadata": {"request": f"r{number}", "tier": "it's"},
             "span_attributes": {"name": "agent", "type": "task"}},
            {**common, "id": f"{root}-t", "span_id": f"{root}-t", "span_parents": [root],
             "span_attributes": {"name": "search" if failed or number in (1, 2) else "browse", "type": "tool"}},
        ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": rows})
    yield
    site.server.request("DELETE", f"/v1/project/{project}")


def explained(page: Page) -> Locator:
    return page.get_by_role("dialog", name="What sets these traces apart")


def test_a_filter_is_explained_and_narrowed(page: Page) -> None:
    page.goto(FAILED)
    page.get_by_role("button", name="Explain", exact=True).click()
    dialog = explained(page)
    expect(dialog).to_contain_text("15 traces against the 45 others")
    lines = dialog.get_by_role("list", name="What is more or less common").get_by_role("button")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("search")
    expect(lines.first).to_contain_text("100 % of these4 % of the others")
    expect(lines.first).to_have_attribute(
        "title", re.compile(r"^\d\d % to \d\d % more of these have it \(95 % interval, corrected p ")
    )
    expect(lines.last).to_contain_text("never in these")
    expect(dialog).to_contain_text(re.compile("every trace has its own: Error"))
    page.reload()
    expect(explained(page)).to_contain_text("15 traces against the 45 others")
    lines.first.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("span_attributes.name is search")).to_be_visible()
    expect(page.get_by_test_id("logs-count")).to_contain_text("15 traces")
    page.go_back()
    expect(explained(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(explained(page)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("why="))


def test_selected_rows_are_explained(page: Page) -> None:
    page.goto(FAILED)
    page.get_by_label("Select all loaded rows").check()
    page.get_by_label("Remove Filter: error IS NOT NULL").click()
    expect(page.get_by_test_id("logs-count")).to_contain_text("60 traces")
    page.get_by_role("toolbar", name="Selected rows").get_by_role("button", name="Explain").click()
    expect(explained(page)).to_contain_text("15 traces against the 45 others")
    # What they were selected by is not known here, so it is told as well.
    expect(explained(page).get_by_role("button", name=re.compile("^Error with an error"))).to_be_visible()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("root_span_id+%3D+'none'", "No trace fulfils the filters."),
        ("true", "Every trace of this time is chosen"),
    ],
    ids=["none", "all"],
)
def test_nothing_to_tell_says_why(page: Page, asked: str, said: str) -> None:
    page.goto(f"{LOGS}&why=1&f={asked}")
    expect(explained(page)).to_contain_text(said)


def test_chance_is_not_told(page: Page) -> None:
    page.goto(f"{LOGS}&why=1&f=input+%3D+'question+1'")
    expect(explained(page)).to_contain_text("Nothing that is more than chance")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everyone_can_read_it(site: Site, browser: Browser, size: dict[str, int], *, dark: bool) -> None:
    with watched_page(browser, site.server.url, size=size, dark=dark) as page:
        site.sign_in(page).goto(f"{FAILED}&why=1")
        expect(explained(page).get_by_role("listitem")).to_have_count(2)
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_values_that_look_like_code_are_text_and_can_be_chosen(page: Page, site: Site) -> None:
    project = site.server.request("POST", "/v1/project", {"name": "explained badly"})["id"]
    evil = "<script>window.pwned=1</script>"
    rows = [
        {"project_id": project, "log_id": "g", "id": f"x{number}", "root_span_id": f"x{number}",
         "error": "no" if number < 12 else None, "tags": [f"\u202e{evil}"] if number < 12 else ["fine"],
         "metadata": {f"it's \"{evil}\"": evil if number < 12 else "o'k"},
         "span_attributes": {"name": evil, "type": "tool"} if number < 12 else {"name": "t", "type": "tool"}}
        for number in range(36)
    ]  # fmt: skip
    site.server.request("POST", "/logs3", {"rows": rows})
    page.goto("/app/local/p/explained%20badly/logs?t=all&why=1&f=error+IS+NOT+NULL")
    lines = explained(page).get_by_role("list", name="What is more or less common").get_by_role("button")
    expect(lines).to_have_count(6)
    for field, said, traces in (("Tag", "script", 12), ("Tool", "script", 12), ("metadata", "o'k", 24)):
        lines.filter(has_text=re.compile(f"^{field}")).filter(has_text=said).click()
        expect(page.get_by_test_id("logs-count")).to_have_text(re.compile(f"^{traces} traces"))
        page.go_back()
        expect(explained(page)).to_be_visible()
    assert page.evaluate("window.pwned") is None
    page.goto("about:blank")
    site.server.request("DELETE", f"/v1/project/{project}")
