"""Scores that people give in the table of cases: by click and by keyboard, one at a time, against a baseline or not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.server.verdicts.traces import eval_trace
from tests.support.accessibility import serious_violations
from tests.support.browser import DESKTOP, PHONE, watched_page
from tests.support.people import join
from tests.ui.conftest import Site

pytestmark = [pytest.mark.browser]

CASES = 5
QUESTIONS: list[dict[str, Any]] = [
    {"name": "Correct", "score_type": "categorical",
     "categories": [{"name": "right", "value": 1}, {"name": "wrong", "value": 0}]},
    {"name": "Tone", "score_type": "slider"},
    {"name": "Faults", "score_type": "categorical", "config": {"multi_select": True},
     "categories": [{"name": "made up", "value": 0}, {"name": "rude", "value": 0.5}]},
    {"name": "Note", "score_type": "free-form"},
]  # fmt: skip
ALL = "".join(f"&ask={question['name']}" for question in QUESTIONS)


class Judged:
    """A project of its own with two runs of the same cases, the last case of each in two trials."""

    def __init__(self, site: Site, project: str) -> None:
        self.site, self.project = site, project
        ask = site.server.request
        self.id = ask("POST", "/v1/project", {"name": project})["id"]
        for question in QUESTIONS:
            ask("POST", "/v1/project_score", {"project_id": self.id, **question})
        self.ids = {}
        for name in ("before", "after"):
            self.ids[name] = ask("POST", "/v1/experiment", {"project_id": self.id, "name": name})["id"]
            common = {"project_id": self.id, "experiment_id": self.ids[name]}
            rows = [
                {**row, **common}
                for case in range(CASES)
                for trial in range(2 if case == CASES - 1 else 1)
                for row in eval_trace(
                    f"{name}-{case}-{trial}", input=f"question {case}", output=f"{name} answers {case}",
                    at=10 * case + trial, scores={"Fit": float(case % 2)},
                )
            ]  # fmt: skip
            ask("POST", "/logs3", {"rows": rows})

    def page(self, query: str = "c=before") -> str:
        return f"/app/local/p/{self.project}/experiments/after?{query}"

    def said(self, name: str = "after") -> dict[str, dict[str, Any]]:
        """Scores and notes of the root rows, by trace: what people said and nothing else."""
        rows = self.site.server.sql(
            f"SELECT root_span_id, scores, metadata FROM experiment('{self.ids[name]}') WHERE is_root"
        )
        said = {
            row["root_span_id"]: {**(row["scores"] or {}), **((row["metadata"] or {}).get("review") or {})}
            for row in rows
        }
        return {trace: answers for trace, answers in said.items() if answers}


def expect_said(page: Page, judged: Judged, expected: dict[str, dict[str, Any]]) -> None:
    """Answers show before they are written: wait until the last one is."""
    for _ in range(100):
        if judged.said() == expected:
            break
        page.wait_for_timeout(100)
    assert judged.said() == expected


def case(page: Page, number: int) -> Locator:
    rows = page.get_by_role("grid", name="Cases").get_by_role("row")
    return rows.filter(has=page.get_by_text(f"question {number}", exact=True))


def cell(page: Page, number: int, question: str) -> Locator:
    return case(page, number).get_by_role("button", name=re.compile(f"^{question}: "))


def question(page: Page, name: str) -> Locator:
    return page.get_by_role("dialog", name=name, exact=True)


def test_each_kind_of_question_is_answered_from_the_table(page: Page, site: Site) -> None:
    judged = Judged(site, "judged in the table")
    page.goto(judged.page())
    expect(case(page, 0)).to_be_visible()
    expect(page.get_by_role("columnheader", name="Correct")).to_have_count(0)
    page.get_by_role("button", name="Human scores").click()
    for name in ("Correct", "Tone", "Faults", "Note"):
        page.get_by_role("menuitemcheckbox", name=name).click()
    page.keyboard.press("Escape")
    page.wait_for_url("**ask=Correct&ask=Tone&ask=Faults&ask=Note**")
    cell(page, 0, "Correct").click()
    question(page, "Correct").get_by_role("button", name="wrong").click()
    expect(question(page, "Correct")).to_have_count(0)
    expect(cell(page, 0, "Correct")).to_have_accessible_name("Correct: wrong")
    cell(page, 0, "Tone").click()
    slider = question(page, "Tone").get_by_role("slider")
    slider.fill("0.25")
    page.keyboard.press("Escape")
    expect(cell(page, 0, "Tone")).to_have_accessible_name("Tone: 0.25")
    cell(page, 1, "Faults").click()
    for name in ("made up", "rude"):
        question(page, "Faults").get_by_role("button", name=name).click()
    page.keyboard.press("Escape")
    expect(cell(page, 1, "Faults")).to_have_accessible_name("Faults: made up, rude")
    cell(page, 1, "Note").click()
    question(page, "Note").get_by_role("textbox").fill("too long")
    page.keyboard.press("Escape")
    expect(cell(page, 1, "Note")).to_have_accessible_name("Note: too long")
    expect(page).to_have_url(re.compile("/after"))
    assert "r=" not in page.url, "no trace was opened"
    # The mean beside it follows: it is the same score.
    expect(page.get_by_role("region", name="Verdicts").locator("[data-name=Correct]")).to_contain_text("0.00")
    expect_said(
        page,
        judged,
        {
            "after-0-0": {"Correct": 0, "Tone": 0.25},
            "after-1-0": {"Faults": ["made up", "rude"], "Note": "too long"},
        },
    )
    assert judged.said("before") == {}, "the row of the experiment on show is what is scored"
    page.reload()
    expect(cell(page, 1, "Faults")).to_have_accessible_name("Faults: made up, rude")
    cell(page, 0, "Correct").click()
    question(page, "Correct").get_by_role("button", name="wrong").click()
    expect(cell(page, 0, "Correct")).to_have_accessible_name("Correct: not answered")


def test_the_keyboard_scores_case_after_case(page: Page, site: Site) -> None:
    judged = Judged(site, "judged by keyboard")
    page.goto(judged.page(f"c=before{ALL}"))
    cell(page, 0, "Correct").focus()
    page.keyboard.press("1")
    expect(cell(page, 0, "Correct")).to_have_accessible_name("Correct: right")
    page.keyboard.press("ArrowDown")
    expect(cell(page, 1, "Correct")).to_be_focused()
    page.keyboard.press("2")
    expect(cell(page, 1, "Correct")).to_have_accessible_name("Correct: wrong")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 1, "Tone")).to_be_focused()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(question(page, "Tone").get_by_role("slider")).to_be_focused()
    page.keyboard.press("4")
    expect(question(page, "Tone")).to_have_count(0)
    expect(cell(page, 0, "Tone")).to_have_accessible_name("Tone: 0.75")
    expect(cell(page, 0, "Tone")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    question(page, "Note").get_by_role("textbox").press_sequentially("1 of 2 right")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    expect(cell(page, 0, "Note")).to_have_accessible_name("Note: 1 of 2 right")
    expect(cell(page, 0, "Note")).to_be_focused()
    expect_said(
        page,
        judged,
        {
            "after-0-0": {"Correct": 1, "Tone": 0.75, "Note": "1 of 2 right"},
            "after-1-0": {"Correct": 0},
        },
    )
    assert "r=" not in page.url


def test_an_answer_shows_at_once_and_is_taken_back_when_it_is_refused(rough_page: Page, site: Site) -> None:
    judged = Judged(site, "judged and refused")
    refusal = {"error": {"code": "read_only", "message": "Nothing can be written now."}}
    held: list[Any] = []
    rough_page.goto(judged.page(f"c=before{ALL}"))
    cell(rough_page, 0, "Correct").focus()
    rough_page.keyboard.press("1")
    expect(cell(rough_page, 0, "Correct")).to_have_accessible_name("Correct: right")
    expect(rough_page.get_by_role("region", name="Verdicts").locator("[data-name=Correct]")).to_be_visible()
    rough_page.route("**/insert", lambda route: route.continue_() if held else held.append(route))
    cell(rough_page, 0, "Correct").focus()
    with rough_page.expect_request("**/insert"):
        rough_page.keyboard.press("2")
    expect(cell(rough_page, 0, "Correct")).to_have_accessible_name("Correct: wrong")
    cell(rough_page, 2, "Correct").focus()
    rough_page.keyboard.press("1")  # waits for its turn, and is not taken back with the one before
    expect(cell(rough_page, 2, "Correct")).to_have_accessible_name("Correct: right")
    assert judged.said() == {"after-0-0": {"Correct": 1}}
    [first] = held
    first.fulfill(status=503, json=refusal)
    expect(rough_page.get_by_text("The answer was not saved").first).to_be_visible()
    expect(cell(rough_page, 0, "Correct")).to_have_accessible_name("Correct: right")
    expect(rough_page.get_by_role("region", name="Verdicts").locator("[data-name=Correct]")).to_contain_text(
        "n 2"
    )
    expect(cell(rough_page, 2, "Correct")).to_have_accessible_name("Correct: right")
    assert judged.said() == {"after-0-0": {"Correct": 1}, "after-2-0": {"Correct": 1}}


def test_each_trial_is_scored_by_itself_also_in_the_grid(page: Page, site: Site) -> None:
    judged = Judged(site, "judged trials")
    last = CASES - 1
    page.goto(judged.page(f"c=before&layout=grid{ALL}"))
    cell(page, last, "Correct").focus()
    page.keyboard.press("1")  # of which trial?
    expect(cell(page, last, "Correct")).to_have_accessible_name("Correct: not answered")
    cell(page, last, "Correct").click()
    asked = question(page, "Correct")
    asked.get_by_label("Trial").select_option(label="Trial 2 of 2")
    asked.get_by_role("button", name="right").click()
    expect(asked.get_by_role("button", name="right")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(cell(page, last, "Correct")).to_have_accessible_name("Correct: – · right")
    expect_said(page, judged, {f"after-{last}-1": {"Correct": 1}})


def test_a_question_that_is_open_in_the_trace_and_the_table_has_one_answer(page: Page, site: Site) -> None:
    judged = Judged(site, "judged twice")
    page.goto(judged.page("c=before&ask=Correct&r=after-0-0"))
    feedback = page.get_by_test_id("span-detail").get_by_role("group", name="Correct")
    feedback.get_by_role("button", name="right").click()
    expect(cell(page, 0, "Correct")).to_have_accessible_name("Correct: right")
    cell(page, 0, "Correct").focus()
    page.keyboard.press("2")
    expect(feedback.get_by_role("button", name="wrong")).to_have_attribute("aria-pressed", "true")


@pytest.fixture(scope="module")
def seen(site: Site) -> Judged:
    """Answered runs that no test changes."""
    judged = Judged(site, "judged and read")
    events = [
        {"id": "after-0-0:root", "_is_merge": True, "scores": {"Correct": 1, "Tone": 0.3},
         "metadata": {"review": {"Note": "fine"}}}
    ]  # fmt: skip
    site.server.request("POST", f"/v1/experiment/{judged.ids['after']}/insert", {"events": events})
    return judged


def test_somebody_who_may_only_read_sees_answers_and_no_input(
    site: Site, browser: Browser, seen: Judged
) -> None:
    key = join(site.server.data, "viewer")  # type: ignore[arg-type]
    with watched_page(browser, site.server.url, size=DESKTOP) as viewer:
        viewer.goto(site.server.request("POST", "/api/session/link", {}, key=key)["url"])
        viewer.wait_for_url("**/app/**")
        viewer.goto(seen.page(f"c=before{ALL}"))
        expect(viewer.get_by_role("columnheader", name="Note")).to_be_visible()
        expect(case(viewer, 0).get_by_role("gridcell", name="right", exact=True)).to_be_visible()
        expect(case(viewer, 0).get_by_role("gridcell", name="fine", exact=True)).to_be_visible()
        expect(viewer.locator("[data-question]")).to_have_count(0)
        viewer.goto("about:blank")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_scoring_can_be_used_by_everyone(site: Site, browser: Browser, seen: Judged, dark: bool) -> None:
    for size in (DESKTOP, PHONE):
        with watched_page(browser, site.server.url, size=size, dark=dark) as page:
            site.sign_in(page)
            page.goto(seen.page(f"c=before{ALL}"))
            expect(cell(page, 0, "Correct")).to_have_accessible_name("Correct: right")
            assert serious_violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            cell(page, 0, "Note").click()
            expect(question(page, "Note").get_by_role("textbox")).to_have_value("fine")
            assert serious_violations(page) == []
            page.keyboard.press("Escape")
            expect(question(page, "Note")).to_have_count(0)
            page.goto("about:blank")
