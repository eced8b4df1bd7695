"""A comparison with many baselines: what they say in short, with room for the cases."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "many baselines"
URL = f"/app/local/p/{PROJECT}/experiments/new"
BASELINES = ("poor", "weak", "same", "good")
RIGHT = {"poor": 0, "weak": 0, "same": 10, "good": 20, "new": 10}
"""Of twenty cases, how many each answers rightly."""
ALL = "&".join(f"c={name}" for name in BASELINES)


@pytest.fixture(scope="module")
def many(site: Site) -> str:
    """Id of a project with an experiment and four to compare it with."""
    ask = site.server.request
    project = ask("POST", "/v1/project", {"name": PROJECT})["id"]
    for name, right in RIGHT.items():
        made = ask("POST", "/v1/experiment", {"project_id": project, "name": name})["id"]
        rows = [
            {**row, "project_id": project, "experiment_id": made}
            for case in range(20)
            for row in eval_trace(
                f"many-{name}-{case}", input=f"question {case}", output=f"{name} answers {case}", at=case,
                scores={"Fit": float(case < right), "Tone": 0.5, "Safe": 1.0, "Short": 0.25},
            )
        ]  # fmt: skip
        ask("POST", "/logs3", {"rows": rows})
    return project


def verdicts(page: Page) -> Locator:
    return page.get_by_role("region", name="Verdicts")


def rows_in_view(page: Page) -> int:
    """Cases of which the whole is on the screen."""
    rows = page.get_by_role("grid", name="Cases").get_by_role("row").filter(has_text="question")
    expect(rows.first).to_be_attached()
    boxes = [row.bounding_box() for row in rows.all()]
    return sum(1 for box in boxes if box and box["y"] + box["height"] <= DESKTOP["height"])


def test_many_baselines_leave_room_for_cases_and_open_with_a_click(page: Page, many: str) -> None:
    page.goto(f"{URL}?{ALL}")
    fit = verdicts(page).locator("[data-name=Fit]")
    expect(fit).to_contain_text("0.50")
    expect(fit.locator("[data-verdict=better]")).to_have_text("2 better")
    expect(fit.locator("[data-verdict=worse]")).to_have_text("1 worse")
    expect(fit.locator("[data-against]")).to_have_count(0)
    assert rows_in_view(page) >= 6
    fit.click()
    page.wait_for_url("**score=Fit**")
    expect(fit).to_have_attribute("aria-pressed", "true")
    verdicts(page).get_by_role("button", name="Show each baseline").click()
    expect(fit.locator("[data-against]")).to_have_count(4)
    page.reload()
    expect(fit.locator("[data-against]")).to_have_count(4)  # remembered
    verdicts(page).get_by_role("button", name="One line each").click()
    expect(fit.locator("[data-against]")).to_have_count(0)


def test_two_baselines_stand_one_by_one(page: Page, many: str) -> None:
    page.goto(f"{URL}?c=poor&c=weak")
    expect(verdicts(page).locator("[data-name=Fit] [data-against]")).to_have_count(2)
    expect(verdicts(page).get_by_role("button", name="One line each")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_folded_verdicts_can_be_read_by_everyone(site: Site, browser: Browser, many: str, dark: bool) -> None:
    for size in (DESKTOP, PHONE):
        with watched_page(browser, site.server.url, size=size, dark=dark) as page:
            site.sign_in(page)
            page.goto(f"{URL}?{ALL}")
            expect(verdicts(page).locator("[data-name=Fit]")).to_contain_text("2 better")
            assert serious_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.goto("about:blank")
