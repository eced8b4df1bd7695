"""What is wrong with the rows of a dataset taken together, and how they did by scores of either direction."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.accessibility import serious_violations
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "checked rows"
URL = f"/app/local/p/{PROJECT}/datasets/questions"
LONG = "my parcel has not come and the tracking page says nothing about it at all"


def rows() -> list[dict[str, Any]]:
    made = [
        {
            "id": f"r{number}",
            "input": f"question {number} of its own",
            "expected": f"answer {number}",
            "metadata": {"talk": f"talk {number // 2}", "split": "test" if number % 4 > 1 else "train"},
        }
        for number in range(8)
    ]
    made[1]["metadata"]["split"] = "test"
    made[6]["input"] = "Question 5 of  its OWN"
    made[7]["expected"] = None
    for name, text in (("near", LONG), ("nearer", f"{LONG} today")):
        made.append({"id": name, "input": text, "expected": "x", "metadata": {"split": "train"}})
    return made


@pytest.fixture(scope="module")
def dataset(site: Site) -> str:
    """Id of a dataset with a torn group, a double, a near double, and a row without an expected value."""
    ask = site.server.request
    project = ask("POST", "/v1/project", {"name": PROJECT})["id"]
    made = ask("POST", "/v1/dataset", {"project_id": project, "name": "questions"})["id"]
    ask("POST", f"/v1/dataset/{made}/insert", {"events": rows()})
    for body in (
        {"name": "Lies", "score_type": "slider", "config": {"direction": "lower"}},
        {"name": "Worst", "score_type": "minimum", "categories": ["Fit", "Lies"]},
    ):
        ask("POST", "/v1/project_score", {"project_id": project, **body})
    for run in ("nightly one", "nightly two"):
        body = {"project_id": project, "name": run, "dataset_id": made}
        experiment = ask("POST", "/v1/experiment", body)["id"]
        events = [
            {
                "id": f"{run} {row} {trial}", "input": row, "output": "x",
                "scores": {"Fit": fit if trial == 0 else fit + 0.2, "Lies": lies},
                "origin": {"object_type": "dataset", "object_id": made, "id": row},
            }
            for row, fit, lies in (("r0", 0.1, 0.9), ("r1", 0.4, 0.1), ("r2", 0.7, 0.5))
            for trial in range(2)
        ]  # fmt: skip
        ask("POST", f"/v1/experiment/{experiment}/insert", {"events": events})
    return made


def check(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_rows_are_checked_against_each_other(page: Page, dataset: str) -> None:
    page.goto(URL)
    page.get_by_role("button", name="Checks").click()
    leaks = check(page, "Groups in several splits")
    expect(leaks.get_by_role("combobox")).to_have_value("talk")
    expect(leaks.get_by_role("listitem")).to_have_count(1)
    expect(leaks.get_by_role("listitem")).to_contain_text(re.compile("talk 0.*test.*train.*2 rows"))
    same = check(page, "The same input twice")
    expect(same.get_by_role("listitem")).to_have_count(1)
    expect(same.get_by_role("listitem")).to_contain_text("other things are expected")
    near = check(page, "Nearly the same input")
    expect(near.get_by_role("listitem")).to_have_count(1)
    expect(near.get_by_role("listitem")).to_contain_text("94")
    expect(check(page, "Nothing expected")).to_contain_text("1 row has no expected value")
    leaks.get_by_role("listitem").get_by_role("button").click()
    page.wait_for_url(re.compile("f=id"))
    assert "tab" not in unquote(page.url)
    grid = page.get_by_role("grid", name="Rows")
    expect(grid.get_by_role("row")).to_have_count(3)
    page.go_back()
    check(page, "Nothing expected").get_by_role("button").click()
    expect(grid.get_by_role("row")).to_have_count(2)


def test_hard_rows_come_first_by_the_direction_of_the_score(page: Page, dataset: str) -> None:
    page.goto(f"{URL}?tab=performance")
    grid = page.get_by_role("grid", name="Performance")
    first = grid.get_by_role("row").nth(1)
    expect(page.get_by_text("of scores where less is better, 1 − x counts")).to_be_visible()
    expect(first).to_contain_text("question 0")
    for score, hardest, mean in (("Fit", "0", "0.20"), ("Lies", "0", "0.90"), ("Worst", "1", "0.10")):
        page.get_by_title("Score", exact=True).click()
        page.get_by_role("menuitemradio", name=score).click()
        expect(first).to_contain_text(f"question {hardest}")
        expect(first).to_contain_text(mean)
    page.get_by_title("Score", exact=True).click()
    page.get_by_role("menuitemradio", name="Fit").click()
    expect(grid.get_by_text("flaky 2/2")).to_have_count(1)
    expect(grid.get_by_role("row").filter(has_text="flaky")).to_contain_text("question 1")
    expect(page.get_by_role("columnheader", name="…one")).to_be_visible()


def test_checks_can_be_read_by_everyone(both: list[Page], dataset: str) -> None:
    for page in both:
        page.goto(f"{URL}?tab=checks")
        expect(check(page, "Nearly the same input").get_by_role("listitem")).to_have_count(1)
        assert serious_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
