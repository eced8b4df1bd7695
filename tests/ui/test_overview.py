"""The overview: what a project does against the time before, its verdicts, where it fails, what waits for people."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.support.browser import PHONE, watched_page
from tests.ui.conftest import Site, stamp

pytestmark = [pytest.mark.browser]

DAY = 86_400
HOME = "/app/local/p/overviews"


def request(number: int, start: float, *, failed: bool = False) -> list[dict[str, Any]]:
    """A root of two seconds with one step that costs a cent."""
    root = f"request-{number:03}"
    common = {"root_span_id": root, "created": stamp(start), "metrics": {"start": start, "end": start + 2}}
    return [
        {
            **common, "id": root, "span_id": root, "input": f"question {number}", "tags": ["slow"] if failed else None,
            "scores": {"Kind": 1, "Right": 0.25 if failed else 1}, "span_attributes": {"name": "agent", "type": "task"},
        },
        {
            **common, "id": f"{root}-step", "span_id": f"{root}-step", "root_span_id": root, "span_parents": [root],
            "error": "no such page" if failed else None, "span_attributes": {"name": "fetch", "type": "llm"},
            "metrics": {"start": start, "end": start + 1, "estimated_cost": 0.01},
        },
    ]  # fmt: skip


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    """Ten requests today, four of them failed; forty the week before, none failed; two experiments, one better."""
    server, now = site.server, time.time()
    project_id = server.request("POST", "/v1/project", {"name": "overviews"})["id"]
    rows = [row for i in range(10) for row in request(i, now - 600 * (i + 1), failed=i < 4)]
    rows += [row for i in range(10, 50) for row in request(i, now - 9 * DAY - 60 * i)]
    server.request(
        "POST", "/logs3", {"rows": [{**row, "project_id": project_id, "log_id": "g"} for row in rows]}
    )
    for name, right in (("before", 0.0), ("after", 1.0)):
        experiment = server.request("POST", "/v1/experiment", {"project_id": project_id, "name": name})["id"]
        common = {"project_id": project_id, "experiment_id": experiment}
        cases = [
            {**row, **common}
            for case in range(12)
            for row in eval_trace(f"{name}-{case}", input=f"case {case}", scores={"Right": right})
        ]
        server.request("POST", "/logs3", {"rows": cases})
    return project_id


@pytest.fixture
def overview(page: Page, project: str) -> Iterator[Page]:
    page.goto(HOME)
    page.wait_for_url(f"**{HOME}/overview")
    yield page
    page.goto("about:blank")


def tile(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name="In this time").get_by_role("link", name=title)


def test_numbers_stand_against_the_time_before(overview: Page) -> None:
    expect(tile(overview, "Traces")).to_contain_text("10")
    expect(tile(overview, "Traces")).to_contain_text("−75 % on before")
    expect(tile(overview, "Latency, p95")).to_contain_text("2.00 s")
    expect(tile(overview, "Latency, p95")).to_contain_text("±0 % on before")
    expect(tile(overview, "Cost")).to_contain_text("$0.10")


def test_a_rate_has_a_colour_only_where_chance_is_no_reason(overview: Page) -> None:
    errors = tile(overview, "Error rate")
    expect(errors).to_contain_text("40 %95 %: 17 % … 69 %")
    moved = errors.get_by_title("More than chance explains")
    expect(moved).to_have_text("+40 points on before")
    assert "text-worse" in (moved.get_attribute("class") or "")
    overview.get_by_role("button", name="Last 7 days").click()
    overview.get_by_role("menuitemradio", name="All time").click()
    expect(errors).to_contain_text("8.0 %")
    expect(errors).not_to_contain_text("before")


def test_a_number_leads_to_its_traces(overview: Page) -> None:
    tile(overview, "Error rate").click()
    expect(overview.get_by_test_id("logs-count")).to_contain_text("4 traces")


@pytest.mark.parametrize(
    ("where", "line", "rows"),
    [
        ("Steps with errors", "fetch4 errors", "4 spans"),
        ("Tags", "slow4 traces", "4 traces"),
        ("Lowest scores", "Right0.70 ±0.28", "10 traces"),
    ],
)
def test_what_fails_leads_to_its_logs(overview: Page, where: str, line: str, rows: str) -> None:
    found = overview.get_by_role("list", name=where).get_by_role("link").first
    expect(found).to_have_text(line)
    found.click()
    expect(overview.get_by_test_id("logs-count")).to_contain_text(rows)


def test_the_lowest_score_is_first(overview: Page) -> None:
    scores = overview.get_by_role("list", name="Lowest scores").get_by_role("listitem")
    expect(scores).to_have_text(["Right0.70 ±0.28", "Kind1.00 ±0.00"])


def test_experiments_say_their_verdict(overview: Page) -> None:
    runs = overview.get_by_role("region", name="Did it get better?").get_by_role("listitem")
    expect(runs.first).to_contain_text("after")
    expect(runs.first).to_contain_text("vs before")
    expect(runs.first.get_by_title("Chance is an unlikely reason")).to_have_text("Right +1.00")
    expect(runs.nth(1)).to_contain_text("Right 0.00")
    runs.first.click()
    overview.wait_for_url("**/experiments/after")


def test_queues_show_how_far_they_are(overview: Page, site: Site, project: str) -> None:
    score = {"project_id": project, "name": "Good", "score_type": "slider"}
    question = site.server.request("POST", "/v1/project_score", score)["id"]
    body = {"project_id": project, "name": "Refunds", "questions": [{"project_score_id": question}]}
    queue = site.server.request("POST", "/v1/review_queue", body)["id"]
    source = {"object_type": "project_logs", "object_id": project}
    site.server.request("POST", f"/v1/review_queue/{queue}/items", {"from": source})
    overview.reload()
    waits = overview.get_by_role("region", name="What waits for people?")
    expect(waits).to_contain_text("Refunds")
    expect(waits).to_contain_text("0 of 50")


def test_a_project_without_comparisons_says_the_next_steps(page: Page, site: Site) -> None:
    site.project("first steps", 3)
    page.goto("/app/local/p/first%20steps/overview")
    steps = page.get_by_role("region", name="From a trace to a verdict").get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.first.get_by_label("done")).to_be_visible()
    expect(steps.nth(1).get_by_label("to do")).to_be_visible()
    steps.nth(2).click()
    page.wait_for_url("**/experiments")


def test_a_project_with_nothing_says_how_to_begin(page: Page, site: Site) -> None:
    site.server.request("POST", "/v1/project", {"name": "nothing yet"})
    page.goto("/app/local/p/nothing%20yet/overview")
    expect(page.get_by_text("three steps to a verdict")).to_be_visible()
    expect(page.get_by_text('init_logger("nothing yet")')).to_be_visible()


def test_a_quiet_week_is_no_empty_project(page: Page, site: Site) -> None:
    project_id = site.server.request("POST", "/v1/project", {"name": "quiet"})["id"]
    rows = [{**row, "project_id": project_id, "log_id": "g"} for row in request(0, time.time() - 20 * DAY)]
    site.server.request("POST", "/logs3", {"rows": rows})
    page.goto("/app/local/p/quiet/overview")
    expect(page.get_by_role("heading", name="No traces in the last 7 days")).to_be_visible()
    page.get_by_role("button", name="Look at all time").click()
    expect(tile(page, "Traces")).to_contain_text("1")


@pytest.mark.parametrize("dark", [False, True])
def test_the_overview_can_be_used_on_a_phone(site: Site, browser: Browser, project: str, dark: bool) -> None:
    with watched_page(browser, site.server.url, size=PHONE, dark=dark) as page:
        site.sign_in(page)
        page.goto(f"{HOME}/overview")
        expect(page.get_by_role("region", name="Did it get better?")).to_contain_text("vs before")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert serious_violations(page) == []
