"""What somebody who has not seen the product wants to do first, by the words on the screen, in few actions.

`docs/design/018-try-out.md` says where the tasks and their limits come from. A limit is a promise: raise it only with
a reason written there.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, watched_page
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

PROJECT = "newcomer"
BASE = f"/app/local/p/{PROJECT}"
TRACES, CASES, TO_LABEL = 24, 40, 10


@dataclass
class Person:
    """Uses a page by what can be read on it; counts every click, key and typed word as one action."""

    page: Page
    actions: int = 0

    def click(self, label: str, within: Locator | None = None) -> None:
        """Click the first thing that shows exactly these words."""
        self.actions += 1
        (within or self.page.locator("body")).get_by_text(label, exact=True).locator(
            "visible=true"
        ).first.click()

    def point_at(self, hint: str | re.Pattern[str]) -> None:
        """Click a field by the hint that stands in it."""
        self.actions += 1
        self.page.get_by_placeholder(hint).click()

    def type(self, words: str) -> None:
        """Type where the cursor is, without a click before."""
        self.actions += 1
        self.page.keyboard.type(words)

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def reads(self, words: str | re.Pattern[str], within: Locator | None = None) -> None:
        """It is on the screen: no scrolling, no hovering."""
        found = (within or self.page.locator("body")).get_by_text(words).locator("visible=true")
        expect(found.first).to_be_in_viewport()


@pytest.fixture(scope="module")
def project(site: Site) -> str:
    """Id of a project as a newcomer finds it: traces of which some failed, a dataset, two experiments, no question."""
    project_id = site.project(PROJECT, TRACES)
    site.server.request("POST", "/v1/dataset", {"project_id": project_id, "name": "hard cases"})
    dice = random.Random(3)
    for name, good in (("before", 0.3), ("after", 0.9)):
        made = site.server.request("POST", "/v1/experiment", {"project_id": project_id, "name": name})["id"]
        events: list[dict[str, Any]] = [
            {"input": f"case {case}", "output": name, "scores": {"Correct": float(dice.random() < good)}}
            for case in range(CASES)
        ]
        site.server.request("POST", f"/v1/experiment/{made}/insert", {"events": events})
    return project_id


@pytest.fixture
def person(page: Page, project: str) -> Iterator[Person]:
    """Somebody in front of the logs, where a project opens."""
    page.goto(f"{BASE}/logs")
    expect(page.get_by_test_id("logs-count")).to_contain_text(f"{TRACES} traces")
    yield Person(page)
    page.goto("about:blank")


@pytest.fixture
def on_a_phone(site: Site, browser: Browser, project: str) -> Iterator[Person]:
    with watched_page(browser, site.server.url, size=PHONE) as page:
        site.sign_in(page)
        page.goto(f"{BASE}/logs")
        yield Person(page)
        page.goto("about:blank")


def find_a_failing_trace(person: Person) -> None:
    """By the fields and their values: nothing has to be known."""
    person.click("Fields")
    person.click("with an error")
    expect(person.page.get_by_test_id("logs-count")).to_contain_text("3 traces")
    person.click("question 10", person.page.get_by_role("grid"))
    person.reads("the model timed out")


def test_find_a_failing_trace(person: Person) -> None:
    find_a_failing_trace(person)
    assert person.actions <= 3


def test_find_a_failing_trace_by_typing_what_one_looks_for(person: Person) -> None:
    person.point_at(re.compile("^Search text"))
    person.type("failed")
    person.reads("Filter by")
    person.press("Enter")
    expect(person.page.get_by_test_id("logs-count")).to_contain_text("3 traces")
    person.click("question 10", person.page.get_by_role("grid"))
    person.reads("the model timed out")
    assert person.actions <= 4


def test_add_it_to_a_dataset_knowingly(person: Person, site: Site) -> None:
    find_a_failing_trace(person)
    person.actions = 0
    person.click("Add to dataset")
    dialog = person.page.get_by_role("dialog", name="Add to dataset")
    person.reads("The row has no answer to expect yet; it can be written in the dataset.")
    expect(dialog.get_by_text("this span")).to_have_count(0)  # no choice where there is none
    person.click("Add 1 row", dialog)
    person.reads("1 row added to hard cases")
    assert person.actions <= 2
    (row,) = site.server.sql(f"SELECT expected, origin.id AS origin FROM dataset('{PROJECT}/hard cases')")
    assert row == {"expected": None, "origin": "trace-010"}
    person.click("Add to dataset")
    person.reads("It is in this dataset already.")
    expect(dialog.get_by_role("button", name="Add it again")).to_be_enabled()


def test_say_which_experiment_is_better_and_how_sure_that_is(person: Person) -> None:
    person.click("Experiments")
    person.click("after", person.page.get_by_role("grid"))
    person.reads(re.compile(r"^Against before:"))
    note = person.page.get_by_role("note", name="In short")
    expect(note).to_contain_text("better at Correct")
    expect(note).to_contain_text("95 % confidence")
    person.reads(re.compile(r"^95 %: \+0\.\d\d … \+0\.\d\d$"))
    assert person.actions <= 2


def test_label_ten_rows(person: Person, site: Site, project: str) -> None:
    page = person.page
    person.click("Review")
    person.click("Quick review", page.get_by_role("main"))
    person.click("Make the first question")
    person.reads("Everyone who reviews rows of this project is asked the same.")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    person.type("Good answer")
    person.press("Enter")
    person.click("Done")
    expect(page.get_by_role("dialog")).to_have_count(0)
    row = page.get_by_role("article", name="Row")
    for number in range(TO_LABEL):
        expect(row).to_contain_text(f"question {number}")  # nobody answers what is not there yet
        with page.expect_response(lambda response: response.url.endswith("/insert") and response.ok):
            person.press("12"[number % 2])
        person.reads(f"{number + 1} of {TRACES}")
        person.press("Enter")
        expect(page.get_by_text(f"{number + 2} of {TRACES}", exact=True)).to_be_visible()
    assert person.actions <= 6 + 2 * TO_LABEL
    where = 'scores."Good answer" IS NOT NULL'
    (found,) = site.server.sql(
        f"SELECT count(*) AS n, avg(scores.\"Good answer\") AS mean FROM project_logs('{project}') WHERE {where}"
    )
    assert found == {"n": TO_LABEL, "mean": 0.5}


def test_chart_cost_by_model(person: Person) -> None:
    person.click("Monitor")
    person.click("Divide by")
    person.click("Model", person.page.get_by_role("menu"))
    line = person.page.get_by_role("figure", name="Cost").get_by_role("listitem")
    expect(line).to_contain_text("test-model")
    expect(line).to_contain_text("$")
    expect(line).to_be_in_viewport()
    assert person.actions <= 3


def test_a_trace_and_a_comparison_on_a_phone(on_a_phone: Person) -> None:
    person = on_a_phone
    person.click("question 10")
    person.reads("the model timed out", person.page.get_by_test_id("span-detail"))
    assert person.actions <= 1
    person.page.go_back()
    person.actions = 0
    person.click("Experiments")
    person.reads("vs before")
    person.click("after")
    person.reads(re.compile(r"^Against before:"))
    assert person.actions <= 2


def test_a_long_row_leaves_its_question_on_the_screen_of_a_phone(on_a_phone: Person, site: Site) -> None:
    page, ask = on_a_phone.page, site.server.request
    project_id = ask("POST", "/v1/project", {"name": "long rows"})["id"]
    output = {f"line {number}": "a playlist" for number in range(80)}
    rows = [{"id": f"long-{number}", "input": f"question {number}", "output": output} for number in range(2)]
    ask("POST", "/logs3", {"rows": [{**row, "project_id": project_id, "log_id": "g"} for row in rows]})
    choices = [{"name": "good", "value": 1}, {"name": "bad", "value": 0}]
    question = {"project_id": project_id, "name": "Good", "score_type": "categorical", "categories": choices}
    score = ask("POST", "/v1/project_score", question)["id"]
    queue = ask(
        "POST",
        "/v1/review_queue",
        {
            "project_id": project_id,
            "name": "Long",
            "questions": [{"project_score_id": score, "required": True}],
        },
    )["id"]
    source = {"object_type": "project_logs", "object_id": project_id}
    ask("POST", f"/v1/review_queue/{queue}/items", {"from": source})
    for path, goes_on in (("quick", "Next to review"), (f"{queue}/work", "Hand in")):
        page.goto(f"/app/local/p/long%20rows/review/{path}")
        answer = page.get_by_role("button", name=re.compile("good"))
        expect(answer).to_be_in_viewport(ratio=1)
        expect(page.get_by_role("article", name="Row").get_by_text("question")).to_be_in_viewport()
        answer.click()
        expect(page.get_by_role("button", name=goes_on)).to_be_in_viewport(ratio=1)
