"""Values of megabytes, structured ones, and groups by tag on the comparison of experiments."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "large values"
PAGE = "/app/local/p/large%20values/experiments"
WORDS = [f"step {i} took part{i * 7} and left it; " for i in range(52_000)]
RECORDS = [{"id": i, "name": f"record {i}", "tags": ["a", "b"]} for i in range(30_000)]


def outputs(new: bool) -> list[Any]:
    """Two megabytes of text, two of JSON, a small record, and text again, in which a few words differ."""
    words, records = list(WORDS), list(RECORDS)
    if new:
        words[3], words[51_990] = "a beginning; ", "an ending; "
        records[20_000] = {**records[20_000], "name": "another name"}
        del records[17]
    record = {
        "city": "Paris",
        "sights": ["Louvre", "Pantheon"],
        "rating": {"stars": 5 if new else 4, "by": "us"},
    }
    if new:
        record |= {"sights": ["Louvre", "Opera", "Pantheon"]}
        del record["city"]
    return ["".join(words), records, record, f"plain {'new' if new else 'old'} words"]


@pytest.fixture(scope="module")
def pair(site: Site) -> tuple[str, str]:
    """Ids of a run and of its baseline."""
    project = site.server.request("POST", "/v1/project", {"name": PROJECT})["id"]
    ids = []
    for name in ("before", "after"):
        made = site.server.request("POST", "/v1/experiment", {"project_id": project, "name": name})["id"]
        common = {"project_id": project, "experiment_id": made}
        for number, output in enumerate(outputs(name == "after")):
            rows = eval_trace(
                f"{name}-{number}", input=f"case {number}", output=output, at=number,
                scores={"Right": 1.0 if name == "after" and number < 2 else 0.5},
                tags=[["text", "large"], ["json", "large"], ["json"], []][number],
            )  # fmt: skip
            site.server.request("POST", "/logs3", {"rows": [{**row, **common} for row in rows]})
        ids.append(made)
    return ids[1], ids[0]


def cell(page: Page, number: int) -> Any:
    grid = page.get_by_role("grid", name="Cases")
    return grid.get_by_role("row").filter(has=page.get_by_text(f"case {number}", exact=True))


def test_texts_and_lists_of_megabytes_are_compared_to_the_last_word(
    page: Page, pair: tuple[str, str]
) -> None:
    assert len("".join(WORDS)) > 2_000_000
    page.goto(f"{PAGE}/after?c=before")
    text, records, record = (cell(page, number) for number in range(3))
    expect(text.locator("ins")).to_have_text(["a beginning", "an ending"])
    expect(text.locator("del").first).to_contain_text("part21")
    expect(records.locator("[data-change=removed]")).to_contain_text('"id":17,')
    changed = records.locator("[data-change=changed]")
    expect(changed).to_have_attribute("data-path", "[19999].name")
    expect(changed.locator("ins")).to_contain_text("another name")
    assert {
        (one.get_attribute("data-change"), one.get_attribute("data-path"))
        for one in record.locator("[data-change]").all()
    } == {("removed", "city"), ("added", "sights[1]"), ("changed", "rating.stars")}
    assert page.locator("[role=grid] *").count() < 3000
    # The page answers while megabytes are on show: other layouts, and a trace.
    page.get_by_role("button", name="Diff", exact=True).click()
    expect(text.get_by_role("button", name=re.compile("more characters"))).to_be_attached()
    expect(text).to_contain_text("step 1 took part7 and left it; step 2 took")
    page.get_by_role("button", name=re.compile("^Grid")).click()
    expect(cell(page, 3)).to_contain_text("plain old words")
    cell(page, 3).get_by_role("button", name="Trace in after").click()
    expect(page.get_by_role("region", name="Trace")).to_contain_text("plain new words")


def test_a_long_text_is_shown_to_its_end_in_steps(page: Page, pair: tuple[str, str]) -> None:
    page.goto(f"{PAGE}/after?c=none")
    text = cell(page, 0)
    text.get_by_role("button", name="More", exact=True).click()
    expect(text).not_to_contain_text("step 700 took")
    expect(text.locator("ins")).to_have_count(0)  # without a baseline there is nothing to compare with
    text.get_by_role("button", name=re.compile("more characters")).click()
    expect(text).to_contain_text("step 700 took")


def test_groups_by_tag_count_a_case_under_each_and_list_their_cases(
    page: Page, site: Site, pair: tuple[str, str]
) -> None:
    after, before = pair
    page.goto(f"{PAGE}/after?c=before")
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_role("menuitemradio", name="tags").click()
    page.wait_for_url("**slice=tags**")
    table = page.get_by_role("region", name="Slices")
    found = site.server.request("GET", f"/v1/experiment/{after}/compare?to={before}&slice=tags")
    assert {one["value"]: one["cases"]["total"] for one in found["slices"]} == {
        "large": 2, "json": 2, "text": 1, None: 1,
    }  # fmt: skip
    for one in found["slices"]:
        line = table.locator(f"[data-slice='{one['value'] or ''}']")
        expect(line).to_contain_text(one["scores"][0]["verdict"])
    rows = page.get_by_role("grid", name="Cases")
    table.get_by_role("button", name="json").click()
    expect(rows).to_have_attribute("aria-rowcount", "3")
    page.wait_for_url("**part=json**")
    table.get_by_role("button", name="none").click()
    expect(rows).to_have_attribute("aria-rowcount", "2")
    expect(cell(page, 3)).to_be_visible()
    table.get_by_role("button", name="none").click()
    expect(rows).to_have_attribute("aria-rowcount", "5")
    page.get_by_role("button", name="Group by tags").click()
    page.get_by_role("menuitemradio", name="input", exact=True).click()
    expect(table.locator("[data-slice='case 2']")).to_be_visible()


def test_the_comparison_can_be_used_by_everyone(both: list[Page], pair: tuple[str, str]) -> None:
    for page in both:
        page.goto(f"{PAGE}/after?c=before&slice=tags&part=json")
        expect(page.get_by_role("region", name="Slices").get_by_role("button", name="none")).to_be_visible()
        expect(page.locator("[data-path='rating.stars']")).to_be_visible()
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
